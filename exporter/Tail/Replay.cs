using MySqlConnector;
using PostalExporter.Postal;
using PostalExporter.Signals;

namespace PostalExporter.Tail;

/// <summary>Reads rows of the past in the order of their time, and shows them to the signals at their time.</summary>
/// <param name="session">Connection to the message databases.</param>
/// <param name="rows">Counts the rows.</param>
/// <param name="context">Is told the time.</param>
/// <param name="clock">Is put to the time.</param>
internal sealed class Replay(DatabaseSession session, TableTail rows, SignalContext context, VirtualClock clock)
{
    /// <summary>Reads rows up to the last of several moments.</summary>
    /// <param name="servers">The server, or all servers of one name: those count in the same series. Their heads are known.</param>
    /// <param name="moments">Moments, ascending: rows up to each are counted, then it is told.</param>
    /// <param name="toEnd">Whether rows that are dated after the last moment belong to it.</param>
    /// <param name="settings">Settings of the tail.</param>
    /// <param name="reached">Takes the index of a moment whose rows are counted.</param>
    /// <param name="cancellationToken">Breaks off a statement.</param>
    /// <exception cref="MySqlException">A table cannot be read.</exception>
    public async Task ReadAsync(
        IReadOnlyList<ServerTail> servers, IReadOnlyList<DateTimeOffset> moments, bool toEnd, TableTail.Settings settings, Action<int> reached, CancellationToken cancellationToken)
    {
        var streams = await OpenAsync(servers, settings, cancellationToken);
        for (var index = 0; index < moments.Count; index++)
        {
            var elapsed = moments[index] - clock.GetUtcNow();
            clock.Set(moments[index]);
            context.Now = moments[index].ToUnixTimeSeconds();
            var until = toEnd && index == moments.Count - 1 ? decimal.MaxValue : moments[index].ToUnixTimeMilliseconds() / 1000m;
            foreach (var server in servers)
                server.Moved = false;
            while (Earliest(streams, until) is { } stream)
            {
                stream.Count(settings.Settle);
                if (!stream.TryMove())
                    await stream.LoadAsync(settings.PageRows, cancellationToken);
            }
            foreach (var server in servers)
                Pass(server, elapsed, rebalance: servers.Count == 1);
            reached(index);
        }
    }

    // Rows that became visible late since the last reading come first.
    private async Task<List<ReplayedStream>> OpenAsync(IReadOnlyList<ServerTail> servers, TableTail.Settings settings, CancellationToken cancellationToken)
    {
        var streams = new List<ReplayedStream>();
        foreach (var server in servers)
        {
            foreach (var table in InstallationTail.Replayed)
            {
                if (server.State.Cursors[(int)table.Stream] is not { } cursor)
                    continue;
                if (!cursor.Missing.IsEmpty)
                    await rows.ReadMissingAsync(server, table, settings, TimeSpan.Zero, cancellationToken);
                var stream = new ReplayedStream(session, rows, server, table, clock.GetUtcNow().ToUnixTimeSeconds());
                await stream.LoadAsync(settings.PageRows, cancellationToken);
                streams.Add(stream);
            }
        }
        return streams;
    }

    // Of rows of the same moment those of messages come first, as they do in the list.
    private static ReplayedStream? Earliest(List<ReplayedStream> streams, decimal until)
    {
        ReplayedStream? earliest = null;
        foreach (var stream in streams)
        {
            if (stream.Next <= until && (earliest is null || stream.Next < earliest.Next))
                earliest = stream;
        }
        return earliest;
    }

    private static void Pass(ServerTail server, TimeSpan elapsed, bool rebalance)
    {
        server.Elapse(elapsed);
        foreach (var cursor in server.State.Cursors)
            cursor?.Elapse(elapsed);
        if (server.Moved && rebalance)
            server.Rebalance();
    }
}
