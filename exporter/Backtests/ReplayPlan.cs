using PostalExporter.Configuration;
using PostalExporter.RulePacks;

namespace PostalExporter.Backtests;

/// <summary>What must be read and evaluated, and from when on, for the alerts of a span to be those that there would have been.</summary>
/// <param name="Rules">The alerts, and the rules that they read or that are read by those; the others are left out.</param>
/// <param name="Series">What these read and do not record.</param>
/// <param name="AlertsDepth">How long before the span rules ask which alerts were firing.</param>
internal sealed record ReplayPlan(IReadOnlyList<ReplayRule> Rules, IReadOnlyList<ReadSeries> Series, TimeSpan AlertsDepth)
{
    /// <summary>The time between two samples of what is read, so nothing in a replay happens in between.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LookBack = TimeSpan.FromMinutes(5);

    // So that what is pending or kept when the span begins is known.
    private static readonly TimeSpan AlertMargin = TimeSpan.FromHours(1);

    private static readonly string[] AlertSeries = [ReplayRule.Alerts, "ALERTS_FOR_STATE"];

    /// <summary>Makes the plan of a pack.</summary>
    /// <param name="pack">The pack.</param>
    /// <param name="interval">How often groups are evaluated that have no interval of their own.</param>
    /// <exception cref="BacktestException">Rules read each other in a circle.</exception>
    public static ReplayPlan Of(RulePack pack, TimeSpan interval)
    {
        var all = pack.Rules.Select(placed => new ReplayRule(placed.Rule, IntervalOf(placed.Group, interval))).ToList();
        // Refuses a circle, in which depths would grow for ever.
        ReplayRule.Levels(all);
        var depths = all.Where(rule => rule.Rule.Alert is not null)
            .ToDictionary(rule => rule, rule => AlertMargin + Duration(rule.Rule.For) + Duration(rule.Rule.KeepFiringFor));
        for (var changed = true; changed;)
            changed = all.Where(rule => rule.Rule.Alert is null).Aggregate(false, (any, rule) => Deepen(rule) || any);

        var reads = depths.SelectMany(reader => reader.Key.Selectors.Select(selector => (Selector: selector, Depth: reader.Value + selector.Reach + LookBack))).ToList();
        var recorded = all.Select(rule => rule.Rule.Record).OfType<string>().ToHashSet();
        return new ReplayPlan(
            [.. all.Where(depths.ContainsKey).Select(rule => rule with { Depth = depths[rule] })],
            [
                .. from read in reads
                   where read.Selector.Name is { } name && !recorded.Contains(name) && !AlertSeries.Contains(name)
                   group read by read.Selector.Name into same
                   orderby same.Key
                   select new ReadSeries(same.Key, Common(same.Select(read => read.Selector)), same.Max(read => read.Depth)),
            ],
            reads.Where(read => read.Selector.Name == ReplayRule.Alerts).Select(read => read.Depth).DefaultIfEmpty().Max());

        bool Deepen(ReplayRule rule)
        {
            var asked = depths.ToList().SelectMany(reader => reader.Key.Selectors.Where(rule.IsSelectedBy).Select(selector => reader.Value + selector.Reach + LookBack + rule.Interval)).DefaultIfEmpty().Max();
            var isDeeper = asked > depths.GetValueOrDefault(rule);
            if (isDeeper)
                depths[rule] = asked;
            return isDeeper;
        }
    }

    // Matchers that every reader has.
    private static IReadOnlyList<PromqlMatcher> Common(IEnumerable<PromqlSelector> selectors) =>
        [.. selectors.Select(selector => selector.Matchers.AsEnumerable()).Aggregate((one, other) => one.Intersect(other))];

    private static TimeSpan IntervalOf(PackGroup group, TimeSpan standard)
    {
        var interval = group.Interval is { } own ? Duration(own) : standard;
        return interval < Step ? Step : interval;
    }

    private static TimeSpan Duration(string? text) => text is not null && PrometheusDuration.TryParse(text, out var duration) ? duration : TimeSpan.Zero;
}

/// <summary>Series that are read from Prometheus.</summary>
/// <param name="Name">Their name.</param>
/// <param name="Matchers">What they are selected by.</param>
/// <param name="Depth">How long before the span they are asked for.</param>
internal sealed record ReadSeries(string Name, IReadOnlyList<PromqlMatcher> Matchers, TimeSpan Depth)
{
    /// <summary>As PromQL.</summary>
    public string Selector =>
        $"{Name}{{{string.Join(", ", Matchers.Select(matcher => $"{matcher.Label}{matcher.Operator}{PrometheusApi.PrometheusClient.Quote(matcher.Value)}"))}}}";
}
