using PostalExporter.Cli;
using PostalSimulator.Installations;

namespace PostalExporter.Integration;

/// <summary><c>rules check</c> against a running exporter with mail.</summary>
public sealed class RulesCheckTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task The_pack_reads_nothing_that_the_exporter_of_its_release_does_not_have()
    {
        await using var exporter = await ExporterProcess.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();

        var (status, lines) = await CheckAsync(exporter, RepositoryFolder("rules/v1"));

        Assert.Equal("0 problems, 0 warnings", lines[^1]);
        Assert.Equal(0, status);
        Assert.Contains("ok       metric contract 1 is that of the exporter", lines);
    }

    [Fact]
    public async Task A_rule_that_reads_what_is_not_there_and_a_collector_that_is_off_are_told()
    {
        var pack = Directory.CreateTempSubdirectory("postal-pack-").FullName;
        Directory.CreateDirectory(Path.Combine(pack, "recording"));
        await File.WriteAllTextAsync(Path.Combine(pack, "recording", "pack.yml"), """
            groups:
              - name: own
                rules:
                  - {record: postal_rules_info, expr: vector(1), labels: {version: "1.0.0", contract: "1"}}
                  - {record: "server:postal_queue:max", expr: 'max by (sever) (postal_queue_messages{state="ready"}) / max(postal_queue_length)'}
            """, Cancel);
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        exporter.Flags = ["--no-collector.queue"];
        await exporter.LaunchAsync();
        await exporter.ScrapeAsync();

        var (status, lines) = await CheckAsync(exporter, pack);
        Directory.Delete(pack, recursive: true);

        Assert.Equal(1, status);
        Assert.Contains(lines, line => line.StartsWith("problem  recording/pack.yml:5: own: server:postal_queue:max: postal_queue_length: no page has it", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("warning  collector queue does not run", StringComparison.Ordinal));
    }

    private static async Task<(int Status, string[] Lines)> CheckAsync(ExporterProcess exporter, string pack)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        var root = CommandLine.CreateRoot();
        RulesVerb.AddTo(root);
        var status = await CommandLine.RunAsync(root, ["rules", "check", "--pack", pack, "--url", $"{exporter.Address}metrics"], output, TextWriter.Null);
        TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
        return (status, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static string RepositoryFolder(string name)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Exporter.sln")))
            root = root.Parent ?? throw new InvalidOperationException($"no Exporter.sln above {AppContext.BaseDirectory}");
        return Path.Combine(root.FullName, name);
    }
}
