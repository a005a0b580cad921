namespace PostalExporter.Postal;

/// <summary>When a collection, or a part of it, has to end.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeProvider time;
    private readonly long end;
    private readonly CancellationTokenSource source;

    /// <summary>A deadline after a span that begins now.</summary>
    /// <param name="time">The clock; its monotonic time counts.</param>
    /// <param name="left">The span; none left when negative.</param>
    /// <param name="stopping">The exporter ends.</param>
    public Deadline(TimeProvider time, TimeSpan left, CancellationToken stopping)
    {
        this.time = time;
        left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        end = time.GetTimestamp() + (long)(left.TotalSeconds * time.TimestampFrequency);
        source = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        source.CancelAfter(left);
    }

    /// <summary>Cancelled when the time is up or the exporter ends.</summary>
    public CancellationToken Token => source.Token;

    /// <summary>The time that is left; negative when it is up.</summary>
    public TimeSpan Left => time.GetElapsedTime(time.GetTimestamp(), end);

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();
}
