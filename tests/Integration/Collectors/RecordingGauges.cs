using System.Globalization;
using PostalExporter.Metrics;

namespace PostalExporter.Integration.Collectors;

/// <summary>Keeps what a collector sets, and checks that it sets as many label values as the family has labels.</summary>
internal sealed class RecordingGauges : IGaugeSink
{
    private readonly Dictionary<(string Family, string Labels), double> values = [];

    public void Set(Family family, double value, params ReadOnlySpan<string> labels)
    {
        if (family.Type != FamilyType.Gauge || labels.Length != family.Labels.Length)
            throw new ArgumentException($"{family.Name} takes {family.Labels.Length} labels of a gauge", nameof(labels));
        values[(family.Name, string.Join('|', labels))] = value;
    }

    /// <summary>The values of a family by labels, as <c>label|label=value</c>, in order.</summary>
    public IReadOnlyList<string> Of(Family family) =>
        [.. values.Where(entry => entry.Key.Family == family.Name)
            .Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key.Labels}={entry.Value:R}"))
            .Order(StringComparer.Ordinal)];

    /// <summary>The value of the series with these labels, or null.</summary>
    public double? Value(Family family, params string[] labels) =>
        values.TryGetValue((family.Name, string.Join('|', labels)), out var value) ? value : null;
}
