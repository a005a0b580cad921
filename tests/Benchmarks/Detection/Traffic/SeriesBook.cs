namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Series of the exporter, or of one of its servers, while they are written.</summary>
internal sealed class SeriesBook(ScrapeTimes times, params (string Name, string Value)[] common)
{
    private readonly List<(string Family, (string Name, string Value)[] Labels, int? Declared, Tally Tally)> counters = [];
    private readonly List<MetricSeries> gauges = [];

    /// <summary>A counter.</summary>
    /// <param name="family">Its name.</param>
    /// <param name="declared">Minute from which on it is there at 0; null when it appears with its first event.</param>
    /// <param name="labels">Its labels beside those that all of the book have.</param>
    public Tally Counter(string family, int? declared, params (string Name, string Value)[] labels)
    {
        var tally = new Tally(times.Minutes);
        counters.Add((family, labels, declared, tally));
        return tally;
    }

    /// <summary>A gauge, by its value at each minute. The array becomes that of the samples.</summary>
    public void Gauge(string family, double[] values, params (string Name, string Value)[] labels) =>
        gauges.Add(new MetricSeries(Labels(family, labels), times.ToGauge(values)));

    /// <summary>A gauge that never changes.</summary>
    public void Constant(string family, double value, int from = 0, params (string Name, string Value)[] labels) =>
        gauges.Add(new MetricSeries(Labels(family, labels), times.Constant(value, from)));

    /// <summary>All series that have a sample. Tallies are used up by it.</summary>
    public IEnumerable<MetricSeries> ToSeries() => Counters().Concat(gauges).Where(series => !Array.TrueForAll(series.Values, double.IsNaN));

    private IEnumerable<MetricSeries> Counters()
    {
        foreach (var (family, labels, declared, tally) in counters)
        {
            if (tally.Events is { } events)
                yield return new MetricSeries(Labels(family, labels), times.ToCounter(events, declared));
            else if (declared is { } from)
                yield return new MetricSeries(Labels(family, labels), times.Constant(0, from));
        }
    }

    private List<KeyValuePair<string, string>> Labels(string family, (string Name, string Value)[] labels) =>
    [
        .. labels.Concat(common).Append(("__name__", family)).Append(("instance", "exporter:10587")).Append(("job", "postal"))
            .OrderBy(label => label.Item1, StringComparer.Ordinal)
            .Select(label => KeyValuePair.Create(label.Item1, label.Item2)),
    ];
}
