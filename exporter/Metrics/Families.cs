namespace PostalExporter.Metrics;

/// <summary>Every metric family of the exporter. The reference page <c>docs/metrics.md</c> is generated from here.</summary>
internal static partial class Families
{
    /// <summary>The version of the metric contract that these families are.</summary>
    public const string ContractVersion = "1";

    /// <summary>All families, in the order of their declaration.</summary>
    public static IReadOnlyList<Family> All => Declarations.List;

    // With a static constructor the declarations have run before anything here is used, All included.
    static Families()
    {
    }

    private static Family Counter(string name, string[] labels, string help, string meaning) =>
        Declare(new(name, FamilyType.Counter, help, labels, meaning));

    private static Family Gauge(string name, string[] labels, string help, string meaning) =>
        Declare(new(name, FamilyType.Gauge, help, labels, meaning));

    private static Family Histogram(string name, string[] labels, string help, string meaning) =>
        Declare(new(name, FamilyType.Histogram, help, [.. labels, HistogramPart.Label], meaning));

    private static Family Declare(Family family)
    {
        Declarations.List.Add(family);
        return family;
    }

    // Filled by the declarations themselves, so that none can be forgotten. A class of its own, as the fields of
    // a partial class are initialized in no particular order of its files.
    private static class Declarations
    {
        public static readonly List<Family> List = [];
    }
}
