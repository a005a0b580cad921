namespace PostalExporter.RulePacks;

/// <summary>Finds rules that read other alerts, which an operator switches off or gives another severity.</summary>
internal static class AlertReaders
{
    private static readonly string[] AlertSeries = ["ALERTS", "ALERTS_FOR_STATE"];

    /// <summary>A warning for each change of an alert that other rules would notice.</summary>
    public static IEnumerable<string> Warnings(RulePack pack, RenderOptions options)
    {
        var changes = options.Disabled.Select(rule => (Rule: rule, Severity: (string?)null))
            .Concat(options.Severities.Select(change => (Rule: change.Key, Severity: (string?)change.Value)))
            .OrderBy(change => change.Rule.Alert, StringComparer.Ordinal).ThenBy(change => change.Rule.Severity, StringComparer.Ordinal);
        var readers = pack.Rules
            .SelectMany(placed => PromqlReader.Read(placed.Rule.Expr).Selectors.Where(selector => AlertSeries.Contains(selector.Name))
                .Select(selector => (Reader: placed, selector.Matchers)))
            .ToList();
        foreach (var (rule, severity) in changes)
        {
            var losing = readers.Where(reader => Selects(reader.Matchers, rule.Alert, rule.Severity)
                && (severity is null || !Selects(reader.Matchers, rule.Alert, severity))).Select(reader => reader.Reader.ToString()).Distinct().ToList();
            if (losing.Count == 0)
                continue;
            yield return $"{rule.Alert} ({rule.Severity}) is {(severity is null ? "switched off" : $"now {severity}")}, "
                + $"so rules that look back at it do not see it any more: {string.Join(", ", losing)}";
        }
    }

    private static bool Selects(IEnumerable<PromqlMatcher> matchers, string alert, string? severity) => matchers.All(matcher => matcher.Label switch
    {
        "alertname" => matcher.Selects(alert),
        PackRule.SeverityLabel => matcher.Selects(severity ?? ""),
        _ => true,
    });
}
