namespace PostalExporter.Integration.Faults;

/// <summary>The system's clock, whose time of day is set now and then, and whose monotonic time can be let pass.</summary>
internal sealed class SteppingClock : TimeProvider
{
    private TimeSpan step;
    private TimeSpan passed;

    /// <summary>Sets the time of day forward or back; monotonic time goes on as ever.</summary>
    public void Step(TimeSpan by) => step += by;

    /// <summary>Lets monotonic time pass, and with it the time of day.</summary>
    public void Pass(TimeSpan time)
    {
        passed += time;
        step += time;
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + step;

    /// <inheritdoc/>
    public override long GetTimestamp() => base.GetTimestamp() + (long)(passed.TotalSeconds * TimestampFrequency);
}
