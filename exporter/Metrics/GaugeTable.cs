using Prometheus;

namespace PostalExporter.Metrics;

/// <summary>The gauges on the page. Not thread-safe.</summary>
internal sealed class GaugeTable
{
    private readonly Dictionary<Family, Gauge> gauges = [];
    private readonly Func<Family, string[], Gauge.Child> child;

    /// <summary>A table whose series appear in <paramref name="registry"/>.</summary>
    public GaugeTable(CollectorRegistry registry)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        var configuration = new GaugeConfiguration { SuppressInitialValue = true };
        foreach (var family in Families.All.Where(family => family.Type == FamilyType.Gauge))
            gauges.Add(family, factory.CreateGauge(family.Name, family.Help, family.Labels, configuration));
        child = (family, labels) => gauges[family].WithLabels(labels);
    }

    /// <summary>Replaces everything on the page by a picture.</summary>
    public void Show(GaugePicture picture)
    {
        foreach (var part in picture.Parts)
            part.Publish(child);
    }

    /// <summary>Sets a series apart from a picture. One that no later picture has stays.</summary>
    public void Set(Family family, string[] labels, double value)
    {
        var series = child(family, labels);
        series.Set(value);
        series.Publish();
    }
}
