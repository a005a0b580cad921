using System.CommandLine;
using Microsoft.Extensions.Time.Testing;
using PostalExporter.Cli;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.State;
using PostalExporter.Tail;

namespace PostalExporter.Tests.Cli;

public sealed class StateVerbTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly string folder = Directory.CreateTempSubdirectory("postal-exporter-state-verb-").FullName;
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    private string StateDirectory => Path.Combine(folder, "state");

    private string StorePath => Path.Combine(StateDirectory, StateStore.FileName);

    private string ConfigFile => Path.Combine(folder, "exporter.yml");

    public StateVerbTests()
    {
        File.WriteAllText(ConfigFile, "state: {path: state}");
        using var store = StateStore.Open(StateDirectory);
        store.Commit(Now, [Server(5, "mail"), Server(6, "news")], [], Counters(), []);
    }

    public void Dispose()
    {
        output.Dispose();
        error.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Show_says_what_the_store_holds()
    {
        Assert.Equal(0, await RunAsync("state", "show", "--config.file", ConfigFile));

        var text = output.ToString();
        Assert.Matches($"file +{StorePath}\n", text);
        Assert.Matches(@"size +[\d,]+ bytes, 0 in the write-ahead log\n", text);
        Assert.Matches($"schema +version {StateSchema.Version}, this release writes {StateSchema.Version}\n", text);
        Assert.Matches("in use +no\n", text);
        Assert.Matches("shard +0/1\n", text);
        Assert.Matches(@"first collection +2026-05-04T12:00:00", text);
        Assert.Matches(@"last save +2026-05-04T12:00:00", text);
        Assert.Matches("series +3, 1 of no server\n", text);
        Assert.Matches("servers +2\n", text);
        Assert.Matches(" +5 +100 +2 +- +- +1  acme/mail\n", text);
        Assert.Matches(" +6 +100 +2 +- +- +1  acme/news\n", text);
        Assert.Equal(["hash.key", "lock", "state.db"], Directory.EnumerateFiles(StateDirectory).Select(file => Path.GetFileName(file)).Order());
    }

    [Fact]
    public async Task Show_and_export_work_beside_a_running_exporter_and_say_so()
    {
        using var store = StateStore.Open(StateDirectory);
        var counters = Counters();
        store.LoadCounters(counters);
        store.Commit(Now, [Server(7, "late")], [], counters, []);

        Assert.Equal(0, await RunAsync("state", "show", "--state.path", StateDirectory));
        Assert.Matches("in use +by a running exporter", output.ToString());
        Assert.Contains("acme/late", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("state", "export", "--state.path", StateDirectory));
        Assert.Contains("exported 3 servers and 3 series", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("which is in use", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_goes_to_a_file_and_import_reads_it()
    {
        var file = Path.Combine(folder, "export.jsonl");
        Assert.Equal(0, await RunAsync("state", "export", "--config.file", ConfigFile, "--output", file));
        Assert.Empty(output.ToString());
        var elsewhere = Path.Combine(folder, "elsewhere.yml");
        await File.WriteAllTextAsync(elsewhere, "state: {path: elsewhere}\nshard: {index: 1, count: 3}", TestContext.Current.CancellationToken);

        Assert.Equal(0, await RunAsync("state", "import", "--config.file", elsewhere, file));

        Assert.Equal($"{Path.Combine(folder, "elsewhere", "state.db")} is shard 1/3\ntaken 1 server and 1 series; kept 0 servers; dropped 0 servers\n", output.ToString());
        Assert.False(File.Exists(file + ".part"));
    }

    [Fact]
    public async Task Reset_forgets_everything_and_keeps_a_copy()
    {
        Assert.Equal(0, await RunAsync("state", "reset", "--config.file", ConfigFile, "--yes"));

        Assert.EndsWith($"forgot everything; the store as it was: {StateDirectory}/state-backup-20260504T120000.000Z.db\n", output.ToString(), StringComparison.Ordinal);
        using (var store = StateStore.Open(StateDirectory))
            Assert.True(store.IsEmpty);
        File.Move(Path.Combine(StateDirectory, "state-backup-20260504T120000.000Z.db"), StorePath, overwrite: true);
        using var restored = StateStore.Open(StateDirectory);
        Assert.Equal([5, 6], restored.LoadServers().Keys);
    }

    [Theory]
    [InlineData("acme/mail")]
    [InlineData("5")]
    public async Task Reset_of_a_server_takes_its_series_and_begins_at_its_tables_end(string server)
    {
        Assert.Equal(0, await RunAsync("state", "reset", "--config.file", ConfigFile, "--server", server, "--yes"));

        Assert.StartsWith("forgot server acme/mail (id 5); the store as it was: ", output.ToString(), StringComparison.Ordinal);
        using var store = StateStore.Open(StateDirectory);
        var servers = store.LoadServers();
        Assert.Equal((true, "uuid 5", null), (servers[5].FromEnd, servers[5].Uuid, servers[5].Cursors[0]));
        Assert.Equal(100, servers[6].Cursors[0]!.Position);
        var counters = new CounterTable(new MetricsPage());
        store.LoadCounters(counters);
        Assert.Equal([("acme", "news")], counters.Servers);
        Assert.Equal(7, counters.Get(Families.Rows, "messages").Value);
    }

    [Theory]
    [InlineData("yes\n", 0)]
    [InlineData("y\n", 1)]
    [InlineData("", 1)]
    public async Task Reset_asks_and_only_yes_means_yes(string answer, int expected)
    {
        Assert.Equal(expected, await RunAsync(answer, ["state", "reset", "--config.file", ConfigFile]));

        Assert.Contains("forget everything?", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(expected == 1, File.Exists(StorePath));
        if (expected == 1)
            Assert.Contains("nothing was forgotten; type yes, or give --yes", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_moves_a_damaged_store_away()
    {
        await File.WriteAllTextAsync(StorePath, new string('x', 8_192), TestContext.Current.CancellationToken);

        Assert.Equal(0, await RunAsync("state", "reset", "--config.file", ConfigFile, "--yes"));

        Assert.False(File.Exists(StorePath));
        Assert.Equal(8_192, new FileInfo(Path.Combine(StateDirectory, "state-backup-20260504T120000.000Z.db")).Length);
    }

    [Theory]
    [InlineData("reset", "--yes")]
    [InlineData("reset", "--server=5", "--yes")]
    [InlineData("import", "nowhere.jsonl")]
    public async Task What_changes_the_store_refuses_while_an_exporter_runs(params string[] arguments)
    {
        using var store = StateStore.Open(StateDirectory);

        Assert.Equal(1, await RunAsync(["state", .. arguments, "--config.file", ConfigFile]));

        Assert.Equal($"postal-exporter: {StateDirectory}: another exporter uses this state directory; stop it, or give each its own state.path\n", error.ToString());
    }

    [Theory]
    [InlineData("show", "--state.path=/nowhere", "/nowhere/state.db: does not exist")]
    [InlineData("export", "--config.file=/nowhere.yml", "/nowhere.yml: the file does not exist; check the path")]
    [InlineData("reset", "--server=acme/other --yes --config.file=CONFIG", "has no server acme/other")]
    [InlineData("import", "/nowhere.jsonl --config.file=CONFIG", "/nowhere.jsonl: the file does not exist; check the path")]
    public async Task What_cannot_be_done_gives_status_1_and_one_line(string verb, string arguments, string problem)
    {
        Assert.Equal(1, await RunAsync(["state", verb, .. arguments.Replace("CONFIG", ConfigFile, StringComparison.Ordinal).Split(' ')]));

        Assert.Contains(problem, Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state show --config.file a --state.path b", "keep one of them")]
    [InlineData("state import", "import")]
    [InlineData("state", "command")]
    [InlineData("state shw", "Did you mean show?")]
    public async Task What_is_not_understood_gives_status_2(string arguments, string remedy)
    {
        Assert.Equal(2, await RunAsync(arguments.Split(' ')));

        Assert.Contains(remedy, error.ToString(), StringComparison.Ordinal);
    }

    private static ServerState Server(int id, string permalink)
    {
        var server = new ServerState(id, $"uuid {id}", fromEnd: false) { IsNew = true };
        server.Rename("acme", permalink);
        server.Cursors[0] = new StreamCursor { Position = 100, Changed = true };
        server.Cursors[0]!.Skip(98, 99, TimeSpan.FromSeconds(30));
        return server;
    }

    private static CounterTable Counters()
    {
        var counters = new CounterTable(new MetricsPage());
        counters.Add(counters.Get(Families.Messages, "acme", "mail", "outgoing", "app"), 12);
        counters.Add(counters.Get(Families.Messages, "acme", "news", "outgoing", "app"), 34);
        counters.Add(counters.Get(Families.Rows, "messages"), 7);
        return counters;
    }

    private Task<int> RunAsync(params string[] arguments) => RunAsync("", arguments);

    private Task<int> RunAsync(string input, string[] arguments)
    {
        RootCommand root = CommandLine.CreateRoot();
        new StateVerb(new ConfigurationLoader(new EnvironmentReader(_ => null)), new FakeTimeProvider(Now), new StringReader(input)).AddTo(root);
        return CommandLine.RunAsync(root, arguments, output, error);
    }
}
