using System.Buffers.Binary;

namespace PostalExporter.Tail;

/// <summary>
/// Ids below the cursor that were not there when the cursor passed: rows of writers that had not committed yet, or
/// ids that were never used. Each is waited for until its time is up. Ranges, sorted, never overlapping.
/// </summary>
/// <remarks>
/// Time is measured by a monotonic clock and saved as the time that is left, so that neither a step of a clock nor a
/// stop of the exporter shortens the wait.
/// </remarks>
internal sealed class MissingIds
{
    /// <summary>
    /// The most ranges kept; beyond it the oldest are given up, so that memory stays bounded. With an auto-increment
    /// step every row leaves one: this is a minute of 1,600 rows a second.
    /// </summary>
    public const int MostRanges = 100_000;

    private readonly List<Range> ranges = [];

    /// <summary>Whether nothing is waited for.</summary>
    public bool IsEmpty => ranges.Count == 0;

    /// <summary>The ranges, ascending.</summary>
    public IReadOnlyList<Range> Ranges => ranges;

    /// <summary>Begins to wait for the ids from <paramref name="first"/> to <paramref name="last"/>, which lie above all others.</summary>
    /// <param name="first">First missing id.</param>
    /// <param name="last">Last missing id.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="givenUp">Gets the ranges that are not waited for any longer, as there would be too many.</param>
    public void Append(long first, long last, TimeSpan wait, Action<Range> givenUp)
    {
        if (last < first)
            return;
        ranges.Add(new Range(first, last, wait));
        if (ranges.Count <= MostRanges)
            return;
        // A tenth at once: each removal moves all that stay.
        for (var i = 0; i < MostRanges / 10; i++)
            givenUp(ranges[i]);
        ranges.RemoveRange(0, MostRanges / 10);
    }

    /// <summary>Whether an id is waited for.</summary>
    public bool Contains(long id)
    {
        var index = IndexOf(id);
        return index >= 0 && ranges[index].First <= id;
    }

    /// <summary>Stops waiting for an id, as it was seen.</summary>
    /// <returns>Whether it was waited for.</returns>
    public bool Remove(long id)
    {
        var index = IndexOf(id);
        if (index < 0 || ranges[index].First > id)
            return false;
        var (first, last, left) = ranges[index];
        ranges.RemoveAt(index);
        if (id < last)
            ranges.Insert(index, new Range(id + 1, last, left));
        if (first < id)
            ranges.Insert(index, new Range(first, id - 1, left));
        return true;
    }

    /// <summary>Lets time pass and gives up what has been waited for long enough.</summary>
    /// <param name="elapsed">The time that passed.</param>
    /// <param name="givenUp">Gets the ranges that are not waited for any longer.</param>
    public void Elapse(TimeSpan elapsed, Action<Range> givenUp)
    {
        var kept = 0;
        for (var i = 0; i < ranges.Count; i++)
        {
            var left = ranges[i].Left - elapsed;
            if (left > TimeSpan.Zero)
                ranges[kept++] = ranges[i] with { Left = left };
            else
                givenUp(ranges[i]);
        }
        ranges.RemoveRange(kept, ranges.Count - kept);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => ranges.Clear();

    /// <summary>The ranges as bytes: first, length and milliseconds left, 8 bytes each.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[ranges.Count * 24];
        for (var i = 0; i < ranges.Count; i++)
        {
            var entry = bytes.AsSpan(i * 24);
            BinaryPrimitives.WriteInt64LittleEndian(entry, ranges[i].First);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], ranges[i].Last);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], (long)ranges[i].Left.TotalMilliseconds);
        }
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static MissingIds FromBytes(ReadOnlySpan<byte> bytes)
    {
        var missing = new MissingIds();
        for (; bytes.Length >= 24; bytes = bytes[24..])
            missing.ranges.Add(new Range(
                BinaryPrimitives.ReadInt64LittleEndian(bytes),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
                TimeSpan.FromMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]))));
        return missing;
    }

    // The range that ends at or after the id and starts lowest, or -1.
    private int IndexOf(long id)
    {
        int low = 0, high = ranges.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].Last < id)
                low = middle + 1;
            else
                high = middle;
        }
        return low < ranges.Count ? low : -1;
    }

    /// <summary>Ids from first to last, and how long they are still waited for.</summary>
    internal readonly record struct Range(long First, long Last, TimeSpan Left);
}
