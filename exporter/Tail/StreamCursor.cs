namespace PostalExporter.Tail;

/// <summary>The tables that are tailed; the numbers are those of the state store.</summary>
internal enum TailStream
{
    /// <summary><c>messages</c></summary>
    Messages,

    /// <summary><c>deliveries</c></summary>
    Deliveries,

    /// <summary><c>loads</c>: openings of messages.</summary>
    Loads,

    /// <summary><c>clicks</c> on links.</summary>
    Clicks,

    /// <summary><c>links</c> of messages whose clicks are tracked; read only when content rules ask for them.</summary>
    Links,

    /// <summary><c>messages</c> a second time, with their raw text; read only when something that is opt-in asks for it.</summary>
    Inspection,
}

/// <summary>How many streams there are.</summary>
internal static class TailStreams
{
    /// <summary>One more than the highest number of a <see cref="TailStream"/>.</summary>
    public static readonly int Count = Enum.GetValues<TailStream>().Length;
}

/// <summary>How far one table of one message database has been read. Saved with the counters it fed.</summary>
internal sealed class StreamCursor
{
    // How long rows under abandoned ids are looked for, to be counted as lost.
    private static readonly TimeSpan Watch = TimeSpan.FromHours(1);

    // Made once: every row needs it.
    private readonly Action<MissingIds.Range> giveUp;

    /// <summary>A cursor before the first row.</summary>
    public StreamCursor() => giveUp = GiveUp;

    /// <summary>Highest id read; new rows are above it.</summary>
    public long Position { get; set; }

    /// <summary>The last id of the table when this server was first seen, 0 when it is read from its first row.</summary>
    public long Start { get; set; }

    /// <summary>
    /// Time stamp of the row at <see cref="Position"/>, by which a table that was replaced is told from the one that was
    /// read; null before a row was read.
    /// </summary>
    public decimal? Anchor { get; set; }

    /// <summary>The latest time stamp of all rows read, Unix seconds.</summary>
    public decimal Latest { get; set; }

    /// <summary>
    /// After a restore from a backup: rows up to this id were counted before if they are not newer than
    /// <see cref="CountedUntil"/>. 0 otherwise.
    /// </summary>
    public long RestoredThrough { get; set; }

    /// <summary>See <see cref="RestoredThrough"/>; Unix seconds.</summary>
    public decimal CountedUntil { get; set; }

    /// <summary>Ids below <see cref="Position"/> that may still show up.</summary>
    public MissingIds Missing { get; init; } = new();

    /// <summary>Ids below <see cref="Position"/> that are no longer waited for.</summary>
    public AbandonedIds Abandoned { get; init; } = new();

    /// <summary>Whether there is something to save.</summary>
    public bool Changed { get; set; }

    /// <summary>Whether rows are still to come up to <see cref="RestoredThrough"/>.</summary>
    public bool IsInRestored => Position < RestoredThrough || (!Missing.IsEmpty && Missing.Ranges[0].First <= RestoredThrough);

    /// <summary>What a row is to this cursor.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="timestamp">Its time stamp, Unix seconds, 0 when NULL.</param>
    public RowKind KindOf(long id, decimal timestamp)
    {
        if (id > Position)
            return id <= RestoredThrough && timestamp <= CountedUntil ? RowKind.Known : RowKind.New;
        return Missing.Find(id) is { } missing && !(timestamp <= missing.NewerThan) ? RowKind.Late : RowKind.Known;
    }

    /// <summary>Whether another row may have had the id of a row that is counted now, before the table was replaced.</summary>
    public bool IsReused(long id) => id <= RestoredThrough && Missing.Find(id) is not { NewerThan: null };

    /// <summary>Notes that a row was read and counted.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="timestamp">Its time stamp, Unix seconds, 0 when NULL.</param>
    /// <param name="settle">How long ids that were skipped are waited for.</param>
    public void Advance(long id, decimal timestamp, TimeSpan settle)
    {
        if (id > Position)
        {
            Skip(Position + 1, Math.Min(id - 1, RestoredThrough), settle, CountedUntil);
            Skip(Math.Max(Position, RestoredThrough) + 1, id - 1, settle);
            Position = id;
            Anchor = timestamp;
        }
        else if (!Missing.Remove(id))
        {
            return;
        }
        Latest = Math.Max(Latest, timestamp);
        Changed = true;
    }

    /// <summary>Begins to wait for ids that are passed over; they lie above all others that are missing.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="last">The last of them.</param>
    /// <param name="settle">How long they are waited for.</param>
    /// <param name="newerThan">See <see cref="MissingIds.Range"/>.</param>
    public void Skip(long first, long last, TimeSpan settle, decimal? newerThan = null) => Missing.Append(first, last, settle, newerThan, giveUp);

    /// <summary>Lets time pass for the missing ids.</summary>
    public void Elapse(TimeSpan elapsed)
    {
        if (Missing.IsEmpty)
            return;
        Missing.Elapse(elapsed, giveUp);
        Changed = true;
    }

    /// <summary>Begins to wait for those of the ids that are not waited for yet, whose rows may have been counted if they are not newer.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="last">The last of them.</param>
    /// <param name="settle">How long they are waited for.</param>
    public void Doubt(long first, long last, TimeSpan settle) => Missing.Add(first, last, settle, Latest, giveUp);

    private void GiveUp(MissingIds.Range range)
    {
        // Rows that a restore brings back under such ids were counted: they are no loss.
        if (range.NewerThan is null)
            Abandoned.Add(range.First, range.Last, Watch);
    }
}

/// <summary>What a row is to the cursor.</summary>
internal enum RowKind
{
    /// <summary>Counted before, or not waited for any longer.</summary>
    Known,

    /// <summary>Above everything read.</summary>
    New,

    /// <summary>Below something that was read before.</summary>
    Late,
}
