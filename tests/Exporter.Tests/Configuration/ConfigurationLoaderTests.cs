using PostalExporter.Configuration;

namespace PostalExporter.Tests.Configuration;

public sealed class ConfigurationLoaderTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Configuration", "testdata");

    [Fact]
    public void Postals_file_of_version_2_names_both_databases_and_own_keys_come_first()
    {
        var configuration = Load("postal-v2.good.yml", []).Configuration;

        var main = configuration.MainDatabase;
        Assert.Equal(
            ("main.example.com", 3307, "postal_exporter", "from the file", "mail"),
            (main.Host, main.Port, main.Username, main.Password, main.Database));
        var messages = configuration.MessageDatabase;
        Assert.Equal(
            ("messages.example.com", 3306, "postal", "0123", "mx"),
            (messages.Host, messages.Port, messages.Username, messages.Password, messages.DatabaseNamePrefix));
    }

    [Fact]
    public void Postals_file_of_version_1_is_read_by_its_own_keys_and_said_so()
    {
        var loaded = Load("postal-v1.good.yml", []);

        Assert.Equal("root@127.0.0.1:3306", loaded.Configuration.MainDatabase.ToString());
        Assert.Equal("root@127.0.0.2:3306", loaded.Configuration.MessageDatabase.ToString());
        Assert.Equal("post", loaded.Configuration.MessageDatabase.DatabaseNamePrefix);
        Assert.Contains("version 1", Assert.Single(loaded.Notices), StringComparison.Ordinal);
    }

    [Fact]
    public void Environment_comes_before_every_file()
    {
        var configuration = Load("postal-v2.good.yml", new()
        {
            ["MAIN_DB_HOST"] = "env.example.com",
            ["MAIN_DB_PORT"] = "3308",
            ["MAIN_DB_USERNAME"] = "env",
            ["MAIN_DB_PASSWORD"] = "env-password",
            ["MAIN_DB_DATABASE"] = "env-database",
            ["MAIN_DB_POOL_SIZE"] = "3",
            ["MAIN_DB_ENCODING"] = "utf8mb4",
            ["MESSAGE_DB_DATABASE_NAME_PREFIX"] = "env-prefix",
            ["MESSAGE_DB_PASSWORD_FILE"] = Path.Combine(Folder, "password"),
            ["MESSAGE_DB_HOST"] = "",
        }).Configuration;

        var main = configuration.MainDatabase;
        Assert.Equal(
            ("env.example.com", 3308, "env", "env-password", "env-database"),
            (main.Host, main.Port, main.Username, main.Password, main.Database));
        var messages = configuration.MessageDatabase;
        Assert.Equal(
            ("messages.example.com", "env-prefix", "from the file"),
            (messages.Host, messages.DatabaseNamePrefix, messages.Password));
    }

    [Fact]
    public void Problems_of_the_environment_name_the_variable_and_not_its_value()
    {
        var exception = Assert.Throws<ConfigurationException>(() => Load("empty.good.yml", new()
        {
            ["MAIN_DB_PORT"] = "hunter2",
            ["MESSAGE_DB_PASSWORD"] = "hunter2",
            ["MESSAGE_DB_PASSWORD_FILE"] = "/nowhere",
        }));

        Assert.Equal(
            [
                "environment: MAIN_DB_PORT: not a whole number from 1 to 65535; correct the variable",
                "environment: MESSAGE_DB_PASSWORD_FILE: MESSAGE_DB_PASSWORD is set too; keep one of them",
            ],
            exception.Problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void Shard_comes_from_the_environment_then_from_the_file()
    {
        Assert.Equal(new ShardOptions(2, 3), Load("shard.good.yml", []).Configuration.Shard);
        Assert.Equal(new ShardOptions(2, 4), Load("shard.good.yml", new() { ["SHARD_COUNT"] = "4" }).Configuration.Shard);
        Assert.Equal(new ShardOptions(0, 3), Load("shard.good.yml", new() { ["SHARD_INDEX"] = "0", ["SHARD_COUNT"] = "" }).Configuration.Shard);
        Assert.Equal(ShardOptions.Whole, Load("empty.good.yml", []).Configuration.Shard);
    }

    [Fact]
    public void Shard_of_the_environment_that_does_not_exist_is_refused()
    {
        var tooHigh = Assert.Throws<ConfigurationException>(() => Load("shard.good.yml", new() { ["SHARD_INDEX"] = "3" }));
        var tooFew = Assert.Throws<ConfigurationException>(() => Load("shard.good.yml", new() { ["SHARD_COUNT"] = "2" }));
        var none = Assert.Throws<ConfigurationException>(() => Load("shard.good.yml", new() { ["SHARD_COUNT"] = "0" }));

        Assert.Equal("environment: SHARD_INDEX: is not below the number of shards (3); the first shard has index 0: correct one of them", tooHigh.Message);
        Assert.Equal($"{Path.Combine(Folder, "shard.good.yml")}:2: shard.index: is not below the number of shards (2); the first shard has index 0: correct one of them", tooFew.Message);
        Assert.Equal("environment: SHARD_COUNT: not a whole number from 1 to 1000; correct the variable", none.Message);
    }

    [Fact]
    public void Without_any_file_the_environment_is_enough()
    {
        var loaded = Loader(new() { ["MAIN_DB_HOST"] = "db" }).Load(null);

        Assert.Equal("postal@db:3306", loaded.Configuration.MainDatabase.ToString());
        Assert.Equal("postal@localhost:3306", loaded.Configuration.MessageDatabase.ToString());
        Assert.Equal("", loaded.Configuration.MessageDatabase.Password);
    }

    [Fact]
    public void Without_file_and_environment_the_remedy_is_named()
    {
        var exception = Assert.Throws<ConfigurationException>(() => Loader([]).Load(null));

        Assert.Contains("--config.file", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Named_file_must_exist_even_with_an_environment()
    {
        var exception = Assert.Throws<ConfigurationException>(() => Loader(new() { ["MAIN_DB_HOST"] = "db" }).Load("nowhere.yml"));

        Assert.Equal("nowhere.yml: the file does not exist; check the path", exception.Message);
    }

    [Fact]
    public void Relative_paths_are_relative_to_the_file()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "exporter.yml");
        File.WriteAllText(file, "state: {path: counters}");

        var loaded = Loader([]).Load(file);

        Assert.Equal(Path.Combine(Path.GetDirectoryName(file)!, "counters"), loaded.Configuration.State.Path);
    }

    [Fact]
    public void Lists_are_read_with_their_files_and_canaries_with_their_labels()
    {
        var configuration = Load("lists.good.yml", []).Configuration;

        Assert.Equal([("traps", 4), ("known-bad_2", 4)], configuration.Lists.All.Select(list => (list.Name, list.Content.Hashes.Count)));
        Assert.Equal(Path.Combine(Folder, "traps.txt"), configuration.Lists.All[1].Path);
        Assert.Equal(new CanaryCredential("acme", "shop", "Old app#7"), Assert.Single(configuration.CanaryCredentials));
    }

    [Fact]
    public void Wrong_lines_of_a_list_are_named_by_file_and_line_and_not_by_what_they_say()
    {
        var (wrong, empty) = (Path.Combine(Folder, "wrong-lines.txt"), Path.Combine(Folder, "no-entries.txt"));
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "exporter.yml");
        File.WriteAllText(file, $"lists: [{{name: traps, file: {wrong}}}, {{name: empty, file: {empty}}}]");

        var exception = Assert.Throws<ConfigurationException>(() => Loader([]).Load(file));

        Assert.Equal(
            [
                $"{wrong}:2: the line holds more than one word; write one domain or address a line",
                $"{wrong}:3: the line is a top-level domain; write it in full, or *.NAME for everything below it",
                $"{wrong}:4: the line is an IP address; write the domain that mail is addressed to",
                $"{wrong}:5: the line is neither a domain nor an address; write example.com or name@example.com",
                $"{empty}: the file has no entry; write one, or remove the list from the configuration",
            ],
            exception.Problems.Select(problem => problem.ToString()));
    }

    [Fact]
    public void Password_is_not_shown_by_any_text_of_the_configuration()
    {
        var configuration = Load("minimal.good.yml", []).Configuration;

        Assert.Equal("#starts like a comment", configuration.MainDatabase.Password);
        Assert.DoesNotContain("comment", configuration.ToString(), StringComparison.Ordinal);
    }

    private static LoadedConfiguration Load(string name, Dictionary<string, string> environment) =>
        Loader(environment).Load(Path.Combine(Folder, name));

    private static ConfigurationLoader Loader(Dictionary<string, string> environment) =>
        new(new EnvironmentReader(name => environment.GetValueOrDefault(name)));
}
