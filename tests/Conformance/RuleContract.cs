using PostalExporter.Configuration;

namespace PostalExporter.Conformance;

/// <summary>What rules, runbooks and documentation may read: the exporter's own declarations, and what Prometheus adds.</summary>
internal static class RuleContract
{
    /// <summary>Labels that Prometheus adds to what it scrapes.</summary>
    public static readonly string[] TargetLabels = ["instance", "job"];

    /// <summary>Labels of the series Prometheus itself writes.</summary>
    public static readonly Dictionary<string, string[]> BuiltIn = new()
    {
        ["up"] = [],
        ["ALERTS"] = ["alertname", "alertstate", "severity", "category", "organization", "server", "credential"],
    };

    /// <summary>The labels of each family that the exporter has. What the contract reserves for later is not here.</summary>
    public static IReadOnlyDictionary<string, string[]> Families { get; } = Metrics.Families.All.ToDictionary(family => family.Name, family => family.Labels);

    /// <summary>The signals of <c>postal_threshold</c> that the exporter resolves for each server.</summary>
    public static IReadOnlyCollection<string> Signals => ThresholdSignals.Names;
}
