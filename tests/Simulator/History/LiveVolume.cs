namespace PostalSimulator.History;

/// <summary>Postal's <c>live_stats</c> of one scope in memory: a slot for each minute of the hour.</summary>
internal sealed class LiveVolume
{
    private const long MicrosecondsPerMinute = 60_000_000;

    private readonly long[] counts = new long[60];
    private readonly long[] lastAt = new long[60];

    public void Add(long atMicroseconds)
    {
        var slot = (int)(atMicroseconds / MicrosecondsPerMinute % 60);
        counts[slot] = lastAt[slot] < atMicroseconds - 30 * MicrosecondsPerMinute ? 1 : counts[slot] + 1;
        lastAt[slot] = atMicroseconds;
    }

    /// <summary>Messages since the beginning of the minute an hour ago.</summary>
    public long LastHour(long nowMicroseconds)
    {
        var since = (nowMicroseconds / MicrosecondsPerMinute - 60) * MicrosecondsPerMinute;
        var sum = 0L;
        for (var slot = 0; slot < 60; slot++)
            if (lastAt[slot] > since)
                sum += counts[slot];
        return sum;
    }

    /// <summary>The slots in use: minute, count, unix microseconds of the last increment.</summary>
    public IEnumerable<(int Minute, long Count, long LastAt)> Slots() =>
        Enumerable.Range(0, 60).Where(slot => counts[slot] > 0).Select(slot => (slot, counts[slot], lastAt[slot]));
}
