namespace PostalExporter.Metrics;

/// <summary>
/// The gauges of one collection, gathered aside until <see cref="Publish"/> puts them on the page as one. It is kept from one
/// collection to the next. Not thread-safe.
/// </summary>
internal sealed class GaugePicture : IGaugeSink
{
    private readonly GaugePart own = new();
    private readonly Dictionary<string, GaugePart> named = [];
    private readonly List<GaugeSeries> corrections = [];

    /// <summary>Begins a collection: what is not set from now on leaves the page.</summary>
    public void Begin()
    {
        own.Begin();
        foreach (var part in named.Values)
            part.Begin();
    }

    /// <inheritdoc/>
    public void Set(Family family, double value, params ReadOnlySpan<string> labels) => own.Set(family, value, labels);

    /// <summary>Replaces all gauges on the page by those that were set since <see cref="Begin"/>.</summary>
    /// <param name="page">Shows them.</param>
    public void Publish(MetricsPage page)
    {
        foreach (var correction in corrections)
            page.Hide(correction);
        corrections.Clear();
        own.Publish(page);
        foreach (var part in named.Values)
            part.Publish(page);
    }

    /// <summary>Changes one gauge on the page, until the next picture.</summary>
    public void Correct(MetricsPage page, Family family, double value, params ReadOnlySpan<string> labels)
    {
        // What is gathered meanwhile must not be touched: only the page tells what it shows.
        var series = (GaugeSeries?)page.Find(family, labels);
        if (series is null)
        {
            corrections.Add(series = new GaugeSeries(family, labels.ToArray()));
            page.Show(series);
        }
        series.Publish(value);
    }

    /// <summary>The gauges of one collector; <see cref="GaugePart.Begin"/> drops them when it fails. No series may be set in two parts.</summary>
    public GaugePart Part(string name)
    {
        if (!named.TryGetValue(name, out var part))
        {
            named.Add(name, part = new GaugePart());
            part.Begin();
        }
        return part;
    }
}
