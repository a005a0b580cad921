using PostalSimulator.OpenMetrics;
using PostalSimulator.Scenarios;

namespace PostalStack;

/// <summary>Three weeks of a scenario's ordinary traffic, made known to Prometheus before it starts.</summary>
internal static class Baseline
{
    public static readonly TimeSpan Length = TimeSpan.FromDays(21);

    // Short enough for every window of the rules and dashboards.
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    // Prometheus keeps what is younger in its head, where blocks would overlap with it.
    private static readonly TimeSpan NotYetInBlocks = TimeSpan.FromHours(3);

    /// <summary>Writes what an exporter would have exposed until now, and imports it into a data folder.</summary>
    /// <param name="scenario">Whose traffic.</param>
    /// <param name="instance">The label that Prometheus will give to the live exporter's series.</param>
    /// <param name="directory">A folder for the text, which is large, while it is imported.</param>
    /// <param name="data">Prometheus' data folder.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task ImportAsync(Scenario scenario, string instance, string directory, string data, CancellationToken cancellationToken)
    {
        var file = Path.Combine(directory, "baseline.om");
        var writer = new BaselineWriter(scenario, [KeyValuePair.Create("job", "postal"), KeyValuePair.Create("instance", instance)]);
        var end = TimeProvider.System.GetUtcNow();
        await using (var output = File.Create(file))
            await Task.Run(() => writer.WriteAsync(output, end - Length, end, Step, cancellationToken), cancellationToken);
        // promtool reads the text once for each block: few and long ones.
        await Tool.RunAsync(
            "promtool", ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=1500h", "--quiet", file, data], cancellationToken);
        File.Delete(file);
        await RecordAsync(directory, data, end, cancellationToken);
    }

    // The rules compare with what they recorded weeks ago, so it is made from the counters once, as docs/backfill.md tells an operator to.
    private static async Task RecordAsync(string directory, string data, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var configuration = Path.Combine(directory, "recording-only.yml");
        await File.WriteAllTextAsync(configuration, "", cancellationToken);
        await Account.GiveAsync(directory, cancellationToken);
        using var port = new LoopbackPort();
        var address = port.Release();
        await using var prometheus = await Service.StartAsync("Prometheus", Tool.Find("prometheus"),
            [$"--config.file={configuration}", $"--storage.tsdb.path={data}", "--storage.tsdb.retention.time=40d", $"--web.listen-address={address.Authority}"],
            address, "/-/ready", directory, cancellationToken);
        await Tool.RunAsync("promtool",
        [
            "tsdb", "create-blocks-from", "rules", "--quiet", $"--url={address}", $"--start={(end - Length).ToUnixTimeSeconds()}",
            $"--end={(end - NotYetInBlocks).ToUnixTimeSeconds()}", $"--output-dir={data}", Path.Combine(StackFolder.Repository, "rules", "v1", "recording", "volume.yml"),
        ], cancellationToken);
    }
}
