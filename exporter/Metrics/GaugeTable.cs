using Prometheus;

namespace PostalExporter.Metrics;

/// <summary>The gauges of one collection, gathered aside until <see cref="GaugeTable.Replace"/> puts them on the page as one.</summary>
internal sealed class GaugePicture : IGaugeSink
{
    private readonly List<(Family Family, string[] Labels, double Value)> values = [];

    /// <summary>What was set, in order.</summary>
    public IReadOnlyList<(Family Family, string[] Labels, double Value)> Values => values;

    /// <inheritdoc/>
    public void Set(Family family, double value, params ReadOnlySpan<string> labels)
    {
        if (family.Type != FamilyType.Gauge || labels.Length != family.Labels.Length)
            throw new ArgumentException($"{family.Name} is no gauge with {labels.Length} labels", nameof(family));
        values.Add((family, labels.ToArray(), value));
    }

    /// <summary>Takes over everything another picture holds.</summary>
    public void Add(GaugePicture other) => values.AddRange(other.values);
}

/// <summary>Every gauge series on the page. Not thread-safe.</summary>
internal sealed class GaugeTable
{
    private readonly Dictionary<Family, Gauge> gauges = [];
    private readonly Dictionary<(Family Family, string Key), Entry> entries = [];
    private long generation;

    /// <summary>A table whose series appear in <paramref name="registry"/>.</summary>
    public GaugeTable(CollectorRegistry registry)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        var configuration = new GaugeConfiguration { SuppressInitialValue = true };
        foreach (var family in Families.All.Where(family => family.Type == FamilyType.Gauge))
            gauges.Add(family, factory.CreateGauge(family.Name, family.Help, family.Labels, configuration));
    }

    /// <summary>Replaces the whole picture: what is not in the new one leaves the page.</summary>
    public void Replace(GaugePicture picture)
    {
        generation++;
        foreach (var (family, labels, value) in picture.Values)
            Set(family, labels, value);
        foreach (var (key, entry) in entries.Where(pair => pair.Value.Generation != generation).ToList())
        {
            if (key.Family.Labels.Length == 0)
                gauges[key.Family].Unpublish();
            else
                gauges[key.Family].RemoveLabelled(entry.Labels);
            entries.Remove(key);
        }
    }

    /// <summary>Sets single series within the present picture.</summary>
    public void Set(Family family, string[] labels, double value)
    {
        var key = (family, LabelKey.Of(labels));
        if (!entries.TryGetValue(key, out var entry))
            entries.Add(key, entry = new Entry(labels, gauges[family].WithLabels(labels)));
        entry.Generation = generation;
        entry.Child.Set(value);
        entry.Child.Publish();
    }

    private sealed class Entry(string[] labels, Gauge.Child child)
    {
        public string[] Labels { get; } = labels;

        public Gauge.Child Child { get; } = child;

        public long Generation { get; set; }
    }
}
