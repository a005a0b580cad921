using System.Globalization;
using System.Text;
using MySqlConnector;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Signals;

namespace PostalExporter.Tail;

/// <summary>Reads what is new in one table of one server, page by page, and what showed up below the cursor.</summary>
/// <param name="session">Connection to the message databases.</param>
/// <param name="prefix">Prefix of their names.</param>
/// <param name="counters">Where rows are counted.</param>
/// <param name="guard">Notices tables that were replaced.</param>
/// <param name="logger">Where to say which rows are lost.</param>
internal sealed partial class TableTail(DatabaseSession session, string prefix, CounterTable counters, EpochGuard guard, ILogger logger)
{
    // Ranges of missing ids in one statement; more would take long to parse and to optimize.
    private const int RangesPerStatement = 1000;

    // Below the end of a table, ids this far back may belong to rows that are being written at the first collection.
    private const int FirstLookBehind = 500;

    private readonly RowEffects effects = new();

    /// <summary>Settings of this collection.</summary>
    /// <param name="PageRows">Rows per statement.</param>
    /// <param name="Settle">How long skipped ids are waited for.</param>
    /// <param name="Discovered">Whether the main database said what servers there are.</param>
    internal readonly record struct Settings(int PageRows, TimeSpan Settle, bool Discovered);

