using System.Globalization;
using System.IO.Enumeration;
using PostalExporter.Backtests;
using PostalExporter.Configuration;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Conformance;

/// <summary>The unit tests of the pack, which promtool runs on the engine of Prometheus, on VictoriaMetrics and its vmalert.</summary>
public sealed class VmalertTests(VmalertTests.Engine engine) : IClassFixture<VmalertTests.Engine>
{
    // Values that are moments move with the series.
    private static readonly string[] Moments = ["_timestamp_seconds", "_time_seconds"];

    public static TheoryData<string> TestFiles => Environment.GetEnvironmentVariable("ONLY") is { } only ? new TheoryData<string>(only.Split(",")) : RuleCheckTests.TestFiles;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestFiles))]
    public async Task Rules_do_what_their_test_file_says(string file)
    {
        var tests = RulePack.ReadTests(file);
        var groups = PackOf(tests.RuleFiles);
        var differences = new List<string>();
        foreach (var test in tests.Tests)
            differences.AddRange((await RunAsync(groups, Duration(tests.EvaluationInterval), test)).Select(difference => $"{test.Name}: {difference}"));
        Assert.True(differences.Count == 0, string.Join("\n", differences));
    }

    private async Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<PackRule> rules, TimeSpan interval, RulePack.RuleTest test)
    {
        var begin = engine.NextBegin();
        await engine.Database.WriteAsync(test.InputSeries.Select(series => Moved(series, begin, Duration(test.Interval))), Cancel);
        var replay = new RuleReplay(engine.Database, engine.Vmalert, [.. rules.Select(rule => new ReplayRule(rule, interval))]);
        var end = test.AlertRuleTest.Select(one => one.EvalTime).Concat(test.PromqlExprTest.Select(one => one.EvalTime)).Max(Duration);
        await replay.RunAsync(begin, begin + end + TimeSpan.FromSeconds(1), TimeSpan.MaxValue, _ => { }, Cancel);

        var differences = new List<string>();
        foreach (var expected in test.AlertRuleTest)
        {
            // promtool looks at the last evaluation up to that time.
            var moment = begin + Math.Floor(Duration(expected.EvalTime) / interval) * interval;
            var firing = replay.Firings.Where(firing => firing.Rule.Alert == expected.Alertname && firing.Covers(moment))
                .Select(firing => new LabelSet(firing.Labels.Labels.Where(label => label.Key != "alertname"))).ToHashSet();
            var wanted = expected.ExpAlerts.Select(alert => new LabelSet(alert.ExpLabels)).ToHashSet();
            differences.AddRange(wanted.Except(firing).Select(alert => $"{expected.Alertname} does not fire after {expected.EvalTime}: {alert}"));
            differences.AddRange(firing.Except(wanted).Select(alert => $"{expected.Alertname} fires after {expected.EvalTime}: {alert}"));
        }

        foreach (var expected in test.PromqlExprTest)
        {
            var found = Samples((await engine.Database.QueryAsync(expected.Expr, begin + Duration(expected.EvalTime), Cancel))
                .Select(series => KeyValuePair.Create(series.Labels, series.Samples[0].Value)));
            var wanted = Samples(expected.ExpSamples.Select(sample => KeyValuePair.Create(
                SeriesNotation.Labels(sample.Labels), double.Parse(sample.Value, CultureInfo.InvariantCulture))));
            if (!wanted.SequenceEqual(found))
                differences.Add($"{expected.Expr} after {expected.EvalTime} is {string.Join(", ", found)} instead of {string.Join(", ", wanted)}");
        }

        if (differences.Count > 0 && Environment.GetEnvironmentVariable("DUMP") is { } dump)
            foreach (var series in await engine.Database.ExportAsync("{__name__!=\"\"}", begin, begin + end, Cancel))
                await File.AppendAllTextAsync(dump, $"{new LabelSet(series.Labels)} {string.Join(" ", series.Samples.Select(x => $"{(x.Time - begin).TotalMinutes}:{x.Value}"))}\n");
        return differences;
    }

    private static List<string> Samples(IEnumerable<KeyValuePair<IReadOnlyDictionary<string, string>, double>> samples) =>
    [
        .. samples.Select(sample => $"{new LabelSet(sample.Key.Where(label => label.Key != "__name__"))} {sample.Value:R}")
            .Order(StringComparer.Ordinal),
    ];

    private static PrometheusSeries Moved(RulePack.InputSeries series, DateTimeOffset begin, TimeSpan interval)
    {
        var labels = SeriesNotation.Labels(series.Series);
        var added = Moments.Any(moment => labels["__name__"].EndsWith(moment, StringComparison.Ordinal)) ? begin.ToUnixTimeSeconds() : 0;
        return new PrometheusSeries(labels,
        [
            .. SeriesNotation.Values(series.Values)
                .Select((value, number) => (Value: value, Time: begin + number * interval))
                .Where(sample => sample.Value is not null)
                .Select(sample => new PrometheusSample(sample.Time, double.IsNaN(sample.Value!.Value) ? sample.Value.Value : sample.Value.Value + added)),
        ]);
    }

    private static IReadOnlyList<PackRule> PackOf(IEnumerable<string> files)
    {
        // Patterns such as ../recording/*.yml.
        var names = files.Select(file => Path.GetRelativePath("..", file)).ToList();
        return
        [
            .. RulePackReader.Read(RulePack.Folder).Rules
                .Where(placed => names.Exists(name => FileSystemName.MatchesSimpleExpression(name, placed.File.Name)))
                .Select(placed => placed.Rule),
        ];
    }

    private static TimeSpan Duration(string text) =>
        PrometheusDuration.TryParse(text == "0s" ? "0" : text, out var duration) ? duration : throw new FormatException($"{text} is no duration");

    /// <summary>One database for all tests; each has its own months.</summary>
    public sealed class Engine : IAsyncLifetime
    {
        // A Thursday, as promtool's day is: hours of the week stay what they are.
        private static readonly DateTimeOffset First = DateTimeOffset.UnixEpoch + TimeSpan.FromDays(7 * 52 * 20);

        private readonly string folder = Directory.CreateTempSubdirectory("postal-vmalert-").FullName;
        private int begun;

        internal VictoriaMetrics Database { get; private set; } = null!;

        internal VmalertReplay Vmalert { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var programs = EnginePrograms.Find();
            Database = await VictoriaMetrics.StartAsync(programs.VictoriaMetrics, folder, TimeProvider.System, Cancel);
            Vmalert = new VmalertReplay(programs.Vmalert, folder, Database.Address);
        }

        public ValueTask DisposeAsync() => Database.DisposeAsync();

        /// <summary>Where the next test's time begins: far behind that of the test before, which nothing looks back to.</summary>
        public DateTimeOffset NextBegin() => First + begun++ * TimeSpan.FromDays(7 * 12);
    }
}
