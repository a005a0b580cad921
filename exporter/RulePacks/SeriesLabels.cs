using PostalExporter.Metrics;

namespace PostalExporter.RulePacks;

/// <summary>Which labels series can have: those of pages, and those that the rules of a pack record from them.</summary>
/// <remarks>A recorded series counts as having every label of what it is made from; what an aggregation drops is not followed.</remarks>
internal sealed class SeriesLabels
{
    /// <summary>Labels that Prometheus adds to what it scrapes.</summary>
    private static readonly string[] TargetLabels = ["instance", "job"];

    /// <summary>Prefix of a label of the page that has the name of one of those.</summary>
    private const string Exported = "exported_";

    private static readonly string[] AlertSeries = ["ALERTS", "ALERTS_FOR_STATE"];

    private readonly ExposedSeries exposed;
    private readonly List<(PackRule Rule, PromqlReading Reading)> rules;

    // Of each recorded series and of those of alerts; null where it reads something of which nothing is known.
    private readonly Dictionary<string, HashSet<string>?> made = new(StringComparer.Ordinal);

    /// <param name="pack">The pack.</param>
    /// <param name="exposed">What pages show.</param>
    public SeriesLabels(RulePack pack, ExposedSeries exposed)
    {
        this.exposed = exposed;
        rules = [.. pack.Rules.Select(place => (place.Rule, PromqlReader.Read(place.Rule.Expr)))];
        Recorded = rules.Select(rule => rule.Rule.Record).OfType<string>().ToHashSet();
        foreach (var series in Recorded)
            made[series] = [];
        foreach (var series in AlertSeries)
            made[series] = [.. TargetLabels, "alertname", "alertstate"];
        // Rules read each other's series, in circles too: until nothing is new.
        while (rules.Exists(rule => MakesNew(rule.Rule, rule.Reading)))
        {
        }
    }

    /// <summary>The series that this exporter's version declares, with their labels.</summary>
    public static IReadOnlyDictionary<string, Family> Declared { get; } =
        Families.All.SelectMany(family => SeriesOf(family).Select(series => KeyValuePair.Create(series, family))).ToDictionary(StringComparer.Ordinal);

    /// <summary>Names of the series that the pack records.</summary>
    public IReadOnlyCollection<string> Recorded { get; }

    /// <summary>Whether Prometheus itself writes the series.</summary>
    public static bool IsBuiltIn(string series) => series is "up" || AlertSeries.Contains(series) || series.StartsWith("scrape_", StringComparison.Ordinal);

    /// <summary>The labels that a series can have; null when nothing is known of it.</summary>
    public IReadOnlySet<string>? Of(string series)
    {
        if (made.TryGetValue(series, out var labels))
            return labels;
        if (IsBuiltIn(series))
            return TargetLabels.ToHashSet();
        // Of a family that this version does not declare, a header alone tells no labels.
        HashSet<string> own = [.. exposed.LabelsOf(series), .. Declared.GetValueOrDefault(series)?.Labels ?? []];
        if (own.Count == 0 && !Declared.ContainsKey(series))
            return null;
        own.UnionWith([.. own.Intersect(TargetLabels).Select(label => Exported + label), .. TargetLabels]);
        return own;
    }

    /// <summary>The labels that a query can group and join by; null when one of its series is not known.</summary>
    public IReadOnlySet<string>? Of(PromqlReading reading)
    {
        var labels = reading.CreatedLabels.ToHashSet();
        foreach (var selector in reading.Selectors)
        {
            if (selector.Name is null || Of(selector.Name) is not { } own)
                return null;
            labels.UnionWith(own);
        }

        return labels;
    }

    /// <summary>Whether a series is of a family, or recorded from it by rules that do not give the label a value of their own.</summary>
    public bool HasLabelOf(string series, string label, string family) => HasLabelOf(series, label, family, []);

    private bool HasLabelOf(string series, string label, string family, HashSet<string> seen) =>
        series == family || (seen.Add(series) && rules.Where(rule => rule.Rule.Record == series && rule.Rule.Labels.All(own => own.Key != label))
            .SelectMany(rule => rule.Reading.Selectors)
            .Any(selector => selector.Name is { } name && HasLabelOf(name, label, family, seen)));

    // Whether what the rule writes was not known to have a label that it has, or was taken for known.
    private bool MakesNew(PackRule rule, PromqlReading reading)
    {
        var read = Of(reading);
        var isNew = false;
        foreach (var series in rule.Record is { } record ? [record] : AlertSeries)
        {
            if (made[series] is not { } labels)
                continue;
            var before = labels.Count;
            labels.UnionWith([.. read ?? new HashSet<string>(), .. rule.Labels.Select(label => label.Key)]);
            if (read is null)
                made[series] = null;
            isNew |= read is null || labels.Count > before;
        }

        return isNew;
    }

    private static string[] SeriesOf(Family family) => family.Type == FamilyType.Histogram
        ? [$"{family.Name}_bucket", $"{family.Name}_sum", $"{family.Name}_count"]
        : [family.Name];
}
