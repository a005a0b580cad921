using PostalExporter.Configuration;
using PostalSimulator.Health;

namespace PostalExporter.Conformance;

/// <summary>What rules, runbooks and documentation may read: the exporter's own declarations, and what Prometheus adds.</summary>
internal static class RuleContract
{
    /// <summary>Labels that Prometheus adds to what it scrapes.</summary>
    public static readonly string[] TargetLabels = ["instance", "job"];

    /// <summary>Labels of the series that Prometheus itself writes or serves, and of those that every process has.</summary>
    public static readonly Dictionary<string, string[]> BuiltIn = new()
    {
        ["up"] = [],
        ["ALERTS"] = ["alertname", "alertstate", "severity", "category", "organization", "server", "credential"],
        ["process_start_time_seconds"] = [],
        ["prometheus_notifications_alertmanagers_discovered"] = [],
        ["prometheus_rule_evaluation_failures_total"] = ["rule_group"],
        ["prometheus_rule_group_interval_seconds"] = ["rule_group"],
        ["prometheus_rule_group_last_evaluation_timestamp_seconds"] = ["rule_group"],
    };

    /// <summary>
    /// The labels of each series of Postal's own pages, which the jobs <c>postal-smtp</c> and <c>postal-worker</c> scrape. Prometheus
    /// renames a label that has the name of one of its own.
    /// </summary>
    public static IReadOnlyDictionary<string, string[]> PostalSeries { get; } = HealthFamily.SmtpServer.Concat(HealthFamily.Worker)
        .SelectMany(family => Series(family, [.. family.Labels.Select(label => label == "job" ? "exported_job" : label)])).ToDictionary();

    /// <summary>The labels of each family that the exporter has, and of each series of Postal's. What the contract reserves for later is not here.</summary>
    public static IReadOnlyDictionary<string, string[]> Families { get; } =
        Metrics.Families.All.Select(family => KeyValuePair.Create(family.Name, family.Labels)).Concat(PostalSeries).ToDictionary();

    /// <summary>The signals of <c>postal_threshold</c> that the exporter resolves for each server.</summary>
    public static IReadOnlyCollection<string> Signals => ThresholdSignals.Names;

    private static IEnumerable<KeyValuePair<string, string[]>> Series(HealthFamily family, string[] labels) => family.IsHistogram
        ? [new($"{family.Name}_bucket", [.. labels, "le"]), new($"{family.Name}_sum", labels), new($"{family.Name}_count", labels)]
        : [new(family.Name, labels)];
}
