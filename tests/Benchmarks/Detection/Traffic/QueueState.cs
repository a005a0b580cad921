using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Postal's queue of one server, by minute.</summary>
internal sealed class QueueState(int minutes)
{
    private readonly double[] delayed = new double[minutes];
    private readonly double[] ready = new double[minutes];
    private readonly double[] locked = new double[minutes];

    /// <summary>A message waits for its next attempt.</summary>
    public void Wait(int from, int to)
    {
        if (from < minutes)
            delayed[from]++;
        if (to < minutes)
            delayed[to]--;
    }

    /// <summary>Notes how many messages came in a minute.</summary>
    public void Pass(int minute, int messages, ref RandomStream random)
    {
        if (minute + 1 == minutes)
            return;
        // A few seconds' worth is still to be taken up, some of it is being worked on.
        ready[minute + 1] = random.Poisson(messages * 0.04);
        locked[minute + 1] = Math.Min(8, random.Poisson(messages * 0.02));
    }

    /// <summary>Writes the gauges.</summary>
    public void WriteGauges(SeriesBook book)
    {
        // What changed in a minute shows in the sample after it.
        var sum = 0.0;
        for (var minute = 0; minute < minutes; minute++)
        {
            var change = delayed[minute];
            delayed[minute] = sum;
            sum += change;
        }
        var oldest = new double[minutes];
        for (var minute = 0; minute < minutes; minute++)
            oldest[minute] = ready[minute] > 0 ? TraceTime.Seconds(minute) - 2 : double.NaN;
        book.Gauge("postal_queue_messages", ready, ("state", "ready"));
        book.Gauge("postal_queue_messages", delayed, ("state", "delayed"));
        book.Gauge("postal_queue_messages", locked, ("state", "locked"));
        book.Gauge("postal_queue_oldest_message_timestamp_seconds", oldest);
    }
}
