namespace PostalExporter.Integration.Signals;

/// <summary>The system's clock, but a tenth of a second passes whenever somebody asks how much has passed: little is done in a collection.</summary>
internal sealed class HastyClock : TimeProvider
{
    private long asked;

    /// <inheritdoc/>
    public override long GetTimestamp() => base.GetTimestamp() + (Interlocked.Increment(ref asked) * TimestampFrequency / 10);
}
