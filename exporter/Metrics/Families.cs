namespace PostalExporter.Metrics;

/// <summary>Every metric family of the exporter. The reference page <c>docs/metrics.md</c> is generated from here.</summary>
internal static partial class Families
{
    /// <summary>The version of the metric contract that these families are.</summary>
    public const string ContractVersion = "1";

    private static Family Counter(string name, string[] labels, string help, string meaning) =>
        new(name, FamilyType.Counter, help, labels, meaning);

    private static Family Gauge(string name, string[] labels, string help, string meaning) =>
        new(name, FamilyType.Gauge, help, labels, meaning);
}
