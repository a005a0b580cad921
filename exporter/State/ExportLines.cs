using PostalExporter.Signals;
using PostalExporter.Tail;

namespace PostalExporter.State;

/// <summary>A line of an export: one of these.</summary>
internal sealed record ExportLine
{
    public ExportHeader? Header { get; init; }

    public ExportedServer? Server { get; init; }

    public ExportedSeries? Series { get; init; }

    public ExportEnd? End { get; init; }
}

/// <summary>The first line.</summary>
/// <param name="Format"><see cref="StateExport.Format"/>.</param>
/// <param name="Version"><see cref="StateExport.Version"/>.</param>
/// <param name="Shard">Whose servers these are, <c>INDEX/COUNT</c>.</param>
/// <param name="Exported">When this was written.</param>
/// <param name="FirstCollection">When counting began, ISO 8601; none when nothing was counted.</param>
/// <param name="HashKey">Id of the key of its hashes; none when nothing was hashed.</param>
internal sealed record ExportHeader(
    string Format, int Version, string Shard, DateTimeOffset Exported, string? FirstCollection = null, string? HashKey = null);

/// <summary>The last line: an export without it was cut off.</summary>
/// <param name="Servers">Lines of servers before it.</param>
/// <param name="Series">Lines of series before it.</param>
internal sealed record ExportEnd(int Servers, int Series);

/// <summary>A counter series.</summary>
/// <param name="Family">Its family.</param>
/// <param name="Labels">Label values in the family's order.</param>
/// <param name="Value">What was counted.</param>
/// <param name="Server"><c>servers.id</c> of whom it counts; none for the exporter itself and for servers that are gone.</param>
internal sealed record ExportedSeries(string Family, string[] Labels, long Value, int? Server = null);

/// <summary>
/// How far a table was read; see <see cref="StreamCursor"/>. Of <c>Missing</c> each range has first and last id, and the
/// milliseconds for which it is still waited for, and, where rows that were counted may have had the ids, the microseconds since
/// 1970 that a row must be newer than; of <c>Abandoned</c> each span has first and last id, its rows, and the
/// milliseconds for which it is still watched.
/// </summary>
internal sealed record ExportedCursor(
    long Position, long Start, decimal Latest, long RestoredThrough, decimal CountedUntil, IReadOnlyList<long[]> Missing, IReadOnlyList<long[]> Abandoned,
    decimal? Anchor = null)
{
    public static ExportedCursor? Of(StreamCursor? cursor) => cursor is null ? null : new ExportedCursor(
        cursor.Position, cursor.Start, cursor.Latest, cursor.RestoredThrough, cursor.CountedUntil,
        [.. cursor.Missing.Ranges.Select(Line)],
        [.. cursor.Abandoned.Spans.Select(span => new[] { span.First, span.Last, span.Rows, (long)span.Left.TotalMilliseconds })], cursor.Anchor);

    private static long[] Line(MissingIds.Range range)
    {
        var left = (long)range.Left.TotalMilliseconds;
        return range.NewerThan is { } newerThan ? [range.First, range.Last, left, (long)(newerThan * 1_000_000)] : [range.First, range.Last, left];
    }

    /// <exception cref="FormatException">Something in it cannot be.</exception>
    public StreamCursor ToCursor()
    {
        var cursor = new StreamCursor
        {
            Position = Position, Start = Start, Anchor = Anchor, Latest = Latest, RestoredThrough = RestoredThrough, CountedUntil = CountedUntil,
        };
        foreach (var range in Missing)
        {
            if (range.Length is not (3 or 4) || range[0] > range[1] || (cursor.Missing.Ranges is [.., var before] && range[0] <= before.Last))
                throw new FormatException("missing ids are out of order");
            cursor.Skip(range[0], range[1], TimeSpan.FromMilliseconds(range[2]), range.Length == 4 ? range[3] / 1_000_000m : null);
        }
        foreach (var span in Abandoned)
        {
            if (span.Length != 4 || span[0] > span[1] || (cursor.Abandoned.Spans is [.., var before] && span[0] <= before.Last))
                throw new FormatException("abandoned ids are out of order");
            cursor.Abandoned.Restore(new AbandonedIds.Span(span[0], span[1], span[2], TimeSpan.FromMilliseconds(span[3])));
        }
        return cursor;
    }
}

