using System.Text;
using MySqlConnector;
using PostalExporter.Postal;

namespace PostalExporter.Tail;

/// <summary>
/// Asks many message databases the same question in few statements. A database that cannot answer costs the others
/// nothing: its statement is split until it is alone.
/// </summary>
internal static class ChunkedQuery
{
    private const int DatabasesPerStatement = 100;

    /// <summary>Runs the question.</summary>
    /// <param name="session">Connection to the message databases.</param>
    /// <typeparam name="T">What a row is asked for: a server, or a part of one.</typeparam>
    /// <param name="items">What to ask for.</param>
    /// <param name="select">A SELECT of one row for an item; its first column must be the number that is given.</param>
    /// <param name="read">Takes an item's row.</param>
    /// <param name="failed">Takes an item whose database cannot answer, and why.</param>
    /// <param name="cancellationToken">Breaks off the statement.</param>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public static async Task RunAsync<T>(
        DatabaseSession session,
        IEnumerable<T> items,
        Func<int, T, string> select,
        Action<T, MySqlDataReader> read,
        Action<T, MySqlException> failed,
        CancellationToken cancellationToken)
    {
        foreach (var chunk in items.Chunk(DatabasesPerStatement))
            await RunChunkAsync(chunk);

        async Task RunChunkAsync(ArraySegment<T> chunk)
        {
            try
            {
                await QueryAsync(chunk);
            }
            catch (MySqlException exception) when (!session.IsConnectionFailure(exception) && !cancellationToken.IsCancellationRequested)
            {
                if (chunk.Count == 1)
                {
                    failed(chunk[0], exception);
                    return;
                }
                // Not every error says which database it is about.
                await RunChunkAsync(chunk[..(chunk.Count / 2)]);
                await RunChunkAsync(chunk[(chunk.Count / 2)..]);
            }
        }

        async Task QueryAsync(ArraySegment<T> chunk)
        {
            var sql = new StringBuilder();
            for (var i = 0; i < chunk.Count; i++)
                sql.Append(i == 0 ? "" : " UNION ALL ").Append(select(i, chunk[i]));
            await using var command = await session.CommandAsync(sql.ToString(), cancellationToken);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                read(chunk[reader.GetInt32(0)], reader);
        }
    }
}
