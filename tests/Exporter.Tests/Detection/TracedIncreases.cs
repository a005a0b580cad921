using PostalExporter.Benchmarks.Detection.Traffic;

namespace PostalExporter.Tests.Detection;

/// <summary>Reads series of a trace by name and labels.</summary>
internal sealed class TracedIncreases(LabelledTrace trace)
{
    private readonly ILookup<string, MetricSeries> byName = trace.Series.ToLookup(series => Label(series, "__name__"));

    /// <summary>Series of a family that have these labels.</summary>
    public IEnumerable<MetricSeries> Find(string family, params (string Name, string Value)[] labels) =>
        byName[family].Where(series => labels.All(label => Label(series, label.Name) == label.Value));

    /// <summary>Series of a credential.</summary>
    public IEnumerable<MetricSeries> Find(string family, TracedCredential of, params (string Name, string Value)[] labels) =>
        Find(family, [("organization", of.Organization), ("server", of.Server), ("credential", of.Name), .. labels]);

    /// <summary>What they show at a minute, together; a series that is not there yet counts as 0.</summary>
    public static double Sum(IEnumerable<MetricSeries> series, int minute) =>
        series.Sum(one => double.IsNaN(one.Values[minute]) ? 0 : one.Values[minute]);

    /// <summary>By how much a counter grew from one minute to another; after a reset it began at 0.</summary>
    public static double Increase(MetricSeries series, int begin, int end)
    {
        var (sum, before) = (0.0, double.NaN);
        foreach (var value in series.Values.AsSpan(begin, Math.Min(end, series.Values.Length - 1) - begin + 1))
        {
            if (double.IsNaN(value))
                continue;
            if (!double.IsNaN(before))
                sum += value < before ? value : value - before;
            before = value;
        }
        return sum;
    }

    /// <summary>A label of a series; empty without it.</summary>
    public static string Label(MetricSeries series, string name) => series.Labels.FirstOrDefault(label => label.Key == name).Value ?? "";
}
