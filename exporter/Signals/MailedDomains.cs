using System.Buffers.Binary;

namespace PostalExporter.Signals;

/// <summary>
/// The domains that a server mailed, each with the day of the last message, which is brought up to date now and then and not with every
/// message: ordinary days change little. A domain takes six bytes: half of its hash, by which one new domain in ten thousand is taken
/// for a known one when the memory is full, and two bytes for the day.
/// </summary>
/// <param name="most">Domains that are remembered; of more those go that were not mailed for the longest time.</param>
internal sealed class MailedDomains(int most) : ISignalMemory
{
    /// <summary>Domains of a server that are remembered: 3 MB.</summary>
    public const int MostDomains = 500_000;

    private const int SecondsPerDay = 86_400;
    // As many as a page of the state store holds.
    private const int MostOfChunk = 640;
    private const int EntryBytes = sizeof(uint) + sizeof(ushort);

    // A chunk holds the domains from its bound to the next one's; the first bound is 0. A bound is the key of the chunk.
    private readonly List<uint> bounds = [];
    private readonly List<Chunk> chunks = [];
    private readonly HashSet<long> dirty = [];
    private int lookBackDays = 60;

    /// <summary>Domains that are remembered.</summary>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyCollection<long> Keys => [.. bounds.Where((_, index) => chunks[index].Count > 0).Select(bound => (long)bound)];

    /// <inheritdoc/>
    public IReadOnlyCollection<long> Dirty => dirty;

    /// <inheritdoc/>
    public bool KeepsHashes => true;

    // How far the day may lag behind. A domain is never new before the look-back has passed, but up to as much later.
    private int LagDays => Math.Max(1, lookBackDays / 20);

    /// <summary>Goes on with another look-back.</summary>
    public void Use(TimeSpan lookBack) => lookBackDays = (int)Math.Ceiling(lookBack.TotalDays);

    /// <summary>What a message to a domain means.</summary>
    /// <param name="hash">Hash of the domain.</param>
    /// <param name="unixSeconds">When the message was accepted.</param>
    public Acquaintance Look(ulong hash, long unixSeconds)
    {
        if (chunks.Count == 0)
            return Acquaintance.New;
        var key = KeyOf(hash);
        var chunk = chunks[IndexOf(key)];
        var at = chunk.Find(key);
        if (at < 0)
            return Acquaintance.New;
        var age = DayOf(unixSeconds) - chunk.Days[at];
        return age < LagDays ? Acquaintance.Fresh : age <= lookBackDays + LagDays ? Acquaintance.Known : Acquaintance.New;
    }

    /// <summary>Takes in a message, given by the hash of the recipient's domain.</summary>
    public void Take(in Note note)
    {
        if (chunks.Count == 0)
            Add(0, 0, new Chunk());
        var (key, day) = (KeyOf(note.Value), DayOf(note.UnixSeconds));
        var index = IndexOf(key);
        var chunk = chunks[index];
        var at = chunk.Find(key);
        if (at >= 0)
        {
            if (chunk.Days[at] >= day)
                return;
            chunk.Days[at] = day;
        }
        else
        {
            if (chunk.Count == MostOfChunk)
            {
                MakeRoom(index, day);
                index = IndexOf(key);
                chunk = chunks[index];
            }
            chunk.Insert(~chunk.Find(key), key, day);
            Count++;
        }
        dirty.Add(bounds[index]);
        if (Count > most)
            DropOldest();
    }

    /// <inheritdoc/>
    public byte[]? Bytes(long key)
    {
        var index = bounds.BinarySearch((uint)key);
        return index < 0 || chunks[index].Count == 0 ? null : chunks[index].ToBytes();
    }

    /// <inheritdoc/>
    public void Restore(long key, byte[] bytes)
    {
        if (key is < 0 or > uint.MaxValue || bytes.Length == 0 || bytes.Length % EntryBytes != 0 || bytes.Length > MostOfChunk * EntryBytes)
            throw new FormatException("no domains that were mailed");
        var chunk = Chunk.FromBytes(bytes);
        // Pieces come in any order. The first one may have gone when it was empty, but something must begin at 0.
        if (chunks.Count == 0 && key > 0)
            Add(0, 0, new Chunk());
        var index = bounds.BinarySearch((uint)key);
        if (index >= 0 && chunks[index].Count > 0)
            throw new FormatException("the same domains that were mailed twice");
        var next = index >= 0 ? index + 1 : ~index;
        var isBehind = index >= 0 || next == 0 || chunks[next - 1].Count == 0 || chunks[next - 1].Last < key;
        if (!isBehind || chunk.First < key || (next < bounds.Count && chunk.Last >= bounds[next]) || !chunk.IsInOrder)
            throw new FormatException("domains that were mailed do not follow each other");
        if (index >= 0)
            chunks[index] = chunk;
        else
            Add(next, (uint)key, chunk);
        Count += chunk.Count;
    }

    /// <inheritdoc/>
    public void Saved() => dirty.Clear();

