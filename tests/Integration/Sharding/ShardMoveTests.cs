using System.Globalization;
using PostalExporter.Integration.Exactness;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Sharding;

/// <summary>The procedure of docs/scaling.md, with the program's own commands, while mail goes on.</summary>
public sealed class ShardMoveTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const int Servers = 10;

    private readonly List<ExporterProcess> exporters = [];
    private readonly Dictionary<string, double> seen = [];
    private readonly IReadOnlyList<string> page = [.. File.ReadLines(RepositoryFile("docs/scaling.md")).Select(line => line.Trim())];
    private readonly string folder = Directory.CreateTempSubdirectory("postal-exporter-shards-").FullName;
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.CreateAsync(
            mariaDb.Server.ConnectionString,
            new InstallationDescription
            {
                DatabasePrefix = InstallationDescription.UniquePrefix(),
                Organizations =
                [
                    new("Acme", "acme")
                    {
                        Servers = [.. Enumerable.Range(1, Servers).Select(number =>
                            new ServerDescription($"Mail {number}", $"mail{number}") { Credentials = [new CredentialDescription("app"), new CredentialDescription("shop")] })],
                    },
                ],
            },
            Cancel);
        for (var index = 0; index < 3; index++)
            exporters.Add(await ExporterProcess.CreateAsync(mariaDb.Server, installation));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var exporter in exporters)
            await exporter.DisposeAsync();
        await installation.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task From_two_shards_to_three_and_back_no_message_is_missed_or_counted_twice()
    {
        SetShards(2);
        await LaunchAsync(2);
        await ScrapeAsync(2);
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var writers = installation.Servers.Select((server, seed) => RandomWriter.WriteAsync(server, new Random(seed), writing.Token)).ToList();
        await ScrapeAsync(2);

        await MoveAsync(from: 2, to: 3);
        await ScrapeAsync(3);
        await MoveAsync(from: 3, to: 2);
        await ScrapeAsync(2);

        await writing.CancelAsync();
        await Task.WhenAll(writers);
        // Rows that became visible late are read at the collection after.
        await ScrapeAsync(2);
        var pages = await ScrapeAsync(2);
        foreach (var server in installation.Servers)
        {
            var expected = await TableCounts.ReadAsync(mariaDb.Server.ConnectionString, server, (0, 0), Cancel);
            Assert.True(expected.Values.Sum() > 10, "the writers must have written something");
            foreach (var (series, value) in expected)
                Assert.True(value == pages.Sum(page => page.Values.GetValueOrDefault(series)), $"{series}: {value} in the table");
            Assert.Equal(
                await TableCounts.FailedMessagesAsync(mariaDb.Server.ConnectionString, server, 0, Cancel),
                pages.Sum(page => page.Sum("postal_message_failures_total", ("server", server.Permalink))));
        }
    }

    [Fact]
    public async Task A_count_that_is_changed_without_moving_the_state_does_not_start()
    {
        SetShards(2);
        await LaunchAsync(2);
        await ScrapeAsync(2);
        await exporters[1].TerminateAsync();
        SetShards(3);

        Assert.Equal(1, await exporters[1].LaunchInVainAsync());

        Assert.Contains("counts shard 1/2, the configuration says 1/3", exporters[1].Log.ToString(), StringComparison.Ordinal);
    }

    private async Task MoveAsync(int from, int to)
    {
        foreach (var exporter in exporters.Take(from))
            Assert.Equal(0, await exporter.TerminateAsync());
        for (var index = 0; index < from; index++)
            await RunAsync(exporters[index], Command($"shard-{index}-of-{from}.jsonl"));
        SetShards(to);
        foreach (var exporter in exporters.Take(to))
            await RunAsync(exporter, Command([.. Enumerable.Range(0, from).Select(index => $"shard-{index}-of-{from}.jsonl")]));
        await LaunchAsync(to);
    }

    // The command of the page that names these files, with the places of this test. The page moves from two to three only.
    private string[] Command(params string[] files)
    {
        const string Program = "dotnet /opt/postal-exporter/postal-exporter.dll ";
        const string Configuration = " --config.file /etc/postal-exporter/exporter.yml";
        string[] verb = files is [_] ? ["state", "export", "--output"] : ["state", "import"];
        if (files[0].EndsWith("-of-2.jsonl", StringComparison.Ordinal))
        {
            var line = Assert.Single(page, line => line.StartsWith(Program, StringComparison.Ordinal) && line.EndsWith(string.Join(' ', files), StringComparison.Ordinal)
                && line.Contains($" {verb[1]} ", StringComparison.Ordinal));
            Assert.Contains(Configuration, line, StringComparison.Ordinal);
            verb = line[Program.Length..].Replace(Configuration, "", StringComparison.Ordinal).Replace(string.Join(' ', files), "", StringComparison.Ordinal)
                .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        }
        return [.. verb, .. files.Select(file => Path.Combine(folder, file))];
    }

    private void SetShards(int count)
    {
        foreach (var (index, exporter) in exporters.Index())
        {
            exporter.Environment["SHARD_INDEX"] = index.ToString(CultureInfo.InvariantCulture);
            exporter.Environment["SHARD_COUNT"] = count.ToString(CultureInfo.InvariantCulture);
        }
    }

    private async Task LaunchAsync(int count)
    {
        foreach (var exporter in exporters.Take(count))
            await exporter.LaunchAsync();
    }

    private static string RepositoryFile(string name)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Exporter.sln")))
            directory = directory.Parent;
        return Path.Combine(directory.FullName, name);
    }

    private static async Task RunAsync(ExporterProcess exporter, params string[] arguments)
    {
        var (status, text) = await exporter.RunAsync(arguments);
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        Assert.True(status == 0, text);
    }

    // Scrapes all: each server stands on one page, and none of its counters ever fell.
    private async Task<Exposition[]> ScrapeAsync(int count)
    {
        var pages = await Task.WhenAll(exporters.Take(count).Select(exporter => exporter.ScrapeAsync()));
        var series = pages.SelectMany(page => page.Values).Where(pair => pair.Key.Contains("server=", StringComparison.Ordinal)).ToList();
        Assert.Equal(series.Count, series.Select(pair => pair.Key).Distinct().Count());
        Assert.Equal(Servers, series.Count(pair => pair.Key.StartsWith("postal_exporter_server_up{", StringComparison.Ordinal) && pair.Value == 1));
        foreach (var (key, value) in pages.SelectMany(page => page.Counters).Where(pair => pair.Key.Contains("server=", StringComparison.Ordinal)))
        {
            Assert.True(value >= seen.GetValueOrDefault(key), $"{key} fell from {seen.GetValueOrDefault(key)} to {value}");
            seen[key] = value;
        }
        Assert.All(seen.Keys, key => Assert.Contains(pages, page => page.Values.ContainsKey(key)));
        return pages;
    }
}
