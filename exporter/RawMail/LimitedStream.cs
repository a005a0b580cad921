namespace PostalExporter.RawMail;

/// <summary>
/// Gives a message to a reader, and ends early when the reader has seen enough of it or is within a header field that does not end:
/// MimeKit gathers a field in a buffer that grows by pieces, so that a field of a megabyte would cost a hundred of them.
/// </summary>
/// <param name="source">The message.</param>
/// <param name="isEnough">Whether to end it here.</param>
internal sealed class LimitedStream(Stream source, Func<bool> isEnough) : Stream
{
    private const int MaxFieldBytes = 64 * 1024;

    private int? fieldLeft;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Says that the reader begins a header field.</summary>
    public void BeginField() => fieldLeft = MaxFieldBytes;

    /// <summary>Says that the reader is through with a header.</summary>
    public void EndFields() => fieldLeft = null;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        if (fieldLeft <= 0 || isEnough())
            return 0;
        var read = source.Read(buffer, offset, count);
        fieldLeft -= read;
        return read;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
