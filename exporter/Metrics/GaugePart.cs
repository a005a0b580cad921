namespace PostalExporter.Metrics;

/// <summary>
/// The gauges that one part of a collection sets. What is set waits until <see cref="Publish"/> puts it on the page as one. A
/// part mostly sets the series of the last time in the same order, so the next one is known before it is named: a hundred
/// thousand gauges cost neither a look-up nor an object each.
/// </summary>
internal sealed class GaugePart : IGaugeSink
{
    private List<GaugeSeries> shown = [];
    private List<GaugeSeries> gathered = [];
    private int gathering;
    private int expected;

    // All that are shown or gathered; made when one is not where it is expected.
    private SeriesSet<GaugeSeries>? index;

    /// <summary>Forgets what was set since the last <see cref="Publish"/>.</summary>
    public void Begin()
    {
        gathered.Clear();
        index = null;
        gathering++;
        expected = 0;
    }

    /// <inheritdoc/>
    public void Set(Family family, double value, params ReadOnlySpan<string> labels)
    {
        var series = expected < shown.Count && shown[expected].Is(family, labels) ? shown[expected] : Find(family, labels);
        series.Value = value;
        if (series.Gathering == gathering)
            return;
        series.Gathering = gathering;
        gathered.Add(series);
        if (series.Place >= 0)
            expected = series.Order + 1;
    }

    /// <summary>Puts on the page what was set since <see cref="Begin"/>, and takes everything else of this part off it.</summary>
    /// <param name="page">Shows the series.</param>
    public void Publish(MetricsPage page)
    {
        foreach (var gone in shown.Where(series => series.Gathering != gathering))
            page.Hide(gone);
        for (var order = 0; order < gathered.Count; order++)
        {
            var series = gathered[order];
            series.Order = order;
            series.Publish(series.Value);
            page.Show(series);
        }
        (shown, gathered) = (gathered, shown);
        gathered.Clear();
        index = null;
    }

    private GaugeSeries Find(Family family, ReadOnlySpan<string> labels)
    {
        if (index is null)
        {
            index = new SeriesSet<GaugeSeries>();
            foreach (var known in shown.Concat(gathered))
                index.Add(known);
        }
        if (index.TryGet(family, labels, out var series))
            return series;
        if (family.Type != FamilyType.Gauge || labels.Length != family.Labels.Length)
            throw new ArgumentException($"{family.Name} is no gauge with {labels.Length} labels", nameof(family));
        series = new GaugeSeries(family, labels.ToArray());
        index.Add(series);
        return series;
    }
}
