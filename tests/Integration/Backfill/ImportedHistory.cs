using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PostalExporter.Integration.Backfill;

/// <summary>A Prometheus on a free loopback port that holds the blocks <c>promtool</c> makes of files, and scrapes nothing.</summary>
internal sealed partial class ImportedHistory : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("postal-imported-");
    private readonly HttpClient client = new();
    private readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? prometheus;

    /// <summary>The folder of the blocks.</summary>
    public string Blocks => Path.Combine(folder.FullName, "data");

    /// <summary>Where it answers.</summary>
    public Task<Uri> Address => listening.Task;

    /// <summary>Makes the blocks and starts the server.</summary>
    public static async Task<ImportedHistory> StartAsync(IEnumerable<string> files, string longestBlock = "6h")
    {
        var imported = new ImportedHistory();
        try
        {
            foreach (var file in files)
                await RunAsync("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", $"--max-block-duration={longestBlock}", file, imported.Blocks);
            await imported.LaunchAsync();
            return imported;
        }
        catch
        {
            await imported.DisposeAsync();
            throw;
        }
    }

    /// <summary>The value of a query that gives one series or number, at a moment; null when it gives none.</summary>
    public async Task<double?> ValueAsync(string query, DateTimeOffset moment)
    {
        var address = await listening.Task;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["query"] = query,
            ["time"] = (moment.ToUnixTimeMilliseconds() / 1000.0).ToString(CultureInfo.InvariantCulture),
        });
        using var response = await client.PostAsync(new Uri(address, "/api/v1/query"), form, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{query}: {body}");
        var result = body.GetProperty("data").GetProperty("result").EnumerateArray().ToList();
        Assert.True(result.Count <= 1, $"{query}: {result.Count} series");
        return result.Count == 0 ? null : double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (prometheus is { HasExited: false })
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync(CancellationToken.None);
        }
        prometheus?.Dispose();
        client.Dispose();
        folder.Delete(recursive: true);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var run = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, $"{program}: {await output}{await error}");
    }

    private async Task LaunchAsync()
    {
        var configuration = Path.Combine(folder.FullName, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, "{}\n", TestContext.Current.CancellationToken);
        prometheus = Process.Start(new ProcessStartInfo(
            "prometheus", [$"--config.file={configuration}", $"--storage.tsdb.path={Blocks}", "--storage.tsdb.retention.time=100y", "--web.listen-address=127.0.0.1:0"])
        {
            RedirectStandardError = true,
        })!;
        prometheus.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
                listening.TrySetException(new InvalidOperationException("Prometheus ended"));
            else if (ListeningOn().Match(line.Data) is { Success: true } match)
                listening.TrySetResult(new Uri($"http://{match.Groups["address"].Value}"));
        };
        prometheus.BeginErrorReadLine();
        var address = await listening.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        while ((await client.GetAsync(new Uri(address, "/-/ready"), TestContext.Current.CancellationToken)).StatusCode != HttpStatusCode.OK)
        {
            // It reads its blocks, and nothing says when it is done: it is asked again.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    [GeneratedRegex("msg=(\"Listening on\"|listening event_id=\\d+) address=(http://)?(?<address>[0-9.:]+)")]
    private static partial Regex ListeningOn();
}
