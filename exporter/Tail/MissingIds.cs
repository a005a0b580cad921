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

    private const long TimeStampMark = -1;

    private readonly List<Range> ranges = [];

    /// <summary>Whether nothing is waited for.</summary>
    public bool IsEmpty => ranges.Count == 0;

    /// <summary>The ranges, ascending.</summary>
    public IReadOnlyList<Range> Ranges => ranges;

    /// <summary>Begins to wait for the ids from <paramref name="first"/> to <paramref name="last"/>, which lie above all others.</summary>
    /// <param name="first">First missing id.</param>
    /// <param name="last">Last missing id.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="newerThan">See <see cref="Range"/>.</param>
    /// <param name="givenUp">Gets the ranges that are not waited for any longer, as there would be too many.</param>
    public void Append(long first, long last, TimeSpan wait, decimal? newerThan, Action<Range> givenUp)
    {
        if (last < first)
            return;
        ranges.Add(new Range(first, last, wait, newerThan));
        Bound(givenUp);
    }

    /// <summary>Begins to wait for those ids from <paramref name="first"/> to <paramref name="last"/> that are not waited for yet.</summary>
    /// <param name="first">First missing id.</param>
    /// <param name="last">Last missing id.</param>
    /// <param name="wait">How long to wait.</param>
    /// <param name="newerThan">See <see cref="Range"/>.</param>
    /// <param name="givenUp">Gets the ranges that are not waited for any longer, as there would be too many.</param>
    public void Add(long first, long last, TimeSpan wait, decimal newerThan, Action<Range> givenUp)
    {
        var added = new List<Range>();
        foreach (var range in ranges.Where(range => range.Last >= first && range.First <= last))
        {
            if (first < range.First)
                added.Add(new Range(first, range.First - 1, wait, newerThan));
            first = range.Last + 1;
        }
        if (first <= last)
            added.Add(new Range(first, last, wait, newerThan));
        ranges.AddRange(added);
        ranges.Sort((left, right) => left.First.CompareTo(right.First));
        Bound(givenUp);
    }

    /// <summary>Whether an id is waited for.</summary>
    public bool Contains(long id) => Find(id) is not null;

    /// <summary>The range in which an id is waited for, or null when it is not.</summary>
    public Range? Find(long id)
    {
        var index = IndexOf(id);
        return index >= 0 && ranges[index].First <= id ? ranges[index] : null;
    }

    /// <summary>Stops waiting for an id, as it was seen.</summary>
    /// <returns>Whether it was waited for.</returns>
    public bool Remove(long id)
    {
        var index = IndexOf(id);
        if (index < 0 || ranges[index].First > id)
            return false;
        var range = ranges[index];
        ranges.RemoveAt(index);
        if (id < range.Last)
            ranges.Insert(index, range with { First = id + 1 });
        if (range.First < id)
            ranges.Insert(index, range with { Last = id - 1 });
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

    /// <summary>
    /// The ranges as bytes: first, last and milliseconds left, 8 bytes each. Before a range with a time stamp stands an entry
    /// that holds -1 and the microseconds.
    /// </summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[(ranges.Count + ranges.Count(range => range.NewerThan is not null)) * 24];
        var rest = bytes.AsSpan();
        foreach (var range in ranges)
        {
            if (range.NewerThan is { } newerThan)
                rest = Write(rest, TimeStampMark, (long)(newerThan * 1_000_000), 0);
            rest = Write(rest, range.First, range.Last, (long)range.Left.TotalMilliseconds);
        }
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static MissingIds FromBytes(ReadOnlySpan<byte> bytes)
    {
        var missing = new MissingIds();
        decimal? newerThan = null;
        for (; bytes.Length >= 24; bytes = bytes[24..])
        {
            var (first, last) = (BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]));
            if (first == TimeStampMark)
            {
                newerThan = last / 1_000_000m;
                continue;
            }
            missing.ranges.Add(new Range(first, last, TimeSpan.FromMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes[16..])), newerThan));
            newerThan = null;
        }
        return missing;
    }

    private void Bound(Action<Range> givenUp)
    {
        if (ranges.Count <= MostRanges)
            return;
        // A tenth at once: each removal moves all that stay.
        var surplus = ranges.Count - MostRanges + (MostRanges / 10);
        for (var i = 0; i < surplus; i++)
            givenUp(ranges[i]);
        ranges.RemoveRange(0, surplus);
    }

    private static Span<byte> Write(Span<byte> bytes, long first, long last, long milliseconds)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, first);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], last);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], milliseconds);
        return bytes[24..];
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
    /// <param name="First">First id.</param>
    /// <param name="Last">Last id.</param>
    /// <param name="Left">How long they are still waited for.</param>
    /// <param name="NewerThan">
    /// Unix seconds when rows that were counted may have had these ids, before the table was replaced: only newer ones are
    /// waited for. Null when the ids were never seen.
    /// </param>
    internal readonly record struct Range(long First, long Last, TimeSpan Left, decimal? NewerThan);
}
