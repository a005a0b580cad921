using System.Collections.Concurrent;
using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>When samples were taken. The sample of a minute shows what happened before it.</summary>
internal sealed class ScrapeTimes
{
    private readonly bool[] missing;
    private readonly bool[] resets;
    // Servers are made at the same time.
    private readonly ConcurrentDictionary<(double Value, int From), double[]> constants = [];

    private ScrapeTimes(int minutes)
    {
        missing = new bool[minutes];
        resets = new bool[minutes];
    }

    /// <summary>Length of the trace.</summary>
    public int Minutes => missing.Length;

    /// <summary>The restarts, by minutes: there are no samples from begin to end, the end excluded.</summary>
    public List<(int Begin, int End)> Restarts { get; } = [];

    /// <summary>Draws about two restarts a week, one of them, and one more in traces of a month, with loss of the exporter's state.</summary>
    public static ScrapeTimes Draw(TraceOptions options)
    {
        var random = new RandomStream(options.Seed, RandomStream.KeyOf("restarts"), 0);
        var times = new ScrapeTimes(options.Weeks * TraceTime.Week);
        for (var i = 0; i < 2 * options.Weeks; i++)
        {
            var begin = (i * TraceTime.Week / 2) + random.Whole(10, (TraceTime.Week / 2) - 30);
            var end = begin + random.Whole(2, 10);
            times.Restarts.Add((begin, end));
            Array.Fill(times.missing, true, begin, end - begin);
        }
        var lossy = random.Shuffled(times.Restarts).Take(options.Weeks >= 4 ? 2 : 1);
        foreach (var (_, end) in lossy)
            times.resets[end] = true;
        return times;
    }

    /// <summary>Whether there is no sample.</summary>
    public bool IsMissing(int minute) => missing[minute];

    /// <summary>Whether the sample is the first one after the exporter lost its state.</summary>
    public bool IsReset(int minute) => resets[minute];

    /// <summary>What a counter shows. The array of events becomes that of the samples.</summary>
    /// <param name="events">Events of each minute.</param>
    /// <param name="declared">Minute from which on it is there at 0; null when it appears with its first event.</param>
    public double[] ToCounter(double[] events, int? declared)
    {
        var sum = 0.0;
        for (var minute = 0; minute < events.Length; minute++)
        {
            if (resets[minute])
                sum = 0;
            var (count, isThere) = (events[minute], sum > 0 || minute >= declared);
            events[minute] = isThere && !missing[minute] ? sum : double.NaN;
            sum += count;
        }
        return events;
    }

    /// <summary>What a gauge shows. The array becomes that of the samples.</summary>
    public double[] ToGauge(double[] values)
    {
        for (var minute = 0; minute < values.Length; minute++)
        {
            if (missing[minute])
                values[minute] = double.NaN;
        }
        return values;
    }

    /// <summary>What never changes; one array for all that have the value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="from">Minute of the first sample.</param>
    public double[] Constant(double value, int from = 0) => constants.GetOrAdd((value, from), key =>
    {
        var values = new double[Minutes];
        Array.Fill(values, key.Value);
        Array.Fill(values, double.NaN, 0, key.From);
        return ToGauge(values);
    });
}
