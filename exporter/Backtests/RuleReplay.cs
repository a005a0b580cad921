using System.Globalization;
using PostalExporter.Configuration;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Backtests;

/// <summary>
/// Evaluates rules over a span of the past, rule after rule in the order in which they read each other, a stretch of time at a time. What
/// is recorded is what Prometheus would have recorded when every group runs at whole intervals.
/// </summary>
/// <param name="database">What the rules read, and where it goes that they record.</param>
/// <param name="vmalert">Evaluates them.</param>
/// <param name="rules">The rules.</param>
internal sealed class RuleReplay(VictoriaMetrics database, VmalertReplay vmalert, IReadOnlyList<ReplayRule> rules)
{
    // Baselines ask which alerts fired a week ago less an hour: those must be there.
    private static readonly TimeSpan LongestStretch = TimeSpan.FromDays(6);

    private readonly IReadOnlyList<IReadOnlyList<ReplayRule>> levels = ReplayRule.Levels(rules);
    private readonly Dictionary<(ReplayRule, LabelSet), AlertTimeline> alerts = [];

    /// <summary>The times that alerts fired.</summary>
    public IEnumerable<Firing> Firings => alerts.Values.SelectMany(alert => alert.Firings);

    /// <summary>The shortest time in which every rule is evaluated a whole number of times.</summary>
    /// <exception cref="BacktestException">The intervals have none that is short enough.</exception>
    public TimeSpan Cycle { get; } = rules.Select(rule => rule.Interval).Distinct().Aggregate(TimeSpan.FromSeconds(1), CommonMultiple);

    /// <summary>Evaluates all rules over a span, and those that others look back at as long before it as they ask.</summary>
    /// <param name="begin">When the span begins; with cycles counted from here.</param>
    /// <param name="end">When it ends, which is not looked at.</param>
    /// <param name="stretch">About how much is evaluated at once; more is faster, and takes more memory.</param>
    /// <param name="report">Told how far it came.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BacktestException">A program refuses, or ended.</exception>
    public async Task RunAsync(DateTimeOffset begin, DateTimeOffset end, TimeSpan stretch, Action<DateTimeOffset> report, CancellationToken cancellationToken)
    {
        await database.FlushAsync(cancellationToken);
        var length = Cycle * Math.Max(1, Math.Floor((stretch < LongestStretch ? stretch : LongestStretch) / Cycle));
        var first = begin - Math.Ceiling(rules.Max(rule => rule.Depth) / length) * length;
        for (var from = first; from < end; from += length)
        {
            var to = from + length < end ? from + length : end;
            foreach (var level in levels.Select(level => level.Where(rule => begin - rule.Depth < to).ToList()).Where(level => level.Count > 0))
            {
                await vmalert.RunAsync(level.GroupBy(rule => rule.Interval).Select(GroupOf), from, to, cancellationToken);
                await database.FlushAsync(cancellationToken);
                foreach (var rule in level)
                    await FollowAsync(rule, from, to, cancellationToken);
                await database.FlushAsync(cancellationToken);
            }

            report(to);
        }
    }

    private static PackGroup GroupOf(IGrouping<TimeSpan, ReplayRule> rules)
    {
        var interval = string.Create(CultureInfo.InvariantCulture, $"{rules.Key.TotalSeconds}s");
        return new PackGroup($"every {interval}", interval, [.. rules.Select(rule => rule.Evaluated)]);
    }

    private Task FollowAsync(ReplayRule rule, DateTimeOffset begin, DateTimeOffset end, CancellationToken cancellationToken) =>
        rule.Rule.Alert is null ? MarkEndsAsync(rule, begin, end, cancellationToken) : AdvanceAsync(rule, begin, end, cancellationToken);

    // Prometheus marks where a recorded series ends; vmalert does so too, only not in a replay.
    private async Task MarkEndsAsync(ReplayRule rule, DateTimeOffset begin, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var recorded = await database.ExportAsync(rule.Selector, begin - rule.Interval, end - TimeSpan.FromMilliseconds(1), cancellationToken);
        await database.WriteAsync(
            from series in recorded
            let ends = Ends(series.Samples, rule.Interval, end).Select(time => new PrometheusSample(time, RemoteWriteBody.StaleMarker)).ToList()
            where ends.Count > 0
            select series with { Samples = ends },
            cancellationToken);
    }

    private static IEnumerable<DateTimeOffset> Ends(IReadOnlyList<PrometheusSample> samples, TimeSpan interval, DateTimeOffset end)
    {
        for (var i = 0; i < samples.Count; i++)
        {
            var next = samples[i].Time + interval;
            if (next < end && (i + 1 == samples.Count || samples[i + 1].Time > next))
                yield return next;
        }
    }

    private async Task AdvanceAsync(ReplayRule rule, DateTimeOffset begin, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var conditions = (await database.ExportAsync(rule.Selector, begin, end - TimeSpan.FromMilliseconds(1), cancellationToken))
            .ToDictionary(series => new LabelSet(series.Labels.Where(label => label.Key != "__name__")), series => series.Samples);
        foreach (var labels in conditions.Keys.Where(labels => !alerts.ContainsKey((rule, labels))))
            alerts.Add((rule, labels), new AlertTimeline(rule, labels, Duration(rule.Rule.For), Duration(rule.Rule.KeepFiringFor)));
        await database.WriteAsync(
            from alert in alerts
            where alert.Key.Item1 == rule
            from series in alert.Value.Advance(begin, end, conditions.GetValueOrDefault(alert.Key.Item2) ?? [])
            where series.Samples.Count > 0
            select series,
            cancellationToken);
    }

    private static TimeSpan Duration(string? text) => text is not null && PrometheusDuration.TryParse(text, out var duration) ? duration : TimeSpan.Zero;

    private static TimeSpan CommonMultiple(TimeSpan one, TimeSpan other)
    {
        var (a, b) = (one.Ticks, other.Ticks);
        while (b != 0)
            (a, b) = (b, a % b);
        var multiple = one.Ticks / a * other.Ticks;
        return multiple <= LongestStretch.Ticks
            ? TimeSpan.FromTicks(multiple)
            : throw new BacktestException("the intervals of the groups have no common multiple within six days; give them intervals such as 1m, 2m, 5m, 15m, 30m");
    }
}
