using System.Globalization;
using MySqlConnector;
using PostalExporter.Postal;

namespace PostalExporter.Tail;

/// <summary>
/// Reads the last row of both tables of all message databases: its id, and its time stamp, by which a table that was
/// replaced is told. It is the one entry at the end of the primary key, whatever the table's size.
/// </summary>
internal sealed class HeadReader(DatabaseSession session, string prefix)
{
    /// <summary>Sets <see cref="ServerTail.Heads"/>, which are null before, and <see cref="ServerTail.HeadTimestamps"/>, or <see cref="ServerTail.Problem"/> of those that cannot be read.</summary>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public async Task ReadAsync(IReadOnlyCollection<ServerTail> servers, CancellationToken cancellationToken)
    {
        // Those that failed last time are asked one by one after the rest, so that they do not spoil a statement again.
        var alone = servers.Where(server => server.AskedAlone).ToList();
        await RunAsync(servers.Where(server => !server.AskedAlone), cancellationToken);
        foreach (var server in alone)
            await RunAsync([server], cancellationToken);
    }

    /// <summary>Sets the heads of other tables of servers whose mail can be read.</summary>
    /// <param name="servers">The servers.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="failed">Takes a server of which one cannot be read, and why.</param>
    /// <param name="cancellationToken">Breaks off the statement.</param>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public Task ReadOthersAsync(
        IReadOnlyCollection<ServerTail> servers, IReadOnlyList<TableReader> tables, Action<ServerTail, string> failed, CancellationToken cancellationToken)
    {
        var asked = tables.Where(table => table.Stream != TailStream.Inspection).ToList();
        if (asked.Count == 0)
            return Task.CompletedTask;
        return ChunkedQuery.RunAsync(
            session,
            servers,
            (number, server) =>
            {
                var schema = SchemaName.OfServer(prefix, server.Server.Id);
                var heads = asked.Select(table => $"(SELECT CONCAT_WS(' ', id, timestamp) FROM {schema}.{table.Table} ORDER BY id DESC LIMIT 1)");
                return string.Create(CultureInfo.InvariantCulture, $"SELECT {number}, {string.Join(", ", heads)}");
            },
            (server, row) =>
            {
                for (var i = 0; i < asked.Count; i++)
                    SetHead(server, asked[i].Stream, Read(row, i + 1));
            },
            (server, exception) => failed(server, DatabaseSession.Describe(exception)),
            cancellationToken);
    }

    private static void SetHead(ServerTail server, TailStream stream, (long Id, decimal Timestamp) last)
    {
        server.LastHeads[(int)stream] = last.Id;
        server.HeadTimestamps[(int)stream] = last.Timestamp;
    }

    private Task RunAsync(IEnumerable<ServerTail> servers, CancellationToken cancellationToken) => ChunkedQuery.RunAsync(
        session,
        servers,
        (number, server) =>
        {
            var schema = SchemaName.OfServer(prefix, server.Server.Id);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT {number}, (SELECT CONCAT_WS(' ', id, timestamp) FROM {schema}.messages ORDER BY id DESC LIMIT 1), "
                + $"(SELECT CONCAT_WS(' ', id, timestamp) FROM {schema}.deliveries ORDER BY id DESC LIMIT 1)");
        },
        (server, row) =>
        {
            var (messages, deliveries) = (Read(row, 1), Read(row, 2));
            server.Heads = server.LastHeads;
            SetHead(server, TailStream.Messages, messages);
            SetHead(server, TailStream.Deliveries, deliveries);
            // The same table, read a second time.
            SetHead(server, TailStream.Inspection, messages);
            server.Problem = null;
            server.AskedAlone = false;
        },
        (server, exception) =>
        {
            server.Problem = DatabaseSession.Describe(exception);
            server.AskedAlone = true;
        },
        cancellationToken);

    // One column, so that one entry of the index is read for both.
    private static (long Id, decimal Timestamp) Read(MySqlDataReader row, int column)
    {
        if (row.IsDBNull(column))
            return (0, 0);
        var parts = row.GetString(column).Split(' ');
        return (long.Parse(parts[0], CultureInfo.InvariantCulture), parts.Length < 2 ? 0 : decimal.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
