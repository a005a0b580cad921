using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using PostalExporter.Backtests;
using PostalExporter.Baselines;
using PostalExporter.Configuration;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Cli;

/// <summary><c>backtest</c>: which alerts of a rule pack would have fired in the last days, beside those that did.</summary>
/// <param name="time">Clock.</param>
internal sealed class BacktestVerb(TimeProvider time)
{
    private const int MaximumDays = 90;

    private readonly Option<string> url = new("--url") { Description = "Address of the Prometheus that scrapes the exporter.", HelpName = "url", DefaultValueFactory = _ => "http://localhost:9090" };
    private readonly Option<int> days = new("--days") { Description = "How many days to look at, up to --until. Baselines need three weeks before.", HelpName = "number", DefaultValueFactory = _ => 7 };
    private readonly Option<string> until = new("--until") { Description = "Where the days end, such as 2026-03-24T12:00:00Z; without it, now. Two runs to compare need the same.", HelpName = "time" };
    private readonly Option<string> packFolder = new("--pack") { Description = "Folder of the rule pack, as it is released or rendered.", HelpName = "folder", DefaultValueFactory = _ => "rules/v1" };
    private readonly Option<string> configFile = new("--config.file") { Description = "Configuration of the exporter whose thresholds hold instead of those that were in force.", HelpName = "file" };
    private readonly Option<string> output = new("--output") { Description = "Folder for backtest.json, the result for programs.", HelpName = "folder" };
    private readonly Option<string> victoriaMetrics = new("--victoria-metrics") { Description = "Program or path of VictoriaMetrics.", HelpName = "file", DefaultValueFactory = _ => EnginePrograms.DefaultVictoriaMetrics };
    private readonly Option<string> vmalert = new("--vmalert") { Description = "Program or path of vmalert.", HelpName = "file", DefaultValueFactory = _ => EnginePrograms.DefaultVmalert };
    private readonly PageAccessFlags access = new();

    /// <summary>Adds the verb.</summary>
    public void AddTo(RootCommand root)
    {
        var verb = new Command("backtest", "Show which alerts would have fired in the last days, with this rule pack and these thresholds, beside those that did.")
        {
            url, days, until, packFolder, configFile, output, victoriaMetrics, vmalert,
        };
        access.AddTo(verb);
        PageAccessFlags.ValidateUrl(url, "http://prometheus:9090");
        days.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MaximumDays))
                result.AddError($"--days {token.Value}: write a number of 1 to {MaximumDays}");
        });
        until.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && ParseTime(token.Value) is null)
                result.AddError($"--until {token.Value}: not a time; write one of RFC 3339, such as 2026-03-24T12:00:00Z");
        });
        verb.SetAction(RunAsync);
        root.Add(verb);
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var error = result.InvocationConfiguration.Error;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var found = await FindAsync(result, error, stop.Token);
            new BacktestText(result.InvocationConfiguration.Output).Write(found);
            if (result.GetValue(output) is { } folder)
                WriteFile(found, folder);
            return ExitStatus.Success;
        }
        // The signal goes to all programs of a terminal: whatever fails then fails for it.
        catch (Exception) when (stop.IsCancellationRequested)
        {
            error.WriteLine("postal-exporter: stopped");
        }
        catch (ConfigurationException exception)
        {
            foreach (var problem in exception.Problems)
                error.WriteLine($"postal-exporter: {problem}");
        }
        catch (PageException exception)
        {
            error.WriteLine($"postal-exporter: {result.GetRequiredValue(url)}: {VisibleText.Of(exception.Message)}");
        }
        catch (Exception exception) when (exception is BacktestException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"postal-exporter: {exception.Message}");
        }

        return ExitStatus.Failure;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private async Task<BacktestResult> FindAsync(ParseResult result, TextWriter error, CancellationToken cancellationToken)
    {
        var programs = EnginePrograms.Find(result.GetRequiredValue(victoriaMetrics), result.GetRequiredValue(vmalert));
        var pack = RulePackReader.Read(result.GetRequiredValue(packFolder));
        var limits = result.GetValue(configFile) is { } file ? new BacktestLimits(file, ReadThresholds(file)) : null;
        var address = PageAccessFlags.ParseUrl(result.GetRequiredValue(url))!;
        using var prometheus = new PrometheusClient(address, access.Of(result));

        var folder = Directory.CreateTempSubdirectory("postal-backtest-").FullName;
        try
        {
            await using var database = await VictoriaMetrics.StartAsync(programs.VictoriaMetrics, folder, time, cancellationToken);
            var backtest = new Backtest(prometheus, database, new VmalertReplay(programs.Vmalert, folder, database.Address), new BacktestProgress(error, time));
            var span = new BacktestSpan(address, BacktestSpan.Floor(result.GetValue(until) is { } end ? ParseTime(end)!.Value : time.GetUtcNow(), ReplayPlan.Step), result.GetValue(days));
            return await backtest.RunAsync(pack, limits, span, cancellationToken);
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static DateTimeOffset? ParseTime(string text) =>
        DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    // Of the whole file, so that a mistake in it is found; databases need not be known here.
    private static ThresholdOptions ReadThresholds(string file)
    {
        var (problems, others) = (new ProblemList(file), new List<ConfigurationProblem>());
        var parts = ConfigurationLoader.ReadFile(file, problems, others, []);
        ConfigurationProblem[] all = [.. problems.All, .. others];
        return all.Length == 0 ? parts.Thresholds : throw new ConfigurationException(all);
    }

    // Beside its place first: a file of that name is whole.
    private static void WriteFile(BacktestResult result, string folder)
    {
        Directory.CreateDirectory(folder);
        var place = Path.Combine(folder, "backtest.json");
        var beside = place + ".part";
        using (var file = File.Create(beside))
            BacktestJson.Write(result, file);
        File.Move(beside, place, overwrite: true);
    }
}
