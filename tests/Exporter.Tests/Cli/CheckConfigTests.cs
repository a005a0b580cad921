using System.Diagnostics;
using Dapper;
using MySqlConnector;
using PostalExporter.Cli;
using PostalExporter.Configuration;
using PostalExporter.Postal;
using PostalSimulator.Databases;

namespace PostalExporter.Tests.Cli;

/// <summary>The check and <c>grants.sql</c> on a real MariaDB with Postal's schema.</summary>
public sealed class CheckConfigTests(CheckConfigTests.Postal postal) : IClassFixture<CheckConfigTests.Postal>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Account_of_the_grants_passes_without_a_warning()
    {
        var (status, report) = await CheckAsync([]);

        Assert.Equal("0 problems, 0 warnings", report[^1]);
        Assert.Equal(0, status);
        Assert.Contains("ok       main database: 1 live mail server, 1 domain", report);
        Assert.Contains("ok       main database: the account cannot read secrets", report);
        Assert.Contains("ok       message databases: 1 of 1 readable", report);
        Assert.Contains(report, line => line.StartsWith("note     blind spot no_send_limit of 1 mail server (acme/shop): ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lists_are_told_with_their_entries_and_canaries_that_do_not_exist_are_a_warning()
    {
        var traps = Path.Combine(AppContext.BaseDirectory, "Configuration", "testdata", "traps.txt");
        await postal.ExecuteAsync("INSERT IGNORE INTO postal.credentials (id, server_id, name, type, `key`, created_at, updated_at) VALUES (7, 1, 'bait', 'SMTP', 'k', UTC_TIMESTAMP(), UTC_TIMESTAMP())");

        var (status, report) = await CheckAsync([], settings: $$"""
            lists: [{name: traps, file: {{traps}}}]
            canary_credentials: [{organization: acme, server: shop, credential: bait}, {organization: acme, server: shop, credential: biat}]
            """);

        Assert.Equal(0, status);
        Assert.Contains($"ok       list traps: 4 domains and addresses in {traps}", report);
        Assert.Contains("ok       canary credentials: 1 of 2 exist", report);
        Assert.Equal("warning  canary credential biat of acme/shop does not exist; correct canary_credentials", Assert.Single(report, line => line.StartsWith("warning", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("1", "ok       shard 1/2: 1 mail server of 1", "ok       message databases: 1 of 1 readable")]
    [InlineData("0", "ok       shard 0/2: 0 mail servers of 1", null)]
    public async Task Shard_says_which_share_is_its_own_and_looks_at_no_other(string index, string share, string? databases)
    {
        var (status, report) = await CheckAsync(new() { ["SHARD_INDEX"] = index, ["SHARD_COUNT"] = "2" });

        Assert.Equal(0, status);
        Assert.Contains(share, report);
        Assert.Equal(databases, report.SingleOrDefault(line => line.EndsWith("readable", StringComparison.Ordinal) && line.Contains(" of ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Administrator_passes_with_warnings_about_secrets_and_writing()
    {
        var (status, report) = await CheckAsync(new() { ["MAIN_DB_USERNAME"] = "admin", ["MESSAGE_DB_USERNAME"] = "admin" });

        Assert.Equal(0, status);
        Assert.Contains(report, line => line.StartsWith("warning  main database: the account can read credentials.key, users.password_digest", StringComparison.Ordinal));
        Assert.Contains("warning  message databases: the account can do more than read (ALL PRIVILEGES on *.*); use the account of exporter/grants.sql", report);
        Assert.Equal("0 problems, 3 warnings", report[^1]);
    }

    [Theory]
    [InlineData("MAIN_DB_PASSWORD", "wrong", "refuses the account postal_exporter with this password")]
    [InlineData("MAIN_DB_HOST", "nowhere.invalid", "the host nowhere.invalid is not known; check the name")]
    [InlineData("MAIN_DB_PORT", "1", "nothing answers at 127.0.0.1:1; check host, port and firewall")]
    [InlineData("MAIN_DB_DATABASE", "other", "may not use the database; check its name")]
    [InlineData("MESSAGE_DB_DATABASE_NAME_PREFIX", "mail", "message database of acme/shop (mail-server-1): messages: access denied: grant SELECT")]
    public async Task What_is_wrong_is_said_in_one_line(string variable, string value, string expected)
    {
        var (status, report) = await CheckAsync(new() { [variable] = value });

        Assert.Equal(1, status);
        Assert.Contains(expected, Assert.Single(report, line => line.StartsWith("problem", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain(report, line => line.Contains(Postal.Password, StringComparison.Ordinal) || line.Contains("wrong", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Server_without_tls_is_said_to_have_none()
    {
        var (status, report) = await CheckAsync([], tlsMode: "required");

        Assert.Equal(1, status);
        Assert.Contains(report, line => line.StartsWith($"problem  main database: TLS with 127.0.0.1:{postal.Port} failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Missing_grants_are_named_with_what_is_lost_without_them()
    {
        await postal.ExecuteAsync("CREATE USER narrow IDENTIFIED BY 'narrow'");
        await postal.ExecuteAsync("GRANT SELECT (id, organization_id, permalink) ON postal.servers TO narrow");
        await postal.ExecuteAsync("GRANT SELECT (id, permalink) ON postal.organizations TO narrow");
        await postal.ExecuteAsync("GRANT SELECT (id, server_id, name) ON postal.credentials TO narrow");
        await postal.ExecuteAsync("GRANT INSERT ON `postal-server-1`.messages TO narrow");

        var (status, report) = await CheckAsync(new()
        {
            ["MAIN_DB_USERNAME"] = "narrow", ["MAIN_DB_PASSWORD"] = "narrow", ["MESSAGE_DB_USERNAME"] = "narrow", ["MESSAGE_DB_PASSWORD"] = "narrow",
        });

        Assert.Equal(1, status);
        Assert.Contains("problem  main database: cannot read servers(uuid, mode, send_limit, suspended_at, deleted_at): grant SELECT on it (see exporter/grants.sql)", report);
        Assert.Contains(report, line => line.StartsWith("warning  main database: cannot read webhook_requests(server_id)", StringComparison.Ordinal));
        Assert.Contains("warning  message databases: the account can do more than read (INSERT on `postal-server-1`.`messages`); use the account of exporter/grants.sql", report);
        Assert.Contains("problem  message database of acme/shop (postal-server-1): messages: access denied: grant SELECT (see exporter/grants.sql)", report);
    }

    [Fact]
    public async Task Grants_are_exactly_the_columns_that_are_read()
    {
        await using var connection = await postal.OpenAsExporterAsync(Cancellation);

        var granted = await connection.QueryAsync<(string Table, string Column)>(
            "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'postal'");

        Assert.Equal(RequiredColumns.Main.Select(column => (column.Table, column.Name)).Order(), granted.Order());
    }

    [Theory]
    [InlineData("SELECT `key` FROM postal.credentials")]
    [InlineData("SELECT * FROM postal.credentials")]
    [InlineData("SELECT password_digest FROM postal.users")]
    [InlineData("SELECT dkim_private_key FROM postal.domains")]
    [InlineData("SELECT payload FROM postal.webhook_requests")]
    [InlineData("SELECT id FROM postal.authie_sessions")]
    [InlineData("UPDATE postal.servers SET mode = 'Live'")]
    [InlineData("DELETE FROM `postal-server-1`.messages")]
    [InlineData("SELECT 1 FROM mysql.user")]
    [InlineData("CREATE DATABASE `postal-server-2`")]
    public async Task Account_of_the_grants_may_do_nothing_else(string statement)
    {
        await using var connection = await postal.OpenAsExporterAsync(Cancellation);

        var exception = await Assert.ThrowsAsync<MySqlException>(() => connection.ExecuteAsync(statement));

        Assert.Contains((int)exception.ErrorCode, (int[])[1044, 1142, 1143]);
    }

    [Theory]
    [InlineData("GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*HASH' WITH MAX_USER_CONNECTIONS 10", null)]
    [InlineData("GRANT SELECT (`id`, `name`) ON `postal`.`servers` TO `a`@`%`", null)]
    [InlineData("GRANT `reader` TO `a`@`%`", null)]
    [InlineData("GRANT SELECT, INSERT (`id`), UPDATE ON `postal`.* TO `a`@`%`", "INSERT, UPDATE on `postal`.*")]
    public void Excess_of_a_grant_is_what_goes_beyond_reading(string grant, string? expected) =>
        Assert.Equal(expected, AccountCheck.ExcessOf(grant).SingleOrDefault());

    private async Task<(int Status, IReadOnlyList<string> Report)> CheckAsync(Dictionary<string, string> changes, string tlsMode = "preferred", string settings = "")
    {
        var environment = new Dictionary<string, string>();
        foreach (var prefix in (string[])["MAIN_DB_", "MESSAGE_DB_"])
        {
            environment[prefix + "HOST"] = "127.0.0.1";
            environment[prefix + "PORT"] = $"{postal.Port}";
            environment[prefix + "USERNAME"] = "postal_exporter";
            environment[prefix + "PASSWORD"] = Postal.Password;
        }

        foreach (var (name, value) in changes)
            environment[name] = value;

        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "exporter.yml");
        await File.WriteAllTextAsync(file, $"main_db: {{tls_mode: {tlsMode}}}\n{settings}", Cancellation);
        using var output = new StringWriter();
        var verb = new CheckConfigVerb(new ConfigurationLoader(new EnvironmentReader(name => environment.GetValueOrDefault(name))));
        var status = await verb.RunAsync(file, null, output, Cancellation);
        return (status, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>A small installation, and the account that <c>grants.sql</c> makes with the client it names.</summary>
    public sealed class Postal : IAsyncLifetime
    {
        public const string Password = "correct-horse";

        private MariaDbServer server = null!;

        public int Port => server.Port;

        public async ValueTask InitializeAsync()
        {
            server = await MariaDbServer.StartAsync(CancellationToken.None);
            await ExecuteAsync($"CREATE DATABASE postal; USE postal; {Schema("main")}");
            await ExecuteAsync($"CREATE DATABASE `postal-server-1`; USE `postal-server-1`; {Schema("message")}");
            await ExecuteAsync("""
                INSERT INTO postal.organizations (id, permalink) VALUES (1, 'acme'), (2, 'gone');
                UPDATE postal.organizations SET deleted_at = UTC_TIMESTAMP() WHERE id = 2;
                INSERT INTO postal.servers (id, organization_id, uuid, permalink) VALUES (1, 1, 'u', 'shop'), (2, 2, 'v', 'gone');
                INSERT INTO postal.domains (id, name, owner_type, owner_id, created_at, updated_at) VALUES (1, 'example.com', 'Server', 1, UTC_TIMESTAMP(), UTC_TIMESTAMP());
                CREATE USER admin IDENTIFIED BY 'correct-horse';
                GRANT ALL ON *.* TO admin;
                """);
            await RunGrantsAsync();
        }

        public async ValueTask DisposeAsync() => await server.DisposeAsync();

        public async Task ExecuteAsync(string sql)
        {
            await using var connection = new MySqlConnection(server.ConnectionString);
            await connection.ExecuteAsync(sql);
        }

        public async Task<MySqlConnection> OpenAsExporterAsync(CancellationToken cancellationToken)
        {
            var connection = new MySqlConnection($"Server=127.0.0.1;Port={Port};User ID=postal_exporter;Password={Password};Pooling=false");
            await connection.OpenAsync(cancellationToken);
            return connection;
        }

        private static string Schema(string name)
        {
            using var stream = typeof(MariaDbServer).Assembly.GetManifestResourceStream($"Schema/{name}.sql")!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }

        private async Task RunGrantsAsync()
        {
            var grants = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "grants.sql"));
            using var client = Process.Start(new ProcessStartInfo("mariadb", ["--no-defaults", "--host=127.0.0.1", $"--port={Port}", "--user=root"])
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
            })!;
            await client.StandardInput.WriteAsync(grants.Replace("CHANGE-ME", Password, StringComparison.Ordinal));
            client.StandardInput.Close();
            var error = await client.StandardError.ReadToEndAsync();
            await client.WaitForExitAsync();
            Assert.True(client.ExitCode == 0, error);
        }
    }
}
