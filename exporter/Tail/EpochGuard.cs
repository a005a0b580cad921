using System.Globalization;
using PostalExporter.Postal;

namespace PostalExporter.Tail;

/// <summary>
/// Notices that a table is no longer the one the cursor belongs to, because its database was restored from a backup or
/// made anew, and finds where to go on so that nothing is counted twice and nothing new is missed.
/// </summary>
internal sealed class EpochGuard(DatabaseSession session, string prefix)
{
    // Hosts stamp rows by their own clocks: a row is "newer" only beyond what clocks differ.
    private const decimal ClockSkewSeconds = 5;

    // Time stamps rise with ids only roughly: begin a little before the place found and let the time stamps decide.
    private const int RestartOverlap = 1000;

    // InnoDB's next id of a table. Ids are not given twice while a table lives, so a next id that was read already
    // belongs to another table, or to an older copy of it.
    private const string NextIdQuery =
        "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema AND TABLE_NAME = @table";

    /// <summary>Whether the row at the cursor is still there: the table is the one that was read.</summary>
    public async Task<bool> IsSameAsync(ServerTail server, TableReader table, CancellationToken cancellationToken)
    {
        var cursor = server.State.Cursors[(int)table.Stream]!;
        var row = await ReadRowAsync(server, table, "id = @id", cursor.Position, cancellationToken);
        return row is { } found && cursor.Anchor is { } anchor && (found.Timestamp ?? 0) == anchor;
    }

    /// <summary>Whether a table whose last id is that of the cursor ends with another row: it was replaced and has grown as far.</summary>
    public static bool EndsOtherwise(ServerTail server, TableReader table)
    {
        var stream = (int)table.Stream;
        var cursor = server.State.Cursors[stream]!;
        return server.Heads![stream] == cursor.Position && cursor.Anchor is { } anchor && server.HeadTimestamps[stream] != anchor;
    }

    /// <summary>
    /// The last id that a table has given, when its last row lies below the cursor; below the cursor it is another table.
    /// Null when it was asked before and nothing changed since, or cannot be told.
    /// </summary>
    public async Task<long?> LastGivenIdAsync(ServerTail server, TableReader table, CancellationToken cancellationToken)
    {
        var stream = (int)table.Stream;
        var head = server.Heads![stream];
        // Retention leaves no row that is newer. The next id does not tell: steps of ids and rows taken back lead past the cursor.
        if (server.HeadTimestamps[stream] > server.State.Cursors[stream]!.Latest + ClockSkewSeconds)
            return 0;
        if (server.SameTableAt[stream] == head)
            return null;
        await using var command = await session.CommandAsync(NextIdQuery, cancellationToken);
        command.Parameters.AddWithValue("@schema", string.Create(CultureInfo.InvariantCulture, $"{prefix}-server-{server.Server.Id}"));
        command.Parameters.AddWithValue("@table", table.Table);
        var next = await command.ExecuteScalarAsync(cancellationToken);
        var last = next is null or DBNull ? (long?)null : Convert.ToInt64(next, CultureInfo.InvariantCulture) - 1;
        if (last is null || last >= server.State.Cursors[stream]!.Position)
            server.SameTableAt[stream] = head;
        return last;
    }

    /// <summary>How far apart the ids of two rows are that one writer inserts one after the other.</summary>
    public async Task<long> IdStepAsync(CancellationToken cancellationToken)
    {
        await using var command = await session.CommandAsync("SELECT @@GLOBAL.auto_increment_increment", cancellationToken);
        return Math.Max(1, Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture));
    }

    /// <summary>Whether a table was replaced, when the row at the cursor is gone: rows below it that are newer say so.</summary>
    public async Task<bool> WasOvertakenAsync(ServerTail server, TableReader table, TimeSpan settle, CancellationToken cancellationToken)
    {
        var cursor = server.State.Cursors[(int)table.Stream]!;
        var row = await ReadRowAsync(server, table, "id < @id ORDER BY id DESC", cursor.Position, cancellationToken);
        // Newer than all that was read, not only than the anchor: a clock may have been set back before that.
        if (row is { Timestamp: { } below } && below > cursor.Latest + ClockSkewSeconds)
            return true;
        // Retention deleted it, or the table was replaced and the writers of new rows with these ids have not committed yet.
        cursor.Doubt((row?.Id ?? 0) + 1, cursor.Position, settle);
        cursor.RestoredThrough = Math.Max(cursor.RestoredThrough, cursor.Position);
        cursor.Changed = true;
        return false;
    }

    /// <summary>Moves the cursor to where rows begin that are newer than all that were counted.</summary>
    public async Task RestartAsync(ServerTail server, TableReader table, CancellationToken cancellationToken)
    {
        var cursor = server.State.Cursors[(int)table.Stream]!;
        var head = server.Heads![(int)table.Stream];
        var counted = Math.Max(cursor.Position, cursor.RestoredThrough);
        cursor.Position = Math.Max(0, await LastNotAfterAsync(server, table, cursor.Latest, cancellationToken) - RestartOverlap);
        cursor.Anchor = null;
        // A restore may still be filling the table with rows that were counted.
        cursor.RestoredThrough = Math.Max(head, counted);
        cursor.CountedUntil = cursor.Latest;
        cursor.Missing.Clear();
        cursor.Abandoned.Clear();
        cursor.Changed = true;
        server.SameTableAt[(int)table.Stream] = null;
        // What lies above all that is and was in the table belongs to messages that were lost unread.
        if (server.State.Cursors[(int)TailStream.Messages] is { } messages)
            server.State.Marks.RemoveAbove(Math.Max(Math.Max(messages.Position, messages.RestoredThrough), server.Heads[(int)TailStream.Messages]));
    }

    /// <summary>The last id whose row is not newer than a moment, by bisection: time stamps rise with ids, if only roughly. 0 when all rows are newer.</summary>
    /// <param name="server">The server; its heads are known.</param>
    /// <param name="table">The table.</param>
    /// <param name="moment">Unix seconds.</param>
    /// <param name="cancellationToken">Breaks off a statement.</param>
    public async Task<long> LastNotAfterAsync(ServerTail server, TableReader table, decimal moment, CancellationToken cancellationToken)
    {
        var head = server.Heads![(int)table.Stream];
        long low = 1, high = head + 1;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var row = await ReadRowAsync(server, table, "id >= @id ORDER BY id", middle, cancellationToken);
            if (row is null || row.Value.Timestamp > moment)
                high = middle;
            else
                low = row.Value.Id + 1;
        }
        return Math.Min(low - 1, head);
    }

    private async Task<(long Id, decimal? Timestamp)?> ReadRowAsync(
        ServerTail server, TableReader table, string condition, long id, CancellationToken cancellationToken)
    {
        var sql = $"SELECT id, timestamp FROM {SchemaName.OfServer(prefix, server.Server.Id)}.{table.Table} WHERE {condition} LIMIT 1";
        await using var command = await session.CommandAsync(sql, cancellationToken);
        command.Parameters.AddWithValue("@id", id);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? (reader.GetInt64(0), reader.IsDBNull(1) ? null : reader.GetDecimal(1))
            : null;
    }
}
