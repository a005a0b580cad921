using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using MySqlConnector;
using PostalExporter.Backfill;
using PostalExporter.Configuration;
using PostalExporter.Logging;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.State;

namespace PostalExporter.Cli;

/// <summary>
/// <c>backfill</c>: replays retained rows through the signals, writes their counters as OpenMetrics files for Prometheus, and leaves the state
/// store where the exporter goes on.
/// </summary>
/// <param name="loader">Loads the configuration.</param>
/// <param name="time">Clock.</param>
internal sealed partial class BackfillVerb(ConfigurationLoader loader, TimeProvider time)
{
    private static readonly string[] StandardLabels = ["job=postal", "instance=localhost:10587"];

    private readonly Option<string> configFile = ServeFlags.ConfigFileFlag();

    private readonly Option<string> from = new("--from")
    {
        Description = "Age of the oldest rows that are replayed, such as 28d.", HelpName = "duration", Required = true,
    };

    private readonly Option<string> output = new("--output")
    {
        Description = "Folder of the files, which must be empty; that of a run that was stopped to go on with it.", HelpName = "directory", Required = true,
    };

    private readonly Option<string> step = new("--step")
    {
        Description = "Time between samples, from 10s to 5m; an hour must be a multiple of it.", HelpName = "duration", DefaultValueFactory = _ => "1m",
    };

    private readonly Option<string[]> label = new("--label")
    {
        Description = $"Label that Prometheus adds when it scrapes the exporter; can be repeated. Without it {string.Join(", ", StandardLabels)}, each unless another value is given.",
        HelpName = "name=value",
    };

    /// <summary>Adds the verb.</summary>
    public void AddTo(RootCommand root)
    {
        var verb = new Command("backfill", "Replay retained rows into OpenMetrics files for Prometheus, and leave the state store where the exporter goes on. The exporter must be stopped.")
        {
            configFile, from, output, step, label,
        };
        Validate(from, text => PrometheusDuration.TryParse(text, out var age) && age > TimeSpan.Zero ? null : PrometheusDuration.Form);
        Validate(step, text => PrometheusDuration.TryParse(text, out var span) && IsStep(span) ? null : "write a duration from 10s to 5m that an hour is a multiple of, such as 1m");
        Validate(output, text => text.Length > 0 ? null : "name a folder");
        Validate(label, ProblemOfLabel);
        verb.SetAction((result, cancellationToken) => RunAsync(result, cancellationToken));
        root.Add(verb);
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var (standard, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        try
        {
            await RunAsync(result, standard, error, cancellationToken);
            return ExitStatus.Success;
        }
        catch (ConfigurationException exception)
        {
            foreach (var problem in exception.Problems)
                error.WriteLine($"postal-exporter: {problem}");
        }
        catch (Exception exception) when (exception is StateStoreException or BackfillException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"postal-exporter: {exception.Message}");
        }
        catch (Exception exception) when (exception is MySqlException or SchemaException)
        {
            error.WriteLine($"postal-exporter: {DatabaseSession.Describe(exception)}; `postal-exporter check-config` says more, and the same command goes on where it was");
        }
        return ExitStatus.Failure;
    }

    private async Task RunAsync(ParseResult result, TextWriter standard, TextWriter error, CancellationToken cancellationToken)
    {
        var configuration = loader.Load(result.GetValue(configFile)).Configuration;
        using var store = StateStore.OpenForBackfill(configuration.State.Path);
        try
        {
            await RunAsync(result, configuration, store, standard, error, cancellationToken);
        }
        catch when (store.Backfill is null)
        {
            store.Discard();
            throw;
        }
    }

