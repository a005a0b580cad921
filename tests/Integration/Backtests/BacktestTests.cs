using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using PostalExporter.Backtests;
using PostalExporter.Cli;
using PostalExporter.Integration.Backfill;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Integration.Backtests;

/// <summary><c>backtest</c> on a Prometheus that has weeks of an exporter's series, by the installed VictoriaMetrics and vmalert.</summary>
public sealed class BacktestTests(BacktestTests.History history) : IClassFixture<BacktestTests.History>, IDisposable
{
    private static readonly string Pack = Path.Combine(RepositoryRoot(), "rules", "v1");

    private readonly string folder = Directory.CreateTempSubdirectory("postal-backtest-test-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_hijack_fires_by_the_limits_that_were_in_force_as_it_did_then()
    {
        var (status, output, error) = await BacktestAsync(HijackHistory.End);

        Assert.True(status == 0, error);
        var firings = await ResultAsync();
        var page = Assert.Single(firings, firing => firing.Is("PostalCredentialUnknownRecipientsHigh", "critical"));
        Assert.Equal(("fired_also", "app"), (page.Comparison, page.Label("credential")));
        Assert.InRange(page.Begin, HijackHistory.HijackBegin, HijackHistory.HijackBegin.AddMinutes(15));
        // An hour's mail and what is kept.
        Assert.InRange(page.End!.Value, HijackHistory.HijackEnd, HijackHistory.HijackEnd.AddMinutes(80));
        Assert.Equal(100, page.Evidence("recipients/unknown_recipients"));
        Assert.Equal("only_now", Assert.Single(firings, firing => firing.Is("PostalCredentialLikelyCompromised", "critical")).Comparison);
        // By baselines, which take the three weeks before.
        Assert.Equal("only_now", Assert.Single(firings, firing => firing.Is("PostalCredentialVolumeAnomaly", "warning")).Comparison);
        // The honest credential, which has one alert that would not fire.
        var honest = Assert.Single(firings, firing => firing.Label("credential") == "news");
        Assert.Equal(("only_then", true), (honest.Comparison, honest.Is("PostalCredentialLoop", "warning")));

        Assert.Contains("with the limits that were in force, 2026-03-24 00:00 to 2026-03-25 00:00 UTC\n", output, StringComparison.Ordinal);
        Assert.Matches(@"\nPostalCredentialUnknownRecipientsHigh +critical +1 +\dh\d+m +1 +1 +0 +0\n", output);
        Assert.Matches(@"\nacme/shop app\n(?:  .*\n)*  2026-03-24 12:\d\d  \dh\d+m +fired also  PostalCredentialUnknownRecipientsHigh \(critical\): \d+, at most 240; .*recipients/unknown_recipients 100", output);
        Assert.Contains("every rule is evaluated", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_does_not_fire_by_limits_above_it()
    {
        var limits = Path.Combine(folder, "tuned.yml");
        await File.WriteAllTextAsync(limits, """
            thresholds:
              servers:
                acme/shop:
                  unknown_recipients_per_hour: {warning: 5000, critical: 5000}
                  unknown_recipient_ratio: {warning: 0.9, critical: 0.9}
            """, Cancel);

        var (status, output, error) = await BacktestAsync(HijackHistory.End, "--config.file", limits);

        Assert.True(status == 0, error);
        var firings = await ResultAsync();
        Assert.Equal("only_then", Assert.Single(firings, firing => firing.Is("PostalCredentialUnknownRecipientsHigh", "critical")).Comparison);
        Assert.DoesNotContain(firings, firing => firing.Is("PostalCredentialUnknownRecipientsHigh", "warning"));
        Assert.Contains(firings, firing => firing.Is("PostalCredentialBounceRatioHigh", "critical"));
        Assert.Contains($"with the limits of {limits}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_programs_and_history_are_told_with_what_to_do()
    {
        var (status, _, error) = await BacktestAsync(HijackHistory.End, "--vmalert", "/nowhere/vmalert");
        Assert.Equal((1, "postal-exporter: /nowhere/vmalert: not found; install Debian's package victoria-metrics, which has both programs, or name the file by --vmalert\n"), (status, error));

        (status, _, error) = await BacktestAsync(HijackHistory.Start.AddDays(-10));
        Assert.Equal(1, status);
        Assert.Contains("has no series postal_server_info in these days; give the address of the Prometheus that scrapes the exporter", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_series_ends_in_the_copy_when_it_ended_in_Prometheus()
    {
        var programs = EnginePrograms.Find();
        await using var database = await VictoriaMetrics.StartAsync(programs.VictoriaMetrics, Path.Combine(folder, "database"), TimeProvider.System, Cancel);
        using var prometheus = new PrometheusClient(history.Address, new PageAccess(null, null, null));
        var copy = new HistoryCopy(prometheus, database);

        await copy.RunAsync("ALERTS{alertname=\"PostalCredentialLoop\"}", HijackHistory.Start, HijackHistory.End, Cancel);
        await database.FlushAsync(Cancel);

        Assert.Empty(await FiringAsync(HijackHistory.LoopBegin.AddMinutes(-1)));
        Assert.Equal(1, Assert.Single(await FiringAsync(HijackHistory.LoopBegin)).Samples.Single().Value);
        // Prometheus looks back five minutes for the last sample. So would the copy, for five more, if it did not know of the end.
        Assert.Single(await FiringAsync(HijackHistory.LoopEnd.AddMinutes(4)));
        Assert.Empty(await FiringAsync(HijackHistory.LoopEnd.AddMinutes(6)));

        Task<IReadOnlyList<PrometheusSeries>> FiringAsync(DateTimeOffset moment) => database.QueryAsync("ALERTS", moment, Cancel);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("KILL")]
    public async Task Nothing_is_left_of_a_backtest_that_is_stopped(string signal)
    {
        // A Prometheus that takes its time.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var start = new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, "backtest", "--url", $"http://{silent.LocalEndpoint}", "--pack", Pack])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        };
        start.Environment["TMPDIR"] = folder;
        using var process = Process.Start(start)!;
        var database = await UntilAsync(() => Databases().FirstOrDefault());
        Assert.True(IsRunning(database));

        using (var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(Cancel);
        await process.WaitForExitAsync(Cancel);

        await UntilAsync(() => IsRunning(database) || Directory.EnumerateDirectories(folder, "postal-backtest-*").Any() ? null : "gone");
        if (signal == "INT")
            Assert.Equal((1, "postal-exporter: stopped"), (process.ExitCode, (await process.StandardError.ReadToEndAsync(Cancel)).TrimEnd().Split('\n')[^1]));
    }

    // Processes whose data lie in the folder of this test.
    private IEnumerable<string> Databases() =>
        Directory.EnumerateDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), out _) && CommandOf(process) is [var program, var first, ..]
            && program.EndsWith("victoria-metrics", StringComparison.Ordinal) && first.Contains(folder, StringComparison.Ordinal));

    private static bool IsRunning(string process) => CommandOf(process) is [var program, ..] && program.EndsWith("victoria-metrics", StringComparison.Ordinal);

    private static string[] CommandOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Split('\0');
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return [];
        }
    }

    private static async Task<string> UntilAsync(Func<string?> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (condition() is { } found)
                return found;
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "It does not happen.");
            // Other processes cannot be awaited, only asked again.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancel);
        }
    }

    private async Task<(int Status, string Output, string Error)> BacktestAsync(DateTimeOffset now, params string[] more)
    {
        var root = CommandLine.CreateRoot();
        new BacktestVerb(new ClockAt(now)).AddTo(root);
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] arguments = ["backtest", "--url", history.Address.ToString(), "--days", "1", "--pack", Pack, "--output", folder, .. more];
        var status = await CommandLine.RunAsync(root, arguments, output, error);
        return (status, output.ToString(), error.ToString());
    }

