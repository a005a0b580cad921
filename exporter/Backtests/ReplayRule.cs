using PostalExporter.RulePacks;

namespace PostalExporter.Backtests;

/// <summary>A rule that is replayed.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Interval">How often it is evaluated.</param>
internal sealed record ReplayRule(PackRule Rule, TimeSpan Interval)
{
    /// <summary>The series that says which alerts there are.</summary>
    public const string Alerts = "ALERTS";

    /// <summary>The series that the conditions of alerts are recorded as, with the value of the expression and the label <c>alertname</c>.</summary>
    public const string Condition = "alert:condition:value";

    private const string AlertName = "alertname";

    /// <summary>What its expression selects.</summary>
    public IReadOnlyList<PromqlSelector> Selectors { get; } = PromqlReader.Read(Rule.Expr).Selectors;

    /// <summary>How long before the span that is asked for it must have been evaluated.</summary>
    public TimeSpan Depth { get; init; }

    /// <summary>Series and labels that it writes, as far as the rule states them.</summary>
    public string Selector => new LabelSet([KeyValuePair.Create("__name__", Rule.Record ?? Condition), .. Labels]).ToString();

    /// <summary>Labels that the rule states; of an alert also its name.</summary>
    public IEnumerable<KeyValuePair<string, string>> Labels =>
        Rule.Alert is { } alert ? [KeyValuePair.Create(AlertName, alert), .. Rule.Labels] : Rule.Labels;

    /// <summary>The rule that vmalert evaluates. Of an alert it records the condition: in a replay vmalert refuses annotations that ask queries,
    /// forgets what was pending from one run to the next, and does not know <c>keep_firing_for</c>.</summary>
    public PackRule Evaluated => new() { Line = Rule.Line, Record = Rule.Record ?? Condition, Expr = Rule.Expr, Labels = [.. Labels] };

    /// <summary>Whether it reads what another writes at the same time.</summary>
    public bool Reads(ReplayRule other) => Selectors.Any(other.IsSelectedBy);

    /// <summary>
    /// Whether a selector finds what the rule writes. Of alerts only those that it names: who reads alerts in general asks what was
    /// firing weeks ago.
    /// </summary>
    public bool IsSelectedBy(PromqlSelector selector) => selector.Name == (Rule.Record ?? Alerts)
        && (Rule.Alert is null || selector.Matchers.Any(matcher => matcher is { Label: AlertName, Operator: "=" }))
        && selector.Matchers.All(matcher => Labels.Where(label => label.Key == matcher.Label).All(label => matcher.Selects(label.Value)));

    /// <summary>Puts rules into the order in which they read each other.</summary>
    /// <returns>Rules that can be evaluated one after the other whole spans at a time, those of a level in any order.</returns>
    /// <exception cref="BacktestException">They read each other in a circle.</exception>
    public static IReadOnlyList<IReadOnlyList<ReplayRule>> Levels(IEnumerable<ReplayRule> rules)
    {
        var levels = new List<IReadOnlyList<ReplayRule>>();
        for (var left = rules.ToList(); left.Count > 0; left = [.. left.Except(levels[^1])])
        {
            levels.Add([.. left.Where(rule => !left.Exists(other => other != rule && rule.Reads(other)))]);
            if (levels[^1].Count == 0)
                throw new BacktestException($"rules read each other in a circle, so none can be replayed before the others: {string.Join(", ", left.Select(rule => rule.Rule))}");
        }

        return levels;
    }
}
