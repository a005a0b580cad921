using System.Globalization;
using MySqlConnector;
using PostalExporter.Postal;

namespace PostalExporter.Tail;

/// <summary>
/// Reads the last ids of all message databases. MariaDB answers MAX of a primary key from the end of the index
/// ("Select tables optimized away"), whatever the table's size.
/// </summary>
internal sealed class HeadReader(DatabaseSession session, string prefix)
{
    /// <summary>Sets <see cref="ServerTail.Heads"/>, which are null before, or <see cref="ServerTail.Problem"/> of those that cannot be read.</summary>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public async Task ReadAsync(IReadOnlyCollection<ServerTail> servers, CancellationToken cancellationToken)
    {
        // Those that failed last time are asked one by one after the rest, so that they do not spoil a statement again.
        var alone = servers.Where(server => server.AskedAlone).ToList();
        await RunAsync(servers.Where(server => !server.AskedAlone), cancellationToken);
        foreach (var server in alone)
            await RunAsync([server], cancellationToken);
    }

    private Task RunAsync(IEnumerable<ServerTail> servers, CancellationToken cancellationToken) => ChunkedQuery.RunAsync(
        session,
        servers,
        (number, server) =>
        {
            var schema = SchemaName.OfServer(prefix, server.Server.Id);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT {number}, (SELECT MAX(id) FROM {schema}.messages), (SELECT MAX(id) FROM {schema}.deliveries)");
        },
        (server, row) =>
        {
            server.Heads = [row.IsDBNull(1) ? 0 : row.GetInt64(1), row.IsDBNull(2) ? 0 : row.GetInt64(2)];
            server.Problem = null;
            server.AskedAlone = false;
        },
        (server, exception) =>
        {
            server.Problem = DatabaseSession.Describe(exception);
            server.AskedAlone = true;
        },
        cancellationToken);
}
