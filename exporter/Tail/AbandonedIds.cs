using System.Buffers.Binary;

namespace PostalExporter.Tail;

/// <summary>
/// Ids that were waited for in vain. They are watched for another while, so that a row that shows up under one of them after all
/// is known to be lost. Spans, sorted, never overlapping; a span is kept with the number of rows it holds, so that
/// neighbours can be merged and their number stays bounded.
/// </summary>
internal sealed class AbandonedIds
{
    /// <summary>The most spans that are watched; beyond it the two closest become one.</summary>
    public const int MostSpans = 64;

    // Rows between the ids of merged spans have to be counted with them: beyond this the oldest are no longer watched.
    private const long MostRows = 200_000;

    private readonly List<Span> spans = [];

    /// <summary>Whether nothing is watched.</summary>
    public bool IsEmpty => spans.Count == 0;

    /// <summary>The spans, ascending.</summary>
    public IReadOnlyList<Span> Spans => spans;

    /// <summary>Begins to watch ids that are no longer waited for.</summary>
    /// <param name="first">First id.</param>
    /// <param name="last">Last id.</param>
    /// <param name="watch">How long.</param>
    public void Add(long first, long last, TimeSpan watch)
    {
        // From the end, where new ones mostly belong.
        var index = spans.Count;
        while (index > 0 && spans[index - 1].Last >= first)
            index--;
        if (index < spans.Count && spans[index].First <= first)
        {
            // Within a merged span, as one of the rows that were taken for read.
            spans[index] = spans[index] with { Rows = Math.Max(0, spans[index].Rows - (last - first + 1)), Left = watch };
            return;
        }
        spans.Insert(index, new Span(first, last, 0, watch));
        if (spans.Count > MostSpans)
            MergeClosest();
        while (spans.Count > 1 && Rows() > MostRows)
            spans.RemoveAt(0);
    }

    /// <summary>Puts back a span that was saved; it lies above all others.</summary>
    public void Restore(Span span) => spans.Add(span);

    /// <summary>Notes how many rows a span holds now.</summary>
    /// <returns>How many of them showed up since the last time: those are lost.</returns>
    public long Recount(int index, long rows)
    {
        var lost = Math.Max(0, rows - spans[index].Rows);
        spans[index] = spans[index] with { Rows = rows };
        return lost;
    }

    /// <summary>Lets time pass and stops watching what was watched long enough.</summary>
    public void Elapse(TimeSpan elapsed)
    {
        for (var i = spans.Count - 1; i >= 0; i--)
        {
            var left = spans[i].Left - elapsed;
            if (left > TimeSpan.Zero)
                spans[i] = spans[i] with { Left = left };
            else
                spans.RemoveAt(i);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => spans.Clear();

    /// <summary>The spans as bytes: first, last, rows and milliseconds left, 8 bytes each.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[spans.Count * 32];
        for (var i = 0; i < spans.Count; i++)
        {
            var entry = bytes.AsSpan(i * 32);
            BinaryPrimitives.WriteInt64LittleEndian(entry, spans[i].First);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], spans[i].Last);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], spans[i].Rows);
            BinaryPrimitives.WriteInt64LittleEndian(entry[24..], (long)spans[i].Left.TotalMilliseconds);
        }
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    public static AbandonedIds FromBytes(ReadOnlySpan<byte> bytes)
    {
        var abandoned = new AbandonedIds();
        for (; bytes.Length >= 32; bytes = bytes[32..])
            abandoned.Restore(new Span(
                BinaryPrimitives.ReadInt64LittleEndian(bytes),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
                TimeSpan.FromMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]))));
        return abandoned;
    }

    private long Rows()
    {
        long sum = 0;
        foreach (var span in spans)
            sum += span.Rows;
        return sum;
    }

    private void MergeClosest()
    {
        var closest = 1;
        for (var i = 2; i < spans.Count; i++)
        {
            if (spans[i].First - spans[i - 1].Last < spans[closest].First - spans[closest - 1].Last)
                closest = i;
        }
        var (left, right) = (spans[closest - 1], spans[closest]);
        // What lies between was read, or is still waited for and will be: see Add.
        spans[closest - 1] = new Span(
            left.First, right.Last, left.Rows + right.Rows + (right.First - left.Last - 1), left.Left > right.Left ? left.Left : right.Left);
        spans.RemoveAt(closest);
    }

    /// <summary>Ids from first to last, the rows that are known to be among them, and how long they are still watched.</summary>
    internal readonly record struct Span(long First, long Last, long Rows, TimeSpan Left);
}
