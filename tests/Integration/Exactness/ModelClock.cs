namespace PostalExporter.Integration.Exactness;

/// <summary>A clock that goes on only when it is told to; timers run by the system's, so that no wait depends on it.</summary>
internal sealed class ModelClock : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly Lock gate = new();
    private TimeSpan elapsed;
    private int readingsLeft = -1;
    private TimeSpan jump;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (gate)
                return elapsed;
        }
    }

    /// <summary>Unix seconds as Postal writes them.</summary>
    public decimal UnixSeconds => (Start + Elapsed - DateTimeOffset.UnixEpoch).Ticks / (decimal)TimeSpan.TicksPerSecond;

    /// <summary>Lets time pass.</summary>
    public void Advance(TimeSpan time)
    {
        lock (gate)
            elapsed += time;
    }

    /// <summary>Lets time pass at once when the clock has been read a number of times more: a statement that took long.</summary>
    public void AdvanceAfter(int readings, TimeSpan time)
    {
        lock (gate)
            (readingsLeft, jump) = (readings, time);
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Start + Elapsed;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (gate)
        {
            if (readingsLeft-- == 0)
                elapsed += jump;
            return elapsed.Ticks;
        }
    }
}
