using System.Globalization;
using System.IO.Enumeration;
using PostalExporter.Backtests;
using PostalExporter.Configuration;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Conformance;

/// <summary>
/// The unit tests of the pack, which promtool runs on the engine of Prometheus, on VictoriaMetrics and its vmalert: once by the replay that
/// <c>backtest</c> uses, and the alerts once more as vmalert itself evaluates them.
/// </summary>
public sealed class VmalertTests(VmalertTests.Engine engine) : IClassFixture<VmalertTests.Engine>
{
    private const string FirstValue =
        "increase() of MetricsQL takes a counter that is first seen at less than ten, and does not move, for one that began at 0";

    private const string Gap =
        "increase() of MetricsQL counts from the last sample before the window, also across a gap; that of Prometheus leaves out what came in a gap that the window begins in";

    private const string FirstStart =
        "changes() of MetricsQL counts the first sample of a series as a change: of an exporter that is half an hour old the first start counts";

    /// <summary>
    /// What differs, and cannot be otherwise: the name of the test's file, a part of what is told of the difference, and why. What is told
    /// in rules/README.md. An entry without a difference fails, too.
    /// </summary>
    private static readonly (string File, string Difference, string Reason)[] Exceptions =
    [
        ("health_test.yml", "PostalExporterRestarting fires after 35m: {category=\"operations\", instance=\"b:10587\"", FirstStart),
        ("recipients_fast_test.yml", "PostalCredentialListedRecipients fires after 70m: {category=\"abuse\", credential=\"old\"", FirstValue),
        ("recipients_fast_test.yml", "PostalCredentialListedRecipients fires after 71m: {category=\"abuse\", credential=\"old\"", FirstValue),
        ("recipients_fast_test.yml", "PostalCredentialListedRecipients fires after 75m: {category=\"abuse\", credential=\"old\"", FirstValue),
        ("volume_high_test.yml", "round(server:postal_messages:increase1h{server=\"pair\"}, 20) after 1h45m", Gap),
    ];

    // Values that are moments move with the series.
    private static readonly string[] Moments = ["_timestamp_seconds", "_time_seconds"];

