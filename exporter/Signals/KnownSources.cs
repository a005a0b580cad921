using System.Buffers.Binary;

namespace PostalExporter.Signals;

/// <summary>
/// Networks, countries and autonomous systems that each credential of a server was used from, by hash, with the day of the last
/// message. A piece is a credential's: when its first message was seen (8 bytes), then ten bytes a source, at most
/// <see cref="MostSources"/>, of which the one that was not used for the longest time goes first.
/// </summary>
internal sealed class KnownSources : ISignalMemory
{
    /// <summary>Sources of a credential that are remembered.</summary>
    public const int MostSources = 500;

    private const int SecondsPerDay = 86_400;
    private const int EntryBytes = sizeof(ulong) + sizeof(ushort);

    private readonly Dictionary<int, Sources> byCredential = [];
    private readonly HashSet<long> dirty = [];

    /// <summary>Networks of the last hour. They begin anew with the exporter.</summary>
    public RecipientWindows LastHour { get; } = new();

    /// <summary>When a message without a client's address was seen last, Unix seconds; 0 for never. Begins anew with the exporter.</summary>
    public long LastWithoutAddress { get; set; }

    /// <inheritdoc/>
    public IReadOnlyCollection<long> Keys => [.. byCredential.Keys.Select(id => (long)id)];

    /// <inheritdoc/>
    public IReadOnlyCollection<long> Dirty => dirty;

    /// <inheritdoc/>
    public bool KeepsHashes => true;

    /// <summary>When the first message of a credential was seen, Unix seconds; null for never.</summary>
    public long? FirstSeen(int credentialId) => byCredential.TryGetValue(credentialId, out var sources) ? sources.FirstSeen : null;

    /// <summary>When a credential was used last from a source; null when that is not known.</summary>
    /// <param name="credentialId"><c>credentials.id</c>.</param>
    /// <param name="source">Its hash.</param>
    /// <returns>Unix seconds of the begin of that day.</returns>
    public long? LastUsed(int credentialId, ulong source) =>
        byCredential.TryGetValue(credentialId, out var sources) && sources.Days.TryGetValue(source, out var day) ? day * (long)SecondsPerDay : null;

    /// <summary>Takes in a message from a source, given by its hash.</summary>
    public void Take(in Note note)
    {
        if (!byCredential.TryGetValue(note.CredentialId, out var sources))
            byCredential.Add(note.CredentialId, sources = new Sources { FirstSeen = note.UnixSeconds });
        var day = DayOf(note.UnixSeconds);
        if (sources.Days.TryGetValue(note.Value, out var before) && before >= day)
            return;
        if (sources.Days.Count >= MostSources && !sources.Days.ContainsKey(note.Value))
            sources.Days.Remove(sources.Days.MinBy(pair => pair.Value).Key);
        sources.Days[note.Value] = day;
        dirty.Add(note.CredentialId);
    }

    /// <inheritdoc/>
    public byte[]? Bytes(long key)
    {
        if (!byCredential.TryGetValue((int)key, out var sources))
            return null;
        var bytes = new byte[sizeof(long) + (sources.Days.Count * EntryBytes)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, sources.FirstSeen);
        var rest = bytes.AsSpan(sizeof(long));
        foreach (var (source, day) in sources.Days)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, source);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[sizeof(ulong)..], day);
            rest = rest[EntryBytes..];
        }
        return bytes;
    }

    /// <inheritdoc/>
    public void Restore(long key, byte[] bytes)
    {
        if (key is < 0 or > int.MaxValue || bytes.Length < sizeof(long) || (bytes.Length - sizeof(long)) % EntryBytes != 0 || bytes.Length > sizeof(long) + (MostSources * EntryBytes))
            throw new FormatException("no sources of a credential");
        var sources = new Sources { FirstSeen = BinaryPrimitives.ReadInt64LittleEndian(bytes) };
        for (var at = sizeof(long); at < bytes.Length; at += EntryBytes)
            sources.Days[BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at))] = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + sizeof(ulong)));
        byCredential[(int)key] = sources;
    }

    /// <inheritdoc/>
    public void Saved()
    {
        dirty.Clear();
        LastHour.Saved();
    }

    /// <inheritdoc/>
    public void Clear() => KeepOnly([]);

    /// <inheritdoc/>
    public void KeepOnly(IReadOnlyCollection<int> credentialIds)
    {
        LastHour.KeepOnly(credentialIds);
        var kept = credentialIds.ToHashSet();
        foreach (var id in byCredential.Keys.Where(id => !kept.Contains(id)).ToList())
        {
            byCredential.Remove(id);
            dirty.Add(id);
        }
    }

    private static ushort DayOf(long unixSeconds) => (ushort)Math.Clamp(unixSeconds / SecondsPerDay, 0, ushort.MaxValue);

    private sealed class Sources
    {
        public long FirstSeen { get; init; }

        public Dictionary<ulong, ushort> Days { get; } = [];
    }
}
