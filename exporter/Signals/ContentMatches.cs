using System.Buffers.Binary;

namespace PostalExporter.Signals;

/// <summary>
/// Which messages of a server were counted for which rule on links, by hash: a message has a row for each of its links, also after a
/// restart. Of at most <see cref="MostPairs"/> pairs the oldest go first. A piece is a block of <see cref="BlockPairs"/> hashes in the order in
/// which they came; blocks are numbered as they come.
/// </summary>
internal sealed class ContentMatches : ISignalMemory
{
    /// <summary>Pairs of message and rule that are remembered.</summary>
    public const int MostPairs = 4096;

    /// <summary>Pairs of a block, so that a save writes little of what was saved before.</summary>
    public const int BlockPairs = 128;

    private readonly SortedDictionary<long, List<ulong>> blocks = [];
    private readonly HashSet<ulong> pairs = [];
    private readonly HashSet<long> dirty = [];

    /// <summary>The last subjects of each credential. They begin anew with the exporter.</summary>
    public SimilarSubjects Subjects { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyCollection<long> Keys => blocks.Keys;

    /// <inheritdoc/>
    public IReadOnlyCollection<long> Dirty => dirty;

    /// <inheritdoc/>
    public bool KeepsHashes => true;

    /// <summary>Whether a pair of message and rule, given by its hash, was counted.</summary>
    public bool Contains(ulong pair) => pairs.Contains(pair);

    /// <summary>Takes in the hash of a pair that is counted.</summary>
    public void Take(in Note note)
    {
        if (!pairs.Add(note.Value))
            return;
        var (key, block) = blocks.Count == 0 ? (-1, null) : (blocks.Keys.Last(), blocks.Values.Last());
        if (block is null || block.Count >= BlockPairs)
            blocks.Add(++key, block = new List<ulong>(BlockPairs));
        block.Add(note.Value);
        dirty.Add(key);
        if (blocks.Count > MostPairs / BlockPairs)
            Drop(blocks.Keys.First());
    }

    /// <inheritdoc/>
    public byte[]? Bytes(long key)
    {
        if (!blocks.TryGetValue(key, out var block))
            return null;
        var bytes = new byte[block.Count * sizeof(ulong)];
        for (var i = 0; i < block.Count; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), block[i]);
        return bytes;
    }

    /// <inheritdoc/>
    public void Restore(long key, byte[] bytes)
    {
        if (key is < 0 or long.MaxValue || bytes.Length is 0 or > BlockPairs * sizeof(ulong) || bytes.Length % sizeof(ulong) != 0 || blocks.Count >= MostPairs / BlockPairs)
            throw new FormatException("no matches of content rules");
        var block = new List<ulong>(BlockPairs);
        for (var at = 0; at < bytes.Length; at += sizeof(ulong))
            block.Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at)));
        blocks[key] = block;
        pairs.UnionWith(block);
    }

    /// <inheritdoc/>
    public void Saved() => dirty.Clear();

    /// <inheritdoc/>
    public void Clear()
    {
        foreach (var key in blocks.Keys.ToList())
            Drop(key);
        Subjects.Clear();
    }

    /// <inheritdoc/>
    public void KeepOnly(IReadOnlyCollection<int> credentialIds) => Subjects.KeepOnly(credentialIds);

    private void Drop(long key)
    {
        pairs.ExceptWith(blocks[key]);
        blocks.Remove(key);
        dirty.Add(key);
    }
}