/// <summary>Bits of a chunk of message ids; see <see cref="MarkSet"/>.</summary>
internal sealed record ExportedMarks(MarkKind Kind, long Chunk, byte[] Bits);

/// <summary>The recipient score of a credential.</summary>
internal sealed record ExportedScore(int CredentialId, double Value);

/// <summary>Hashes or registers of a credential's recipients within ten minutes; see <see cref="DistinctCounter"/>.</summary>
internal sealed record ExportedRecipients(int CredentialId, long Step, byte[] Counter);

/// <summary>A piece of what a signal remembers; see <see cref="ISignalMemory"/>.</summary>
internal sealed record ExportedMemory(MemoryKind Kind, long Key, byte[] Data);

/// <summary>A server with what is kept of it, but for its series.</summary>
internal sealed record ExportedServer(
    int Id,
    string Uuid,
    string Organization,
    string Permalink,
    bool FromEnd,
    IReadOnlyList<ExportedMarks> Marks,
    IReadOnlyList<ExportedScore> Scores,
    IReadOnlyList<ExportedRecipients> Recipients,
    ExportedCursor? Messages = null,
    ExportedCursor? Deliveries = null,
    IReadOnlyDictionary<TailStream, ExportedCursor>? OtherStreams = null,
    IReadOnlyList<ExportedMemory>? Memories = null)
{
    public static ExportedServer Of(ServerState server) => new(
        server.Id, server.Uuid, server.Organization, server.Permalink, server.FromEnd,
        [
            .. from kind in Enum.GetValues<MarkKind>()
               from chunk in server.Marks[kind].Chunks
               select new ExportedMarks(kind, chunk, server.Marks[kind].ChunkBytes(chunk)!),
        ],
        [.. server.Scores.Credentials.Select(id => new ExportedScore(id, server.Scores[id]))],
        [.. server.Windows.Keys.Select(key => new ExportedRecipients(key.CredentialId, key.Step, server.Windows.Bytes(key)!))],
        ExportedCursor.Of(server.Cursors[(int)TailStream.Messages]),
        ExportedCursor.Of(server.Cursors[(int)TailStream.Deliveries]),
        OthersOf(server),
        MemoriesOf(server));

    /// <exception cref="FormatException">Something in it cannot be.</exception>
    public ServerState ToState()
    {
        var server = new ServerState(Id, Uuid, FromEnd) { IsNew = true };
        server.Rename(Organization, Permalink);
        server.Cursors[(int)TailStream.Messages] = Messages?.ToCursor();
        server.Cursors[(int)TailStream.Deliveries] = Deliveries?.ToCursor();
        foreach (var (stream, cursor) in OtherStreams ?? new Dictionary<TailStream, ExportedCursor>())
            server.Cursors[(int)stream] = cursor.ToCursor();
        foreach (var (kind, chunk, bits) in Marks)
            server.Marks[kind].Restore(chunk, bits.Length == MarkSet.ChunkIds / 8 ? bits : throw new FormatException("marks of a wrong length"));
        foreach (var (credentialId, value) in Scores)
            server.Scores.Restore(credentialId, value);
        foreach (var (credentialId, step, counter) in Recipients)
            server.Windows.Restore(credentialId, step, DistinctCounter.IsLength(counter.Length) ? counter : throw new FormatException("recipients of a wrong length"));
        foreach (var (kind, key, data) in Memories ?? [])
            server.Memories[kind].Restore(key, data);
        return server;
    }

    private static List<ExportedMemory>? MemoriesOf(ServerState server)
    {
        var memories = from pair in server.Memories.All
                       from key in pair.Memory.Keys
                       select new ExportedMemory(pair.Kind, key, pair.Memory.Bytes(key)!);
        return memories.ToList() is { Count: > 0 } some ? some : null;
    }

    private static Dictionary<TailStream, ExportedCursor>? OthersOf(ServerState server)
    {
        var others = Enum.GetValues<TailStream>()
            .Where(stream => stream is not (TailStream.Messages or TailStream.Deliveries) && server.Cursors[(int)stream] is not null)
            .ToDictionary(stream => stream, stream => ExportedCursor.Of(server.Cursors[(int)stream])!);
        return others.Count == 0 ? null : others;
    }
}