    /// <inheritdoc/>
    public void Clear()
    {
        foreach (var bound in bounds)
            dirty.Add(bound);
        bounds.Clear();
        chunks.Clear();
        Count = 0;
    }

    private static uint KeyOf(ulong hash) => (uint)(hash >> 32);

    private static ushort DayOf(long unixSeconds) => (ushort)Math.Clamp(unixSeconds / SecondsPerDay, 0, ushort.MaxValue);

    private int IndexOf(uint key)
    {
        var index = bounds.BinarySearch(key);
        return index >= 0 ? index : ~index - 1;
    }

    private void Add(int index, uint bound, Chunk chunk)
    {
        bounds.Insert(index, bound);
        chunks.Insert(index, chunk);
    }

    // Drops what is new again anyway, or else splits the chunk.
    private void MakeRoom(int index, ushort day)
    {
        var chunk = chunks[index];
        Count -= chunk.Drop(last => day - last > lookBackDays + LagDays);
        dirty.Add(bounds[index]);
        if (chunk.Count <= MostOfChunk / 2)
            return;
        var upper = chunk.Split();
        Add(index + 1, upper.First, upper);
        dirty.Add(upper.First);
    }

    // A sixteenth at once: it means a look at all of them, and most chunks are written anew.
    private void DropOldest()
    {
        var rest = Count - most + (most / 16);
        var perDay = new int[ushort.MaxValue + 1];
        foreach (var chunk in chunks)
        {
            foreach (var day in chunk.Days.AsSpan(0, chunk.Count))
                perDay[day]++;
        }
        var last = 0;
        for (; perDay[last] <= rest; last++)
            rest -= perDay[last];
        for (var index = chunks.Count - 1; index >= 0; index--)
        {
            var dropped = chunks[index].Drop(day => day < last || (day == last && rest-- > 0));
            if (dropped == 0)
                continue;
            Count -= dropped;
            dirty.Add(bounds[index]);
            if (index == 0 || chunks[index].Count > 0)
                continue;
            bounds.RemoveAt(index);
            chunks.RemoveAt(index);
        }
    }

    // Domains in the order of their keys.
    private sealed class Chunk
    {
        private uint[] keys = [];

        public int Count { get; private set; }

        public ushort[] Days { get; private set; } = [];

        public uint First => keys[0];

        public uint Last => keys[Count - 1];

        public bool IsInOrder
        {
            get
            {
                for (var i = 1; i < Count; i++)
                {
                    if (keys[i] <= keys[i - 1])
                        return false;
                }
                return true;
            }
        }

        public int Find(uint key) => keys.AsSpan(0, Count).BinarySearch(key);

        public void Insert(int at, uint key, ushort day)
        {
            if (Count == keys.Length)
                Resize(Math.Clamp(Count + (Count / 2), 8, MostOfChunk));
            keys.AsSpan(at, Count - at).CopyTo(keys.AsSpan(at + 1));
            Days.AsSpan(at, Count - at).CopyTo(Days.AsSpan(at + 1));
            (keys[at], Days[at]) = (key, day);
            Count++;
        }

        // The upper half.
        public Chunk Split()
        {
            var middle = Count / 2;
            var upper = new Chunk { keys = keys[middle..Count], Days = Days[middle..Count], Count = Count - middle };
            Count = middle;
            Resize(middle);
            return upper;
        }

        // How many were dropped.
        public int Drop(Predicate<ushort> isDropped)
        {
            var kept = 0;
            for (var i = 0; i < Count; i++)
            {
                if (isDropped(Days[i]))
                    continue;
                (keys[kept], Days[kept]) = (keys[i], Days[i]);
                kept++;
            }
            var dropped = Count - kept;
            Count = kept;
            return dropped;
        }

        // All keys, then all days.
        public byte[] ToBytes()
        {
            var bytes = new byte[Count * EntryBytes];
            for (var i = 0; i < Count; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), keys[i]);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan((Count * sizeof(uint)) + (i * sizeof(ushort))), Days[i]);
            }
            return bytes;
        }

        public static Chunk FromBytes(ReadOnlySpan<byte> bytes)
        {
            var count = bytes.Length / EntryBytes;
            var chunk = new Chunk { keys = new uint[count], Days = new ushort[count], Count = count };
            for (var i = 0; i < count; i++)
            {
                chunk.keys[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
                chunk.Days[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[((count * sizeof(uint)) + (i * sizeof(ushort)))..]);
            }
            return chunk;
        }

        private void Resize(int capacity)
        {
            Array.Resize(ref keys, capacity);
            var days = Days;
            Array.Resize(ref days, capacity);
            Days = days;
        }
    }
}

/// <summary>How well a server knows a domain.</summary>
internal enum Acquaintance
{
    /// <summary>It was not mailed in the look-back.</summary>
    New,

    /// <summary>It was mailed, but not lately: that it was mailed again is to be noted.</summary>
    Known,

    /// <summary>It was mailed lately.</summary>
    Fresh,
}
