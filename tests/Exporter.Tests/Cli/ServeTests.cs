using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace PostalExporter.Tests.Cli;

/// <summary>The program itself, as a process, with signals.</summary>
public sealed partial class ServeTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string folder = Directory.CreateTempSubdirectory("serve-").FullName;
    private readonly StringBuilder log = new();
    private readonly HttpClient client = new() { Timeout = Patience };

    // A database host that takes connections and never says a word.
    private readonly TcpListener silent = new(IPAddress.Loopback, 0);
    private Process? process;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string ConfigFile => Path.Combine(folder, "exporter.yml");

    public ValueTask InitializeAsync()
    {
        silent.Start();
        WriteConfig(((IPEndPoint)silent.LocalEndpoint).Port);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        process?.Dispose();
        client.Dispose();
        silent.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Scrape_under_way_is_answered_before_the_end_that_sigterm_asks_for()
    {
        var address = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{address}/metrics") { Headers = { { "X-Prometheus-Scrape-Timeout-Seconds", "5" } } };

        var scrape = client.SendAsync(request, Cancellation);
        using var connection = await silent.AcceptTcpClientAsync(Cancellation).AsTask().WaitAsync(Patience, Cancellation);
        await SignalAsync("TERM");

        using var response = await scrape;
        Assert.Contains("\npostal_up 0\n", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        await process!.WaitForExitAsync(Cancellation).WaitAsync(Patience, Cancellation);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("msg=stopped", Log(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", Log(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sighup_reloads_and_a_bad_configuration_changes_nothing()
    {
        await StartAsync();

        WriteConfig(0);
        await SignalAsync("HUP");
        await WaitForLogAsync(NotReloaded());
        WriteConfig(1);
        await SignalAsync("HUP");
        await WaitForLogAsync(Reloaded());

        Assert.DoesNotContain("hunter2", Log(), StringComparison.Ordinal);
        Assert.False(process!.HasExited);
    }

    [Fact]
    public async Task Address_that_is_taken_ends_the_program_with_one_error()
    {
        Start($"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");

        await process!.WaitForExitAsync(Cancellation).WaitAsync(Patience, Cancellation);

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("Choose another --web.listen-address", Assert.Single(Log().Split('\n'), line => line.Contains("level=error", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    private void WriteConfig(int port) => File.WriteAllText(ConfigFile, $$"""
        main_db: {host: 127.0.0.1, port: {{port}}, password: hunter2}
        message_db: {host: 127.0.0.1, port: 1, password: hunter2}
        state: {path: state}
        """);

    private async Task<string> StartAsync()
    {
        Start("127.0.0.1:0");
        return (await WaitForLogAsync(Listening())).Groups["address"].Value;
    }

    private void Start(string address)
    {
        process = new Process
        {
            StartInfo = new ProcessStartInfo(
                Path.Combine(AppContext.BaseDirectory, "postal-exporter"), ["--config.file", ConfigFile, "--web.listen-address", address])
            {
                RedirectStandardError = true,
            },
        };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (log)
                log.Append(line.Data).Append('\n');
        };
        process.Start();
        process.BeginErrorReadLine();
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process!.Id}"]);
        await kill.WaitForExitAsync(Cancellation);
        Assert.Equal(0, kill.ExitCode);
    }

    private async Task<Match> WaitForLogAsync(Regex pattern)
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            if (pattern.Match(Log()) is { Success: true } match)
                return match;

            Assert.True(started.Elapsed < Patience && !process!.HasExited, $"not in the log: {pattern}\n{Log()}");
            // The log of another process cannot be awaited, only looked at again.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        }
    }

    private string Log()
    {
        lock (log)
            return log.ToString();
    }

    [GeneratedRegex(@"msg=listening .*address=(?<address>\S+)\n")]
    private static partial Regex Listening();

    [GeneratedRegex(@"exporter\.yml:1: main_db\.port: not a whole number from 1 to 65535; correct it""\n")]
    private static partial Regex NotReloaded();

    [GeneratedRegex("msg=\"configuration reloaded\"")]
    private static partial Regex Reloaded();
}