    /// <summary>Begins at the table's end, or at its first row.</summary>
    public async Task BeginAsync(ServerTail server, TableReader table, Settings settings, CancellationToken cancellationToken)
    {
        var cursor = server.State.Cursors[(int)table.Stream]!;
        if (cursor.Start == 0)
            return;
        // Rows may be on their way below the end: what is missing just below it is waited for like any other gap.
        var sql = string.Create(CultureInfo.InvariantCulture, $"""
            SELECT id, timestamp FROM {Schema(server)}.{table.Table}
            WHERE id > {cursor.Start - FirstLookBehind} AND id <= {cursor.Start} ORDER BY id
            """);
        await using var command = await session.CommandAsync(sql, cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(long Id, decimal Timestamp)>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add((reader.GetInt64(0), Timestamp(reader)));
        // All or nothing: the anchor of a look that broke off would be that of another row than the cursor's.
        var previous = Math.Max(0, cursor.Start - FirstLookBehind);
        foreach (var (id, timestamp) in rows)
        {
            cursor.Skip(previous + 1, id - 1, settings.Settle);
            previous = id;
            cursor.Anchor = timestamp;
            cursor.Latest = Math.Max(cursor.Latest, timestamp);
        }
        cursor.Changed = true;
    }

    /// <summary>Reads one page of new rows.</summary>
    /// <returns>Whether there is more to read now.</returns>
    public async Task<bool> ReadPageAsync(
        ServerTail server, TableReader table, Settings settings, TimeSpan aged, CancellationToken cancellationToken)
    {
        var stream = (int)table.Stream;
        var cursor = server.State.Cursors[stream]!;
        var head = server.Heads![stream];
        if (EpochGuard.EndsOtherwise(server, table))
        {
            await guard.RestartAsync(server, table, cancellationToken);
        }
        else if (head < cursor.Position && await guard.LastGivenIdAsync(server, table, cancellationToken) is { } lastGiven)
        {
            if (lastGiven < cursor.Position)
                await guard.RestartAsync(server, table, cancellationToken);
            else if (lastGiven > cursor.Position)
                await PassDeletedAsync(server, table, lastGiven, settings, cancellationToken);
        }
        if (head <= cursor.Position)
            return false;

        // Ids that are skipped now must outlive the ageing that this collection still has to do.
        var paged = settings with { Settle = settings.Settle + aged };
        var (anchor, rows) = await ReadRowsAsync(server, table, paged, fromAnchor: cursor.Anchor is not null, head, null, cancellationToken);
        if (anchor == AnchorState.Replaced || (anchor == AnchorState.Gone && await guard.WasOvertakenAsync(server, table, paged.Settle, cancellationToken)))
        {
            await guard.RestartAsync(server, table, cancellationToken);
            return true;
        }
        if (anchor == AnchorState.Gone)
        {
            // Retention has come up to the cursor: up to the first row there is, nothing is left to read.
            var step = await guard.IdStepAsync(cancellationToken);
            (_, rows) = await ReadRowsAsync(server, table, paged, fromAnchor: false, head, step, cancellationToken);
        }
        if (rows < settings.PageRows)
        {
            // Nothing is left up to the head; ids that end the range were taken and given back.
            return false;
        }
        return cursor.Position < head;
    }

    /// <summary>Reads rows that became visible below the cursor, and lets the wait for the others go on.</summary>
    public async Task ReadMissingAsync(
        ServerTail server, TableReader table, Settings settings, TimeSpan aged, CancellationToken cancellationToken)
    {
        var cursor = server.State.Cursors[(int)table.Stream]!;
        // Only what is missing: the rows between were counted, and after a backlog they can be millions.
        foreach (var ranges in cursor.Missing.Ranges.ToArray().Chunk(RangesPerStatement))
        {
            var condition = new StringBuilder();
            foreach (var range in ranges)
            {
                condition.Append(condition.Length == 0 ? "(" : " OR ")
                    .Append(CultureInfo.InvariantCulture, $"t.id BETWEEN {range.First} AND {range.Last}");
            }
            condition.Append(')');
            await ReadAsync(server, table, condition.ToString(), int.MaxValue, settings, expected: null, deletedStep: null, cancellationToken);
        }
        cursor.Elapse(aged);
    }

    private async Task<(AnchorState Anchor, int Rows)> ReadRowsAsync(
        ServerTail server, TableReader table, Settings settings, bool fromAnchor, long head, long? deletedStep, CancellationToken cancellationToken)
    {
        var cursor = server.State.Cursors[(int)table.Stream]!;
        var condition = string.Create(
            CultureInfo.InvariantCulture, $"t.id {(fromAnchor ? ">=" : ">")} {cursor.Position} AND t.id <= {head}");
        var rows = settings.PageRows + (fromAnchor ? 1 : 0);
        return await ReadAsync(server, table, condition, rows, settings, fromAnchor ? (cursor.Position, cursor.Anchor) : null, deletedStep, cancellationToken);
    }

    private async Task<(AnchorState Anchor, int Rows)> ReadAsync(
        ServerTail server,
        TableReader table,
        string condition,
        int limit,
        Settings settings,
        (long Id, decimal? Timestamp)? expected,
        long? deletedStep,
        CancellationToken cancellationToken)
    {
        var sql = Select(server, table, condition, limit);
        if (table is InspectionReader inspection)
        {
            var page = new CompletedRows(await CompletePageAsync(server, inspection, sql, cancellationToken));
            return ReadRows(page, server, table, settings, expected, deletedStep, cancellationToken);
        }
        await using var command = await session.CommandAsync(sql, cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        // The rows of a page arrive faster than they are counted: an await for each would cost more than the row. A host
        // that stops amid a page is left when the statement's time is up.
        return ReadRows(new ArrivingRows(reader, table), server, table, settings, expected, deletedStep, cancellationToken);
    }

    private async Task<List<(decimal Timestamp, InspectedMessage Message)>> CompletePageAsync(
        ServerTail server, InspectionReader table, string sql, CancellationToken cancellationToken)
    {
        var cursor = server.State.Cursors[(int)table.Stream]!;
        var rows = new List<(decimal Timestamp, InspectedMessage Message)>();
        await using (var command = await session.CommandAsync(sql, cancellationToken))
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                rows.Add((Timestamp(reader), InspectionReader.Read(reader)));
        }
        var unknown = rows.Where(row => cursor.KindOf(row.Message.Id, row.Timestamp) != RowKind.Known).Select(row => row.Message).ToList();
        await table.CompleteAsync(Schema(server), unknown, cancellationToken);
        return rows;
    }

    private (AnchorState Anchor, int Rows) ReadRows(
        IRowSource source,
        ServerTail server,
        TableReader table,
        Settings settings,
        (long Id, decimal? Timestamp)? expected,
        long? deletedStep,
        CancellationToken cancellationToken)
    {
        var cursor = server.State.Cursors[(int)table.Stream]!;
        var read = counters.Get(Families.Rows, table.Name);
        var late = counters.Get(Families.RowsLate, table.Name);
        var rows = 0;
        while (source.Read())
        {
            if (cancellationToken.IsCancellationRequested)
            {
                source.SkipRest();
                cancellationToken.ThrowIfCancellationRequested();
            }
            var id = source.Id;
            if (expected is { } anchor)
            {
                expected = null;
                if (id == anchor.Id && source.Timestamp == anchor.Timestamp)
                    continue;
                source.SkipRest();
                return (id == anchor.Id ? AnchorState.Replaced : AnchorState.Gone, 0);
            }
            if (rows++ == 0 && deletedStep is { } step)
                CountDeleted(server, table, (id - 1 - cursor.Position) / step);
            Count(source, server, table, cursor, settings.Settle, read, late);
        }
        return (expected is null ? AnchorState.Same : AnchorState.Gone, rows);
    }

    /// <summary>A statement for the rows of a condition, by ascending id.</summary>
    /// <param name="server">Whose they are.</param>
    /// <param name="table">Their table.</param>
    /// <param name="condition">SQL on <c>t.id</c>.</param>
    /// <param name="limit">At most this many.</param>
    public string Select(ServerTail server, TableReader table, string condition, int limit) =>
        table.Select(Schema(server), condition, (server.State.Cursors[0]?.Start ?? 0, DeliveredBefore(server.State.Cursors[1])), limit);

    /// <summary>Counts the present row of a source, unless it was counted before, and moves the cursor behind it.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="server">Whose they are.</param>
    /// <param name="table">Their table.</param>
    /// <param name="settle">How long ids that are skipped are waited for.</param>
    public void Count(IRowSource source, ServerTail server, TableReader table, TimeSpan settle) => Count(
        source, server, table, server.State.Cursors[(int)table.Stream]!, settle, counters.Get(Families.Rows, table.Name), counters.Get(Families.RowsLate, table.Name));

    private void Count(IRowSource source, ServerTail server, TableReader table, StreamCursor cursor, TimeSpan settle, CounterSeries read, CounterSeries late)
    {
        var (id, timestamp) = (source.Id, source.Timestamp);
        var kind = cursor.KindOf(id, timestamp);
        if (kind != RowKind.Known && cursor.IsReused(id))
            server.ReuseId(table.Stream, id);
        if (kind != RowKind.Known && TryObserve(source, server, table, id))
        {
            effects.Add(read);
            if (kind == RowKind.Late)
                effects.Add(late);
            effects.Apply(counters);
            server.Moved = true;
        }
        cursor.Advance(id, timestamp, settle);
    }

    /// <summary>Gathers what a row does. A row that a signal cannot take counts as lost: reading it again would only fail again.</summary>
    private bool TryObserve(IRowSource source, ServerTail server, TableReader table, long id)
    {
        effects.Clear();
        try
        {
            source.Observe(server.Signals, effects);
            return true;
        }
        catch (Exception exception) when (exception is not MySqlException)
        {
            counters.Add(counters.Get(Families.RowsLost, table.Name), 1);
            // What a parser says of a raw message may quote it.
            if (table is InspectionReader)
                LogUninspectable(id, server.Server.Organization, server.Server.Permalink, exception.GetType().Name);
            else
                LogUnreadable(exception, id, table.Name, server.Server.Organization, server.Server.Permalink);
            return false;
        }
    }

    /// <summary>Goes on behind rows that were written and deleted since the last collection; the table ends below the cursor.</summary>
    private async Task PassDeletedAsync(
        ServerTail server, TableReader table, long lastGiven, Settings settings, CancellationToken cancellationToken)
    {
        var cursor = server.State.Cursors[(int)table.Stream]!;
        var step = await guard.IdStepAsync(cancellationToken);
        CountDeleted(server, table, (lastGiven - cursor.Position) / step);
        // The last of them may still be on their way.
        cursor.Skip(cursor.Position + 1, lastGiven, settings.Settle);
        cursor.Position = lastGiven;
        cursor.Anchor = null;
        cursor.Changed = true;
    }

    private void CountDeleted(ServerTail server, TableReader table, long rows)
    {
        if (rows <= 0)
            return;
        counters.Add(counters.Get(Families.RowsLost, table.Name), rows);
        LogDeleted(rows, table.Name, server.Server.Organization, server.Server.Permalink);
    }

    // Deliveries that were on their way when the server was first seen lie below the start, and did not come before it.
    private static string DeliveredBefore(StreamCursor? deliveries)
    {
        var start = deliveries?.Start ?? 0;
        var condition = new StringBuilder().Append(CultureInfo.InvariantCulture, $"p.id <= {start}");
        foreach (var range in deliveries?.Missing.Ranges.TakeWhile(range => range.First <= start).Where(range => range.NewerThan is null) ?? [])
            condition.Append(CultureInfo.InvariantCulture, $" AND p.id NOT BETWEEN {range.First} AND {range.Last}");
        return condition.ToString();
    }

    private static decimal Timestamp(MySqlDataReader row) => row.IsDBNull(1) ? 0 : row.GetDecimal(1);

    private string Schema(ServerTail server) => SchemaName.OfServer(prefix, server.Server.Id);

    private enum AnchorState
    {
        Same,
        Gone,
        Replaced,
    }

    [LoggerMessage(2008, LogLevel.Warning, "About {Rows} rows of {Table} of {Organization}/{Server} were deleted before they could be read; they are not counted")]
    private partial void LogDeleted(long rows, string table, string organization, string server);

    [LoggerMessage(2010, LogLevel.Error, "The raw text of message {Id} of {Organization}/{Server} cannot be inspected ({Problem})")]
    private partial void LogUninspectable(long id, string organization, string server, string problem);

    [LoggerMessage(2009, LogLevel.Error, "Row {Id} of {Table} of {Organization}/{Server} cannot be counted and is lost")]
    private partial void LogUnreadable(Exception exception, long id, string table, string organization, string server);
}
