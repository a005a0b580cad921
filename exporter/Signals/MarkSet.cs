namespace PostalExporter.Signals;

/// <summary>
/// A set of message ids, for what is counted once per message. One bit per id in chunks that exist only where a bit is
/// set: ids of one kind crowd together, so a million messages take at most 122 KiB. Saved chunk by chunk.
/// </summary>
internal sealed class MarkSet
{
    /// <summary>Ids per chunk.</summary>
    public const int ChunkIds = 8192;

    private const int Words = ChunkIds / 64;

    private readonly Dictionary<long, ulong[]> chunks = [];
    private readonly HashSet<long> dirty = [];

    /// <summary>Numbers of the chunks that exist.</summary>
    public IReadOnlyCollection<long> Chunks => chunks.Keys;

    /// <summary>Numbers of chunks that changed or went since the last save.</summary>
    public IReadOnlyCollection<long> Dirty => dirty;

    /// <summary>Whether the id is marked.</summary>
    public bool Contains(long id)
    {
        var (chunk, bit) = Math.DivRem(id, ChunkIds);
        return chunks.TryGetValue(chunk, out var words) && (words[bit >> 6] & (1UL << (int)(bit & 63))) != 0;
    }

    /// <summary>Marks the id.</summary>
    public void Add(long id)
    {
        var (chunk, bit) = Math.DivRem(id, ChunkIds);
        if (!chunks.TryGetValue(chunk, out var words))
            chunks.Add(chunk, words = new ulong[Words]);
        words[bit >> 6] |= 1UL << (int)(bit & 63);
        dirty.Add(chunk);
    }

    /// <summary>Takes the mark off an id.</summary>
    public void Remove(long id)
    {
        var (chunk, bit) = Math.DivRem(id, ChunkIds);
        if (!Contains(id))
            return;
        chunks[chunk][bit >> 6] &= ~(1UL << (int)(bit & 63));
        dirty.Add(chunk);
    }

    /// <summary>Takes the mark off every id above one.</summary>
    public void RemoveAbove(long id)
    {
        var (chunk, _) = Math.DivRem(id, ChunkIds);
        foreach (var number in chunks.Keys.Where(number => number > chunk).ToList())
            Drop(number);
        if (!chunks.TryGetValue(chunk, out var words))
            return;
        for (var bit = id + 1 - (chunk * ChunkIds); bit < ChunkIds; bit++)
            words[bit >> 6] &= ~(1UL << (int)(bit & 63));
        dirty.Add(chunk);
    }

    /// <summary>Drops the chunks that lie wholly below an id: their messages were deleted.</summary>
    public void RemoveBelow(long id)
    {
        var chunk = id / ChunkIds;
        foreach (var number in chunks.Keys.Where(number => number < chunk).ToList())
            Drop(number);
    }

    /// <summary>The bits of a chunk, or null when it has none.</summary>
    public byte[]? ChunkBytes(long chunk)
    {
        if (!chunks.TryGetValue(chunk, out var words))
            return null;
        var bytes = new byte[ChunkIds / 8];
        Buffer.BlockCopy(words, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    /// <summary>Puts back a chunk that was saved.</summary>
    public void Restore(long chunk, ReadOnlySpan<byte> bytes)
    {
        var words = new ulong[Words];
        bytes.CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(words.AsSpan()));
        chunks[chunk] = words;
    }

    /// <summary>Notes that everything was saved.</summary>
    public void Saved() => dirty.Clear();

    private void Drop(long chunk)
    {
        chunks.Remove(chunk);
        dirty.Add(chunk);
    }
}

/// <summary>What is counted once per message.</summary>
internal enum MarkKind
{
    /// <summary>The message failed.</summary>
    Failed = 1,

    /// <summary>Inspection marked it as spam.</summary>
    Spam = 2,

    /// <summary>Inspection marked it as a threat.</summary>
    Threat = 3,

    /// <summary>The first attempt to send the message had an outcome.</summary>
    Decided = 4,

    /// <summary>The message was sent.</summary>
    Sent = 5,

    /// <summary>Somebody complained about the message.</summary>
    Complained = 6,
}

/// <summary>All mark sets of one message database.</summary>
internal sealed class MessageMarks
{
    private readonly MarkSet[] sets = [.. Enum.GetValues<MarkKind>().Select(_ => new MarkSet())];

    /// <summary>The set of a kind.</summary>
    public MarkSet this[MarkKind kind] => sets[(int)kind - 1];

    /// <summary>Takes all marks off an id: it was given to another message.</summary>
    public void Remove(long id)
    {
        foreach (var set in sets)
            set.Remove(id);
    }

    /// <summary>Takes all marks off ids above one: those ids will be given to other messages.</summary>
    public void RemoveAbove(long id)
    {
        foreach (var set in sets)
            set.RemoveAbove(id);
    }

    /// <summary>Drops what lies below the oldest message there is.</summary>
    public void RemoveBelow(long id)
    {
        foreach (var set in sets)
            set.RemoveBelow(id);
    }
}
