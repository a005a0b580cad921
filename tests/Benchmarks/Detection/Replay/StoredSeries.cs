using System.Runtime.InteropServices;

namespace PostalExporter.Benchmarks.Detection.Replay;

/// <summary>A series that a replay reads, scraped or recorded: values at whole minutes.</summary>
/// <param name="labels">All labels, <c>__name__</c> among them.</param>
/// <param name="values">A value for each minute of the trace; NaN for none.</param>
/// <param name="step">Minutes between two evaluations; 1 for what is scraped.</param>
internal sealed class StoredSeries(IReadOnlyList<KeyValuePair<string, string>> labels, double[] values, int step)
{
    /// <summary>What Prometheus writes where a series ended, so that it is gone at once instead of after five minutes.</summary>
    public static readonly double StaleMarker = BitConverter.Int64BitsToDouble(0x7ff0000000000002);

    public StoredSeries(IReadOnlyList<KeyValuePair<string, string>> labels, int minutes, int step)
        : this(labels, NoValues(minutes), step)
    {
    }

    /// <summary>All labels, sorted by name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; } =
        [.. labels.OrderBy(label => label.Key, StringComparer.Ordinal)];

    /// <summary>Value of each minute; NaN for none.</summary>
    public double[] Values { get; } = values;

    /// <summary>The value of a label, empty when it has none.</summary>
    public string this[string name]
    {
        get
        {
            foreach (var label in Labels)
                if (label.Key == name)
                    return label.Value;
            return "";
        }
    }

    /// <summary>Visits the samples of a range of minutes, a marker where the series ends among them.</summary>
    public void ForEachSample(int first, int last, Action<int, double> visit)
    {
        first = Math.Max(0, (first + step - 1) / step * step);
        last = Math.Min(last, Values.Length - 1);
        var present = first >= step && !double.IsNaN(Values[first - step]);
        for (var minute = first; minute <= last; minute += step)
        {
            var value = Values[minute];
            if (!double.IsNaN(value))
                visit(minute, value);
            else if (present)
                visit(minute, StaleMarker);
            present = !double.IsNaN(value);
        }
    }

    private static double[] NoValues(int minutes)
    {
        var values = GC.AllocateUninitializedArray<double>(minutes);
        MemoryMarshal.CreateSpan(ref values[0], minutes).Fill(double.NaN);
        return values;
    }
}