    private async Task<IReadOnlyList<Told>> ResultAsync()
    {
        using var result = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "backtest.json"), Cancel));
        return [.. result.RootElement.GetProperty("firings").EnumerateArray().Select(firing => new Told(firing.Clone()))];
    }

    private static string RepositoryRoot()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Exporter.sln")))
            root = root.Parent!;
        return root.FullName;
    }

    private sealed record Told(JsonElement Firing)
    {
        public string Comparison => Firing.GetProperty("comparison").GetString()!;

        public DateTimeOffset Begin => Firing.GetProperty("begin").GetDateTimeOffset();

        public DateTimeOffset? End => Firing.GetProperty("end") is { ValueKind: JsonValueKind.String } end ? end.GetDateTimeOffset() : null;

        public string? Label(string name) => Firing.GetProperty("labels").TryGetProperty(name, out var value) ? value.GetString() : null;

        public double Evidence(string signal) => Firing.GetProperty("evidence").GetProperty(signal).GetDouble();

        public bool Is(string alert, string severity) => Label("alertname") == alert && Label("severity") == severity;
    }

    /// <summary>Says that it is a certain time, and measures as ever.</summary>
    private sealed class ClockAt(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    /// <summary>The Prometheus of all tests.</summary>
    public sealed class History : IAsyncLifetime
    {
        private readonly string folder = Directory.CreateTempSubdirectory("postal-backtest-history-").FullName;
        private ImportedHistory prometheus = null!;

        public Uri Address { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var file = Path.Combine(folder, "history.om");
            await new HijackHistory().SaveAsync(file);
            prometheus = await ImportedHistory.StartAsync([file], longestBlock: "1500h");
            Address = await prometheus.Address;
        }

        public async ValueTask DisposeAsync()
        {
            await prometheus.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }
}
