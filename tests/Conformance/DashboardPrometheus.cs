using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace PostalExporter.Conformance;

/// <summary>A Prometheus on a free loopback port that holds <see cref="DashboardSeries"/> and scrapes nothing.</summary>
public sealed class DashboardPrometheus : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("postal-dashboards-");
    private readonly HttpClient _client = new();
    private LoopbackProgram? _program;

    /// <summary>Imports the samples and starts the server.</summary>
    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var samples = Path.Combine(_folder.FullName, "samples.txt");
        var configuration = Path.Combine(_folder.FullName, "prometheus.yml");
        var data = Path.Combine(_folder.FullName, "data");
        await File.WriteAllTextAsync(samples, DashboardSeries.OpenMetrics(), cancellationToken);
        await File.WriteAllTextAsync(configuration, "{}\n", cancellationToken);
        var import = await ProgramRun.RunAsync("promtool", ["tsdb", "create-blocks-from", "openmetrics", samples, data], _folder.FullName, cancellationToken);
        import.ShouldSucceed();
        _program = await LoopbackProgram.StartAsync(
            "prometheus",
            [
                $"--config.file={configuration}", $"--storage.tsdb.path={data}", "--storage.tsdb.retention.time=100y",
                "--web.listen-address=127.0.0.1:0",
            ],
            cancellationToken);
        await _program.UntilReadyAsync(cancellationToken);
    }

    /// <summary>The answer of the query API over the five minutes that end with the last sample, whatever its status.</summary>
    internal async Task<JsonElement> QueryRangeAsync(string query, CancellationToken cancellationToken)
    {
        using var parameters = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["query"] = query,
            ["start"] = (DashboardSeries.End - 300).ToString(CultureInfo.InvariantCulture),
            ["end"] = DashboardSeries.End.ToString(CultureInfo.InvariantCulture),
            ["step"] = "15",
        });
        using var response = await _client.PostAsync(new Uri(_program!.Address, "/api/v1/query_range"), parameters, cancellationToken);
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>Ends the server and removes its data.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_program is not null)
            await _program.DisposeAsync();
        _client.Dispose();
        _folder.Delete(recursive: true);
    }
}
