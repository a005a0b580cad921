namespace PostalExporter.Signals;

/// <summary>
/// How far back the messages were read that a server had before its first collection. What is new for a server can only be told
/// when it is known what it had.
/// </summary>
internal sealed class HistoryProgress : ISignalMemory
{
    private const long Key = 0;

    private readonly HashSet<long> dirty = [];
    private long? next;

    /// <summary>The highest <c>messages.id</c> that is still to be read; 0 when all is read, null before it began.</summary>
    public long? Next
    {
        get => next;
        set
        {
            next = value;
            dirty.Add(Key);
        }
    }

    /// <summary>Whether history is still to be read.</summary>
    public bool IsOpen => next is not 0;

    /// <inheritdoc/>
    public IReadOnlyCollection<long> Keys => next is null ? [] : [Key];

    /// <inheritdoc/>
    public IReadOnlyCollection<long> Dirty => dirty;

    /// <inheritdoc/>
    public void Take(in Note note) => throw new InvalidOperationException("no row tells how far history was read");

    /// <inheritdoc/>
    public byte[]? Bytes(long key) => next is { } value ? BitConverter.GetBytes(value) : null;

    /// <inheritdoc/>
    public void Restore(long key, byte[] bytes) =>
        next = key == Key && bytes.Length == sizeof(long) ? BitConverter.ToInt64(bytes) : throw new FormatException("no progress of reading history");

    /// <inheritdoc/>
    public void Saved() => dirty.Clear();

    /// <summary>What was learnt goes with the hashes it was learnt as.</summary>
    public bool KeepsHashes => true;

    /// <inheritdoc/>
    public void Clear() => Next = null;
}