    public static TheoryData<string> TestFiles => RuleCheckTests.TestFiles;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestFiles))]
    public async Task Rules_do_what_their_test_file_says(string file)
    {
        var tests = RulePack.ReadTests(file);
        var rules = RulesOf(tests.RuleFiles);
        var differences = new List<string>();
        foreach (var test in tests.Tests)
            differences.AddRange((await RunAsync(rules, Duration(tests.EvaluationInterval), test)).Select(difference => $"{test.Name}: {difference}"));

        var exceptions = Exceptions.Where(exception => exception.File == Path.GetFileName(file)).Select(exception => exception.Difference).ToList();
        var unexplained = differences.Where(difference => !exceptions.Exists(exception => difference.Contains(exception, StringComparison.Ordinal)));
        var needless = exceptions.Where(exception => !differences.Exists(difference => difference.Contains(exception, StringComparison.Ordinal)));
        var problems = unexplained.Concat(needless.Select(exception => $"No difference any more: {exception}")).ToList();
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    private async Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<PackRule> rules, TimeSpan interval, RulePack.RuleTest test)
    {
        var begin = engine.NextBegin();
        var end = begin + test.AlertRuleTest.Select(one => one.EvalTime).Concat(test.PromqlExprTest.Select(one => one.EvalTime)).Max(Duration) + TimeSpan.FromSeconds(1);
        await engine.Database.WriteAsync(test.InputSeries.Select(series => Moved(series, begin, Duration(test.Interval))), Cancel);
        var replay = new RuleReplay(engine.Database, engine.Vmalert, [.. rules.Select(rule => new ReplayRule(rule, interval))]);
        await replay.RunAsync(begin, end, TimeSpan.MaxValue, _ => { }, Cancel);

        var differences = new List<string>();
        foreach (var expected in test.PromqlExprTest)
        {
            var found = Samples((await engine.Database.QueryAsync(expected.Expr, begin + Duration(expected.EvalTime), Cancel))
                .Select(series => KeyValuePair.Create(series.Labels, series.Samples[0].Value)));
            var wanted = Samples(expected.ExpSamples.Select(sample => KeyValuePair.Create(
                SeriesNotation.Labels(sample.Labels), double.Parse(sample.Value, CultureInfo.InvariantCulture))));
            if (!wanted.SequenceEqual(found))
                differences.Add($"{expected.Expr} after {expected.EvalTime} is {string.Join(", ", found)} instead of {string.Join(", ", wanted)}");
        }

        // Last, since it writes alerts a second time.
        var alerts = await AlertsOfVmalertAsync(rules, interval, begin, end);
        foreach (var expected in test.AlertRuleTest)
        {
            // promtool looks at the last evaluation up to that time.
            var moment = begin + Math.Floor(Duration(expected.EvalTime) / interval) * interval;
            var wanted = expected.ExpAlerts.Select(alert => new LabelSet(alert.ExpLabels)).ToHashSet();
            Compare("", replay.Firings.Where(firing => firing.Rule.Alert == expected.Alertname && firing.Covers(moment)).Select(firing => firing.Labels));
            Compare(" by vmalert's own count", alerts.Where(alert => alert.Rule.Alert == expected.Alertname && alert.FiredOrIsKept(moment, interval)).Select(alert => alert.Labels));

            void Compare(string by, IEnumerable<LabelSet> fired)
            {
                var found = fired.Select(labels => new LabelSet(labels.Labels.Where(label => label.Key != "alertname"))).ToHashSet();
                differences.AddRange(wanted.Except(found).Select(alert => $"{expected.Alertname} does not fire after {expected.EvalTime}: {alert}{by}"));
                differences.AddRange(found.Except(wanted).Select(alert => $"{expected.Alertname} fires after {expected.EvalTime}: {alert}{by}"));
            }
        }

        return differences;
    }

    /// <summary>The alerts as vmalert evaluates them itself, <c>for</c> included; what they read is recorded already.</summary>
    private async Task<IReadOnlyList<OwnAlert>> AlertsOfVmalertAsync(IReadOnlyList<PackRule> rules, TimeSpan interval, DateTimeOffset begin, DateTimeOffset end)
    {
        var alerting = rules.Where(rule => rule.Alert is not null).ToList();
        if (alerting.Count == 0)
            return [];
        // Without annotations, whose queries vmalert refuses in a replay; the group's name becomes a label of its alerts.
        await engine.Vmalert.RunAsync(
            [new PackGroup("own", $"{interval.TotalSeconds:R}s", [.. alerting.Select(rule => rule with { KeepFiringFor = null, Annotations = [] })])], begin, end, Cancel);
        await engine.Database.FlushAsync(Cancel);
        return
        [
            .. from series in await engine.Database.ExportAsync("ALERTS{alertgroup=\"own\", alertstate=\"firing\"}", begin, end, Cancel)
               let labels = new LabelSet(series.Labels.Where(label => label.Key is not ("__name__" or "alertgroup" or "alertstate")))
               select new OwnAlert(
                   alerting.Single(rule => rule.Alert == series.Label("alertname") && rule.Severity == series.Label("severity")),
                   labels, [.. series.Samples.Select(sample => sample.Time)]),
        ];
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
                // A sum would make of the mark of an end any other that is no number.
                .Select(sample => new PrometheusSample(sample.Time, double.IsNaN(sample.Value!.Value) ? sample.Value.Value : sample.Value.Value + added)),
        ]);
    }

    private static IReadOnlyList<PackRule> RulesOf(IEnumerable<string> files)
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
        PrometheusDuration.TryParse(text, out var duration) ? duration : throw new FormatException($"{text} is no duration");

    /// <summary>An alert that vmalert wrote down.</summary>
    private sealed record OwnAlert(PackRule Rule, LabelSet Labels, IReadOnlyList<DateTimeOffset> Firing)
    {
        /// <summary>Whether it fires, or would by <c>keep_firing_for</c>, which newer ones than Debian's know.</summary>
        public bool FiredOrIsKept(DateTimeOffset moment, TimeSpan interval)
        {
            var kept = Rule.KeepFiringFor is { } text ? Duration(text) : TimeSpan.Zero;
            return Firing.Any(time => time <= moment && time > moment - kept - interval);
        }
    }

    /// <summary>One database for all tests; each has its own months.</summary>
    public sealed class Engine : IAsyncLifetime
    {
        // A Thursday, as promtool's first day is: hours of the week stay what they are.
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
