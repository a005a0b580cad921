using System.Globalization;
using MySqlConnector;
using PostalSimulator.Databases;
using PostalSimulator.Installations;
using Installation = PostalSimulator.Installations.Installation;

namespace PostalExporter.Benchmarks;

/// <summary>
/// An installation of a thousand servers and more: rows in the main database and, for each server, a message database with the
/// tables that the exporter reads. Made by SQL, as the simulator's way through every table would take an hour.
/// </summary>
internal static class ManyServers
{
    private const int CredentialsPerServer = 10;
    private const int RowsPerServer = 100;
    private static readonly string[] Tables = ["messages", "deliveries", "live_stats", "raw_message_sizes", "loads", "clicks", "suppressions"];

    /// <summary>Makes the databases.</summary>
    public static async Task<Installation> CreateAsync(MariaDbServer database, int servers, CancellationToken cancellationToken)
    {
        var installation = await Installation.CreateAsync(
            database.ConnectionString,
            new InstallationDescription { Organizations = [new("Organization", "org") { Servers = [new("Server", "server-1") { Domains = ["server.example"] }] }] },
            cancellationToken);
        installation.KeepDatabases = true;
        await using var connection = new MySqlConnection(database.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        var seed = string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO postal.servers (id, organization_id, uuid, name, permalink, mode, token, created_at, updated_at)
            SELECT seq, 1, UUID(), CONCAT('Server ', seq), CONCAT('server-', seq), 'Live', CONCAT('t', seq), NOW(), NOW() FROM postal.seq_2_to_{servers};
            INSERT INTO postal.credentials (server_id, `key`, type, name, hold, uuid, created_at, updated_at, last_used_at)
            SELECT s.id, CONCAT('key-', s.id, '-', n.seq), 'SMTP', CONCAT('credential-', n.seq), 0, UUID(), NOW(), NOW(), NOW()
            FROM postal.servers s JOIN postal.seq_1_to_{CredentialsPerServer} n;
            INSERT INTO `postal-server-1`.messages (token, scope, rcpt_to, mail_from, subject, timestamp, domain_id, credential_id, status, size)
            SELECT CONCAT('t', seq), 'outgoing', CONCAT('a', seq, '@example.com'), 'b@server.example', 'subject', UNIX_TIMESTAMP(), 1, seq MOD 10 + 1, 'Sent', 1000
            FROM postal.seq_1_to_{RowsPerServer};
            INSERT INTO `postal-server-1`.deliveries (message_id, status, details, output, timestamp)
            SELECT seq, 'Sent', 'details', '250 2.0.0 Ok', UNIX_TIMESTAMP() FROM postal.seq_1_to_{RowsPerServer};
            """);
        await ExecuteAsync(connection, seed, cancellationToken);
        for (var id = 2; id <= servers; id++)
        {
            await CreateDatabaseAsync(connection, id, cancellationToken);
            var name = Name(id);
            await ExecuteAsync(
                connection,
                $"INSERT INTO {name}.messages SELECT * FROM `postal-server-1`.messages; INSERT INTO {name}.deliveries SELECT * FROM `postal-server-1`.deliveries;",
                cancellationToken);
        }
        return installation;
    }

    /// <summary>Makes the empty message database of a server other than the first.</summary>
    /// <param name="connection">To the message databases.</param>
    /// <param name="id"><c>servers.id</c>.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static Task CreateDatabaseAsync(MySqlConnection connection, int id, CancellationToken cancellationToken)
    {
        var tables = string.Concat(Tables.Select(table => $"CREATE TABLE {Name(id)}.{table} LIKE `postal-server-1`.{table};"));
        return ExecuteAsync(connection, $"CREATE DATABASE {Name(id)} CHARSET utf8mb4; {tables}", cancellationToken);
    }

    /// <summary>Quoted name of a server's message database.</summary>
    public static string Name(int id) => string.Create(CultureInfo.InvariantCulture, $"`postal-server-{id}`");

    /// <summary>Writes messages with a delivery each into the first servers.</summary>
    /// <param name="connection">To the message databases.</param>
    /// <param name="servers">How many servers move.</param>
    /// <param name="rows">Messages of each.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task MoveAsync(MySqlConnection connection, int servers, int rows, CancellationToken cancellationToken)
    {
        for (var id = 1; id <= servers; id++)
        {
            var name = Name(id);
            await ExecuteAsync(
                connection,
                string.Create(CultureInfo.InvariantCulture, $"""
                    INSERT INTO {name}.messages (token, scope, rcpt_to, mail_from, subject, timestamp, domain_id, credential_id, status, size)
                    SELECT CONCAT('t', seq), 'outgoing', CONCAT('a', seq, '@example.com'), 'b@server.example', 'subject', UNIX_TIMESTAMP(), 1, seq MOD 10 + 1, 'Sent', 1000
                    FROM postal.seq_1_to_{rows};
                    INSERT INTO {name}.deliveries (message_id, status, details, output, timestamp)
                    SELECT id, 'Sent', 'details', '250 2.0.0 Ok', UNIX_TIMESTAMP() FROM {name}.messages ORDER BY id DESC LIMIT {rows};
                    """),
                cancellationToken);
        }
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new MySqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
