using PostalExporter.Postal;

namespace PostalExporter.Tail;

/// <summary>Reads streams of many servers by turns, one page a server and turn, so that a busy one keeps none waiting.</summary>
internal sealed class StreamTurns(DatabaseSession session, TableTail rows, EpochGuard guard, TimeProvider time)
{
    /// <summary>Reads until all is read or the time is up.</summary>
    /// <param name="servers">Servers whose last ids are known.</param>
    /// <param name="tables">What to read of each.</param>
    /// <param name="settings">Settings of this collection.</param>
    /// <param name="until">Monotonic time stamp after which no page is begun.</param>
    /// <param name="failed">Takes a server whose table cannot be read; it is left for this collection.</param>
    /// <param name="cancellationToken">Breaks off a statement that does not end.</param>
    /// <returns>Whether everything was read up to its end.</returns>
    /// <exception cref="MySqlConnector.MySqlException">The host does not answer.</exception>
    public async Task<bool> ReadAsync(
        IEnumerable<ServerTail> servers,
        IReadOnlyList<TableReader> tables,
        TableTail.Settings settings,
        long until,
        Action<ServerTail, TableReader, Exception> failed,
        CancellationToken cancellationToken)
    {
        var turns = new Queue<(ServerTail Server, TableReader Table)>();
        foreach (var server in servers)
        {
            foreach (var table in tables)
            {
                if (NeedsReading(server, table))
                    turns.Enqueue((server, table));
            }
        }
        while (turns.TryPeek(out var turn) && time.GetTimestamp() < until)
        {
            turns.Dequeue();
            if (turn.Table.Stream == TailStream.Deliveries && turn.Server.MessagesFirst)
            {
                var messagesToCome = turns.Any(other => other.Server == turn.Server);
                if (messagesToCome)
                    turns.Enqueue(turn);
                if (messagesToCome || turn.Server.Problem is not null)
                    continue;
            }
            if (await TryReadAsync(turn.Server, turn.Table, settings, failed, cancellationToken))
                turns.Enqueue(turn);
        }
        return turns.Count == 0;
    }

    private bool NeedsReading(ServerTail server, TableReader table)
    {
        var stream = (int)table.Stream;
        var head = server.Heads![stream];
        ref var cursor = ref server.State.Cursors[stream];
        if (cursor is null)
        {
            // The heads of the first collection are the place to begin, whatever happens before the rows are read. So are those
            // at which a stream is followed that was not before: what it has is as old as what was not asked for.
            var start = server.State.FromEnd || (server.IsKnown && !table.IsMail) ? head : 0;
            cursor = new StreamCursor { Position = start, Start = start, Changed = true };
            server.AgedUntil[stream] = time.GetTimestamp();
            return start > 0 || head > 0;
        }
        return head != cursor.Position || !cursor.Missing.IsEmpty || EpochGuard.EndsOtherwise(server, table);
    }

    private async Task<bool> TryReadAsync(
        ServerTail server, TableReader table, TableTail.Settings settings, Action<ServerTail, TableReader, Exception> failed, CancellationToken cancellationToken)
    {
        var stream = (int)table.Stream;
        var cursor = server.State.Cursors[stream]!;
        try
        {
            if (cursor is { Anchor: null, Start: > 0 } && cursor.Position == cursor.Start)
                await rows.BeginAsync(server, table, settings, cancellationToken);
            // Without the main database, a table that was replaced may belong to another server that has the same id now.
            if (!settings.Discovered && !await guard.IsSameAsync(server, table, cancellationToken))
                return false;
            var now = time.GetTimestamp();
            var aged = server.AgedUntil[stream] == 0 ? TimeSpan.Zero : time.GetElapsedTime(server.AgedUntil[stream], now);
            if (await rows.ReadPageAsync(server, table, settings, aged, cancellationToken))
                return true;
            if (!cursor.Missing.IsEmpty)
                await rows.ReadMissingAsync(server, table, settings, aged, cancellationToken);
            server.AgedUntil[stream] = now;
            return false;
        }
        catch (Exception exception) when (!session.IsConnectionFailure(exception) && exception is not OperationCanceledException)
        {
            failed(server, table, exception);
            return false;
        }
    }
}