    private async Task RunAsync(
        ParseResult result, ExporterConfiguration configuration, StateStore store, TextWriter standard, TextWriter error, CancellationToken cancellationToken)
    {
        store.Claim(configuration.Shard);
        var plan = PlanOf(result, store);
        var installation = (await DiscoverAsync(configuration, cancellationToken)).Of(configuration.Shard);
        using var loggers = LoggerFactory.Create(builder =>
        {
            builder.Services.AddSingleton(time);
            builder.AddLines(LogLevel.Warning, LogFormat.Logfmt);
        });
        var progress = new BackfillProgress(error, time);
        var run = new BackfillRun(configuration, store, installation, progress, error, time, loggers);
        var end = await run.RunAsync(plan, cancellationToken);
        store.HandOver();
        standard.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"replayed {progress.Rows:N0} rows of {CheckReport.Count(installation.Servers.Count, "mail server")} in {progress.Seconds:F0} s, up to {end:yyyy-MM-dd HH:mm:ss} UTC"));
        standard.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"written {CheckReport.Count(run.Files, "file")} with {run.Samples:N0} samples, {run.Bytes / 1e6:N1} MB, to {plan.Output}"));
        standard.WriteLine("Start the exporter now: it counts what came since. Then make blocks of the files (docs/backfill.md).");
    }

    private BackfillPlan PlanOf(ParseResult result, StateStore store)
    {
        var asked = BackfillPlan.Begin(Duration(result, from), Duration(result, step), Labels(result.GetValue(label) ?? []), Path.GetFullPath(result.GetRequiredValue(output)), time.GetUtcNow());
        if (store.Backfill is not { } saved)
        {
            OutputFolder.Begin(asked.Output);
            return asked;
        }
        var plan = BackfillPlan.FromJson(saved);
        if (!plan.IsAs(asked))
        {
            throw new BackfillException(
                $"a backfill was begun with --from {Text(plan.Age)} --step {Text(plan.Step)} --output {plan.Output} {string.Join(' ', plan.Labels.Select(one => $"--label {one}"))}; "
                + "give the same to go on, or begin anew: delete backfill.db in the state directory, and the files of the output");
        }
        OutputFolder.Resume(plan.Output);
        return plan;
    }

    private static async Task<Installation> DiscoverAsync(ExporterConfiguration configuration, CancellationToken cancellationToken)
    {
        await using var main = new DatabaseSession(configuration.MainDatabase, configuration.MainDatabase.Database);
        return await new InstallationReader().ReadAsync(main, await MainSchema.ReadAsync(main, cancellationToken), cancellationToken);
    }

    // The standard ones first; what is given replaces one of the same name.
    private static string[] Labels(string[] given)
    {
        var labels = StandardLabels.Concat(given).GroupBy(NameOf, StringComparer.Ordinal).Select(same => same.Last());
        return [.. labels.Where(one => one[^1] != '=')];
    }

    private static string NameOf(string label) => label.Split('=', 2)[0];

    private static string? ProblemOfLabel(string text)
    {
        if (!LabelPattern().IsMatch(text))
            return "write NAME=VALUE, such as job=postal";
        return Families.All.Any(family => family.Labels.Contains(NameOf(text))) ? "the exporter's own series have a label of this name" : null;
    }

    private static bool IsStep(TimeSpan span) =>
        span >= TimeSpan.FromSeconds(10) && span <= TimeSpan.FromMinutes(5) && TimeSpan.TicksPerHour % span.Ticks == 0 && span.Milliseconds == 0;

    private static TimeSpan Duration(ParseResult result, Option<string> option) =>
        PrometheusDuration.TryParse(result.GetRequiredValue(option), out var duration) ? duration : throw new InvalidOperationException($"{option.Name} was validated");

    private static string Text(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds}s");

    private static void Validate<T>(Option<T> option, Func<string, string?> problemOf) => option.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
        {
            if (problemOf(token.Value) is { } problem)
                result.AddError($"{option.Name} {token.Value}: {problem}");
        }
    });

    [GeneratedRegex(@"\A[a-zA-Z_][a-zA-Z0-9_]*=")]
    private static partial Regex LabelPattern();
}
