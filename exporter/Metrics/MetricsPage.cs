namespace PostalExporter.Metrics;

/// <summary>
/// The series that scrapes are shown. A registry of prometheus-net would hold three times the memory for each (half a kilobyte) and
/// take twice as long to write them; with a hundred thousand of them that is most of what the exporter needs. Not thread-safe.
/// </summary>
internal sealed class MetricsPage
{
    private readonly Dictionary<Family, List<Series>> families = Families.All.ToDictionary(family => family, _ => new List<Series>());
    private readonly MetricsSnapshot.Pool snapshots = new();
    private bool isUnordered;

    /// <summary>Shows a series from now on.</summary>
    public void Show(Series series)
    {
        if (series.Place >= 0)
            return;
        var siblings = families[series.Family];
        series.Place = siblings.Count;
        siblings.Add(series);
        isUnordered |= series.Family.Type == FamilyType.Histogram;
    }

    /// <summary>Shows a series no more.</summary>
    public void Hide(Series series)
    {
        if (series.Place < 0)
            return;
        // The last one takes its place: the order within a family means nothing.
        var siblings = families[series.Family];
        var last = siblings[^1];
        siblings[series.Place] = last;
        last.Place = series.Place;
        siblings.RemoveAt(siblings.Count - 1);
        series.Place = -1;
        isUnordered |= series.Family.Type == FamilyType.Histogram;
    }

    /// <summary>The series of these labels if it is shown. Goes through its family: for small ones.</summary>
    public Series? Find(Family family, ReadOnlySpan<string> labels)
    {
        foreach (var series in families[family])
        {
            if (labels.SequenceEqual(series.Labels))
                return series;
        }
        return null;
    }

    /// <summary>What is shown now, by families in the order of their declaration. The caller disposes it.</summary>
    public MetricsSnapshot Snapshot()
    {
        if (isUnordered)
            Order();
        var snapshot = snapshots.Take(families.Values.Sum(siblings => siblings.Count));
        foreach (var siblings in families.Values)
            snapshot.Add(siblings);
        return snapshot;
    }

    // The buckets of a histogram follow one another, and its sum and count follow them.
    private void Order()
    {
        foreach (var siblings in families.Where(family => family.Key.Type == FamilyType.Histogram).Select(family => family.Value))
        {
            siblings.Sort(static (left, right) =>
            {
                for (var i = 0; i < left.Labels.Length - 1; i++)
                {
                    var order = string.CompareOrdinal(left.Labels[i], right.Labels[i]);
                    if (order != 0)
                        return order;
                }
                return HistogramPart.Rank(left.Labels[^1]).CompareTo(HistogramPart.Rank(right.Labels[^1]));
            });
            for (var place = 0; place < siblings.Count; place++)
                siblings[place].Place = place;
        }
        isUnordered = false;
    }
}
