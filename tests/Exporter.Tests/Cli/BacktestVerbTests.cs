using PostalExporter.Cli;

namespace PostalExporter.Tests.Cli;

/// <summary>What the verb says before it asks anybody; with a Prometheus it is tested in Integration.</summary>
public sealed class BacktestVerbTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("postal-backtest-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("--days 0", "--days 0: write a number of 1 to 90")]
    [InlineData("--days x", "--days x: write a number of 1 to 90")]
    [InlineData("--until yesterday", "--until yesterday: not a time; write one of RFC 3339, such as 2026-03-24T12:00:00Z")]
    [InlineData("--url prometheus:9090", "--url prometheus:9090: not an address of http or https without a user")]
    [InlineData("--http.basic-auth-file a --http.bearer-token-file b", "contradict each other")]
    public async Task Command_line_that_is_not_understood_gives_status_2(string arguments, string remedy)
    {
        var (status, error) = await RunAsync(arguments.Split(' '));

        Assert.Equal(2, status);
        Assert.Contains(remedy, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pack_and_limits_that_cannot_be_read_are_named_with_what_to_do()
    {
        var (status, error) = await RunAsync("--pack", folder);
        Assert.Equal((1, $"postal-exporter: {folder}: holds neither recording/*.yml nor alerts/*.yml; name the folder of the rule pack with --pack, such as rules/v1\n"), (status, error));

        var limits = Path.Combine(folder, "tuned.yml");
        await File.WriteAllTextAsync(limits, "thresholds:\n  defaults:\n    bounce_ration: {warning: 0.1}\n", TestContext.Current.CancellationToken);
        (status, error) = await RunAsync("--pack", RepositoryFiles.PathTo("rules/v1"), "--config.file", limits);
        Assert.Equal(1, status);
        Assert.StartsWith($"postal-exporter: {limits}:3: thresholds.defaults.bounce_ration: unknown signal; did you mean bounce_ratio?", error, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Error)> RunAsync(params string[] arguments)
    {
        var root = CommandLine.CreateRoot();
        new BacktestVerb(TimeProvider.System).AddTo(root);
        using var error = new StringWriter();
        var status = await CommandLine.RunAsync(root, ["backtest", .. arguments], TextWriter.Null, error);
        return (status, error.ToString());
    }
}
