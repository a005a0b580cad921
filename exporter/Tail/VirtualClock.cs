namespace PostalExporter.Tail;

/// <summary>A clock that stands where it is put: the time of rows that are replayed.</summary>
/// <param name="now">Where it begins.</param>
internal sealed class VirtualClock(DateTimeOffset now) : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves it.</summary>
    public void Set(DateTimeOffset moment) => now = moment;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => now;

    /// <inheritdoc/>
    public override long GetTimestamp() => now.UtcTicks;
}
