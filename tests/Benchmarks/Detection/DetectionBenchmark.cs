using System.Globalization;
using PostalExporter.Benchmarks.Detection.Replay;
using PostalExporter.Benchmarks.Detection.Scoring;
using PostalExporter.Benchmarks.Detection.Traffic;
using PostalStack;

namespace PostalExporter.Benchmarks.Detection;

/// <summary>
/// What the rule pack finds in labelled weeks of traffic, how soon, and how often it is wrong. DETECTION_SEEDS and DETECTION_HARD_SEEDS
/// name other traces (comma-separated numbers), DETECTION_PACK another pack (rule files or folders of them,
/// comma-separated), DETECTION_CREDENTIALS smaller or larger
/// installations, DETECTION_QUIET=0 leaves out the week before the abuse, DETECTION_DETAILS=1 shows each case.
/// </summary>
internal sealed class DetectionBenchmark : IBenchmark
{
    private const int WeekMinutes = 7 * 1440;

    private static readonly string[] PackFolders = ["recording", "alerts"];

    /// <inheritdoc/>
    public string Name => "detection";

    /// <inheritdoc/>
    public async Task RunAsync(ResultTable table, CancellationToken cancellationToken)
    {
        var rules = Rule.Load(RuleFiles());
        foreach (var conditions in (TraceConditions[])[TraceConditions.Normal, TraceConditions.Hard])
        {
            var scores = new List<DetectionScore>();
            foreach (var seed in Seeds(conditions))
                scores.Add(await ScoreAsync(rules, conditions, seed, cancellationToken));
            if (scores.Count > 0)
                new DetectionReport(conditions, scores).Print(table);
        }
    }

    private static async Task<DetectionScore> ScoreAsync(
        IReadOnlyList<Rule> rules, TraceConditions conditions, int seed, CancellationToken cancellationToken)
    {
        var begin = System.Diagnostics.Stopwatch.GetTimestamp();
        var trace = TraceGenerator.Generate(new TraceOptions { Seed = (ulong)seed, Conditions = conditions, Credentials = Credentials });
        Console.WriteLine($"seed {seed}, {conditions}: {trace.Series.Count} series, {trace.Abuse.Count} episodes, made in {Seconds(begin)} s");
        var store = new SeriesStore();
        foreach (var series in trace.Series)
            store.Add(new StoredSeries(series.Labels, series.Values, 1));
        await using var engine = await PromqlEngine.StartAsync(store, trace.Start, cancellationToken);
        var replay = new RuleReplay(engine, store, rules, trace.Minutes);
        var quiet = trace.Minutes - 2 * WeekMinutes;
        await replay.RecordHistoryAsync(0, quiet - 1, cancellationToken);
        Console.WriteLine($"  history recorded after {Seconds(begin)} s");
        if (Environment.GetEnvironmentVariable("DETECTION_QUIET") == "0")
            await replay.RecordHistoryAsync(quiet, quiet + WeekMinutes - 1, cancellationToken);
        else
            await replay.RunAsync(quiet, quiet + WeekMinutes - 1, cancellationToken);
        await replay.RunAsync(quiet + WeekMinutes, trace.Minutes - 1, cancellationToken);
        Console.WriteLine($"  replayed after {Seconds(begin)} s");
        if (Details)
            foreach (var (rule, seconds) in replay.Seconds.OrderByDescending(pair => pair.Value).Take(15))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {seconds,6:F1} s {rule}"));
        var score = new DetectionScore(trace, Incident.Of(replay.Alerts));
        if (Details)
            DetectionReport.PrintDetails(trace, score);
        return score;
    }

    private static int Credentials => int.Parse(Environment.GetEnvironmentVariable("DETECTION_CREDENTIALS") ?? "75", CultureInfo.InvariantCulture);

    private static bool Details => Environment.GetEnvironmentVariable("DETECTION_DETAILS") == "1";

    private static IEnumerable<string> RuleFiles() =>
        (Environment.GetEnvironmentVariable("DETECTION_PACK")?.Split(',') ?? PackFolders.Select(folder => Path.Combine(StackFolder.Repository, "rules", "v1", folder)))
            .SelectMany(path => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.yml", SearchOption.AllDirectories) : [path])
            .Order(StringComparer.Ordinal);

    private static IEnumerable<int> Seeds(TraceConditions conditions) =>
        (Environment.GetEnvironmentVariable(conditions == TraceConditions.Normal ? "DETECTION_SEEDS" : "DETECTION_HARD_SEEDS") ?? "101,102,103")
            .Split(',', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture));

    private static string Seconds(long begin) =>
        System.Diagnostics.Stopwatch.GetElapsedTime(begin).TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);
}
