namespace PostalExporter.Benchmarks;

/// <summary>The system's clock, on which the time between two scrapes passes at once.</summary>
internal sealed class ScrapeClock : TimeProvider
{
    private TimeSpan passed;

    /// <summary>Lets time pass.</summary>
    public void Pass(TimeSpan time) => passed += time;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + passed;

    /// <inheritdoc/>
    public override long GetTimestamp() => base.GetTimestamp() + (long)(passed.TotalSeconds * TimestampFrequency);
}
