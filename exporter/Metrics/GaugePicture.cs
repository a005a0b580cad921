namespace PostalExporter.Metrics;

/// <summary>
/// The gauges of one collection, gathered aside until <see cref="GaugeTable.Show"/> puts them on the page as one. It is kept from
/// one collection to the next. Not thread-safe.
/// </summary>
internal sealed class GaugePicture : IGaugeSink
{
    private readonly GaugePart own = new();
    private readonly Dictionary<string, GaugePart> named = [];

    /// <summary>The parts: the picture's own gauges and those of each collector. No series may be set in two of them.</summary>
    public IEnumerable<GaugePart> Parts => named.Values.Prepend(own);

    /// <summary>Begins a collection: what is not set from now on leaves the page.</summary>
    public void Begin()
    {
        foreach (var part in Parts)
            part.Begin();
    }

    /// <inheritdoc/>
    public void Set(Family family, double value, params ReadOnlySpan<string> labels) => own.Set(family, value, labels);

    /// <summary>The gauges of one collector, which are dropped by <see cref="GaugePart.Begin"/> when it fails.</summary>
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
