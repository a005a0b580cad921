using PostalExporter.Integration.Backfill;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Integration.Baselines;

/// <summary>The client on a Prometheus.</summary>
public sealed class PrometheusClientTests : IAsyncLifetime
{
    private const string Hostile = "a\\\\b\\\"c\\nd";

    private readonly string folder = Directory.CreateTempSubdirectory("postal-client-").FullName;
    private ImportedHistory prometheus = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var history = new RecordedHistory();
        history.Add("own", $"name=\"{Hostile}\"", hour => hour);
        var file = Path.Combine(folder, "history.om");
        await history.SaveAsync(file);
        prometheus = await ImportedHistory.StartAsync([file], longestBlock: "1500h");
    }

    public async ValueTask DisposeAsync()
    {
        await prometheus.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task More_points_than_Prometheus_gives_at_once_come_whole_and_once()
    {
        using var client = await ClientAsync();

        var series = await client.QueryRangeAsync("vector(1)", RecordedHistory.Start, RecordedHistory.End, TimeSpan.FromMinutes(1), Cancel);

        var times = series.SelectMany(one => one.Samples).Select(sample => sample.Time).ToList();
        Assert.Equal(Enumerable.Range(0, RecordedHistory.Weeks * 7 * 24 * 60 + 1).Select(minute => RecordedHistory.Start.AddMinutes(minute)), times);
    }

    [Fact]
    public async Task A_name_with_quotes_and_line_breaks_is_found()
    {
        using var client = await ClientAsync();
        const string name = "a\\b\"c\nd";

        var labels = Assert.Single(await client.SeriesAsync($"own{{name={PrometheusClient.Quote(name)}}}", RecordedHistory.Start, RecordedHistory.End, Cancel));
        var now = Assert.Single(await client.QueryAsync($"own{{name={PrometheusClient.Quote(name)}}} / 0", RecordedHistory.End, Cancel));

        Assert.Equal(name, labels["name"]);
        Assert.Equal((name, double.PositiveInfinity), (now.Label("name"), Assert.Single(now.Samples).Value));
    }

    [Fact]
    public async Task A_query_that_is_refused_is_told_with_the_reason()
    {
        using var client = await ClientAsync();

        var refused = await Assert.ThrowsAsync<PageException>(() => client.QueryAsync("sum(", RecordedHistory.End, Cancel));

        Assert.StartsWith("answers 400 Bad Request (invalid parameter \"query\"", refused.Message, StringComparison.Ordinal);
    }

    private async Task<PrometheusClient> ClientAsync() => new(await prometheus.Address, new PageAccess(null, null, null));
}
