namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Events of one counter, by minute. Takes memory from its first event on.</summary>
internal sealed class Tally(int minutes)
{
    /// <summary>Events of each minute; null when there was none.</summary>
    public double[]? Events { get; private set; }

    /// <summary>Counts one, or several. What lies behind the end of the trace is not seen.</summary>
    public void Add(int minute, int count = 1)
    {
        if (minute >= minutes)
            return;
        Events ??= new double[minutes];
        Events[minute] += count;
    }
}
