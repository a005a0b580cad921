namespace PostalExporter.Lists;

/// <summary>
/// A set of 64-bit hashes, twelve bytes each: a table without chains, which is looked through from where a hash belongs to the next free
/// place. Not changed any more once it is filled, so anybody can read it.
/// </summary>
internal sealed class HashTable
{
    private const ulong Free = 0;

    private readonly ulong[] places;

    /// <param name="hashes">The hashes; one that comes again is the same.</param>
    public HashTable(IReadOnlyCollection<ulong> hashes)
    {
        places = new ulong[hashes.Count + (hashes.Count / 2) + 1];
        foreach (var hash in hashes)
        {
            ref var place = ref Find(hash);
            Count += place == Free ? 1 : 0;
            place = Taken(hash);
        }
    }

    /// <summary>Different hashes.</summary>
    public int Count { get; }

    /// <summary>Whether it holds a hash.</summary>
    public bool Contains(ulong hash) => Find(hash) != Free;

    // The place of a hash, or the free one where it would be. One in three is free, so there is an end to it.
    private ref ulong Find(ulong hash)
    {
        var wanted = Taken(hash);
        var place = (int)Math.BigMul(hash, (ulong)places.Length, out _);
        while (places[place] != Free && places[place] != wanted)
            place = place + 1 < places.Length ? place + 1 : 0;
        return ref places[place];
    }

    private static ulong Taken(ulong hash) => hash == Free ? 1 : hash;
}
