using System.Globalization;
using MySqlConnector;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Signals;

namespace PostalExporter.Tail;

/// <summary>
/// Reads backwards what servers had before they were first seen, in the time that collections leave, so that signals know
/// what is usual from the first day. Nothing of it is counted.
/// </summary>
/// <param name="session">Connection to the message databases.</param>
/// <param name="prefix">Prefix of their names.</param>
/// <param name="counters">Where nothing is counted.</param>
/// <param name="pageRows">Ids of a page.</param>
/// <param name="lookBack">How far back it is read.</param>
/// <param name="time">The clock.</param>
internal sealed class HistoryReader(DatabaseSession session, string prefix, CounterTable counters, int pageRows, TimeSpan lookBack, TimeProvider time)
{
    private readonly RowEffects effects = new();

    /// <summary>Reads one page a server and turn, until all is read or the time is up.</summary>
    /// <param name="servers">Servers that are readable.</param>
    /// <param name="until">Monotonic time stamp after which no page is begun.</param>
    /// <param name="cancellationToken">Breaks off a statement.</param>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public async Task ReadAsync(IEnumerable<ServerTail> servers, long until, CancellationToken cancellationToken)
    {
        var turns = new Queue<ServerTail>(servers.Where(server => server.State.Memories.History.IsOpen && server.State.Cursors[(int)TailStream.Messages] is not null));
        var oldest = (time.GetUtcNow() - lookBack).ToUnixTimeSeconds();
        while (turns.TryDequeue(out var server) && time.GetTimestamp() < until)
        {
            var progress = server.State.Memories.History;
            // What is above the cursor is counted, and remembered with it.
            progress.Next ??= server.State.Cursors[(int)TailStream.Messages]!.Position;
            try
            {
                progress.Next = await ReadPageAsync(server, progress.Next.Value, oldest, cancellationToken);
            }
            catch (MySqlException exception) when (!session.IsConnectionFailure(exception))
            {
                // The tail meets the same error, and says so.
                continue;
            }
            if (progress.IsOpen)
                turns.Enqueue(server);
        }
    }

    // The next id to read below; 0 when there is none, or it is too old.
    private async Task<long> ReadPageAsync(ServerTail server, long last, long oldest, CancellationToken cancellationToken)
    {
        var sql = string.Create(CultureInfo.InvariantCulture, $"""
            SELECT id, timestamp, scope, credential_id, domain_id, rcpt_to
            FROM {SchemaName.OfServer(prefix, server.Server.Id)}.messages FORCE INDEX (PRIMARY)
            WHERE id <= {last} ORDER BY id DESC LIMIT {pageRows}
            """);
        await using var command = await session.CommandAsync(sql, cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var next = 0L;
        var isOver = false;
        while (await reader.ReadAsync(cancellationToken))
        {
            next = reader.GetInt64(0) - 1;
            var moment = reader.IsDBNull(1) ? 0 : (long)reader.GetDecimal(1);
            isOver |= moment > 0 && moment < oldest;
            if (isOver || moment == 0)
                continue;
            effects.Clear();
            server.Signals.Learn(
                new MessageEvent(
                    reader.GetInt64(0), reader.IsDBNull(2) || reader.GetString(2) != "incoming", GetId(reader, 3), GetId(reader, 4), 0,
                    reader.IsDBNull(5) ? null : reader.GetString(5), moment),
                effects);
            effects.Apply(counters);
        }
        return isOver ? 0 : next;
    }

    private static int GetId(MySqlDataReader row, int column) => row.IsDBNull(column) ? 0 : row.GetInt32(column);
}
