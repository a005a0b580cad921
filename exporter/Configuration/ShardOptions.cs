using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;

namespace PostalExporter.Configuration;

/// <summary>Which part of the mail servers this exporter counts. YAML: <c>shard</c>.</summary>
/// <param name="Index">The part, from 0.</param>
/// <param name="Count">Into how many parts the servers are split.</param>
internal sealed record ShardOptions(int Index, int Count)
{
    /// <summary>The most parts.</summary>
    public const int MostShards = 1000;

    /// <summary>One exporter for all servers.</summary>
    public static readonly ShardOptions Whole = new(0, 1);

    /// <summary>Whether a row of the main database belongs to this part.</summary>
    /// <param name="id">
    /// <c>servers.id</c>, or the id of what belongs to no server. Not a name, as names change; not <c>uuid</c>, which old
    /// installations lack.
    /// </param>
    public bool Owns(long id) => Count == 1 || Of(id, Count) == Index;

    /// <summary>As the state store keeps it: <c>INDEX/COUNT</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    /// <summary>The part of an id: a jump consistent hash (Lamping and Veach 2014). One part more takes its servers evenly from the others, and moves no other.</summary>
    /// <remarks>Never changed: state stores are split by it.</remarks>
    private static int Of(long id, int count)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, id);
        var key = XxHash64.HashToUInt64(bytes);
        long part = -1, next = 0;
        while (next < count)
        {
            part = next;
            key = unchecked((key * 2_862_933_555_777_941_757UL) + 1);
            next = (long)((part + 1) * ((double)(1L << 31) / ((key >> 33) + 1)));
        }
        return (int)part;
    }
}
