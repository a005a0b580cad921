using System.Globalization;
using MySqlConnector;

namespace PostalExporter.Benchmarks;

/// <summary>
/// Writes what Postal would to its share of the servers: messages, their deliveries and later attempts, the queue, credentials;
/// deletes old rows as retention does, and now and then a whole message database is made anew.
/// </summary>
/// <param name="servers">Its share: nobody else writes to these.</param>
/// <param name="ledger">Where committed rows are noted.</param>
/// <param name="countedAsync">Waits until everything that was committed before the call is on a page.</param>
/// <param name="random">Source of every choice.</param>
internal sealed class SoakWriter(
    IReadOnlyList<SoakServer> servers, SoakLedger ledger, Func<CancellationToken, Task> countedAsync, Random random)
{
    private const int PartServers = 100;
    private const int MovesPerPart = 250;
    private const int CleanedServers = 20;
    private const int CleaningsPerNewDatabase = 3;
    private const int KeptMessages = 100;
    private const int RecipientDomains = 5_000;
    private const int Guests = 3;

    private static readonly TimeSpan MoveInterval = TimeSpan.FromMilliseconds(40);
    private static readonly Outcome Sent = new("Sent", "Message accepted by 192.0.2.25:25 (mx.example)", "250 2.0.0 Ok: queued as 4B1");

    // What else may become of a message, one for each cause that tells on series of its own.
    private static readonly Outcome[] Others =
    [
        new("SoftFail", "Temporary SMTP delivery error when sending to 192.0.2.25:25 (mx.example)", "451 4.7.1 Too many messages, slow down"),
        new("HardFail", "Permanent SMTP delivery error when sending to 192.0.2.25:25 (mx.example)", "550 5.1.1 No such user here"),
        new("SoftFail", "An error occurred while sending the message to 192.0.2.25:25 (mx.example)", "end of file reached"),
        new("HardFail", "Permanent SMTP delivery error when sending to 192.0.2.25:25 (mx.example)", "554 5.7.1 This message looks like spam"),
        new("SoftFail", "Temporary SMTP delivery error when sending to 192.0.2.25:25 (mx.example)", "452 4.2.2 Mailbox full"),
        new("Held", "Message held because send limit (100) has been reached.", ""),
        new("Bounced", "A bounce message has come for this e-mail. See <msg:1> for details.", ""),
        new("Error", "An internal error occurred while sending this message.", "IOError: closed stream"),
    ];

    private int cleanings;
    private int nextToClean;

    /// <summary>Moves every server once, with everything that can become of its messages, so that all series are there.</summary>
    public async Task FillAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connections = await Connections.OpenAsync(connectionString, cancellationToken);
        foreach (var server in servers)
            await MoveAsync(server, connections, 2 * Others.Length, cancellationToken);
    }

    /// <summary>Writes until it is told to end, to another part of its servers every ten seconds; what was begun is brought to its end.</summary>
    /// <param name="connectionString">The administrator's.</param>
    /// <param name="until">Ends the load.</param>
    /// <param name="cancellationToken">Breaks off.</param>
    public async Task RunAsync(string connectionString, CancellationToken until, CancellationToken cancellationToken)
    {
        await using var connections = await Connections.OpenAsync(connectionString, cancellationToken);
        while (!until.IsCancellationRequested)
        {
            var part = random.GetItems(servers.ToArray(), PartServers);
            for (var moves = 0; moves < MovesPerPart && !until.IsCancellationRequested; moves++)
            {
                // The load is a rate, which the machine keeps or does not.
                var pause = Task.Delay(MoveInterval, TimeProvider.System, cancellationToken);
                var server = part[random.Next(part.Length)];
                await MoveAsync(server, connections, random.Next(1, server.Busy ? 40 : 5), cancellationToken);
                await pause;
            }
            await CleanAsync(connections.First, cancellationToken);
        }
    }

    private async Task MoveAsync(SoakServer server, Connections connections, int count, CancellationToken cancellationToken)
    {
        var outcomes = new List<(long Message, Outcome Outcome)>();
        // Sometimes a message becomes visible after others with higher ids.
        if (random.Next(10) == 0)
        {
            await using var late = await connections.Second.BeginTransactionAsync(cancellationToken);
            var id = await InsertMessagesAsync(server, connections.Second, late, 1, cancellationToken);
            await WriteMessagesAsync(server, connections.First, count, outcomes, cancellationToken);
            await late.CommitAsync(cancellationToken);
            Commit(server, messages: 1, deliveries: 0);
            outcomes.Add((id, Sent));
        }
        else
        {
            await WriteMessagesAsync(server, connections.First, count, outcomes, cancellationToken);
        }
        for (var again = Math.Min(server.Waiting.Count, count); again > 0; again--)
            outcomes.Add((server.Waiting.Dequeue(), random.Next(3) == 0 ? Others[0] : Sent));
        await WriteDeliveriesAsync(server, connections.First, outcomes, cancellationToken);
    }

    private async Task WriteMessagesAsync(
        SoakServer server, MySqlConnection connection, int count, List<(long Message, Outcome Outcome)> outcomes, CancellationToken cancellationToken)
    {
        var first = await InsertMessagesAsync(server, connection, null, count, cancellationToken);
        Commit(server, messages: count, deliveries: 0);
        server.LastMessageId = first + count - 1;
        for (var i = 0; i < count; i++)
            outcomes.Add((first + i, random.Next(8) > 0 ? Sent : Others[server.Busy ? random.Next(Others.Length) : server.Id % Others.Length]));
    }

    /// <summary>Inserts messages with one statement, whose ids follow one another.</summary>
    /// <returns>The first id.</returns>
    private async Task<long> InsertMessagesAsync(
        SoakServer server, MySqlConnection connection, MySqlTransaction? transaction, int count, CancellationToken cancellationToken)
    {
        var rows = string.Join(", ", Enumerable.Range(0, count).Select(_ =>
        {
            var credential = server.Guest is { } guest && random.Next(4) == 0 ? guest : server.Credentials[random.Next(server.Credentials.Count)];
            // The cube makes some domains much busier than others.
            var domain = server.Busy ? (int)(RecipientDomains * Math.Pow(random.NextDouble(), 3)) : 0;
            var (scope, sender) = random.Next(10) == 0 ? ("incoming", "NULL") : ("outgoing", credential.ToString(CultureInfo.InvariantCulture));
            return string.Create(
                CultureInfo.InvariantCulture,
                $"('t', '{scope}', 'a{random.Next(1_000)}@d{domain}.example', 'b@server.example', 'subject', UNIX_TIMESTAMP(NOW(6)), 1, {sender}, 'Pending', '{random.Next(1_000, 50_000)}')");
        }));
        await using var command = new MySqlCommand(
            $"INSERT INTO {ManyServers.Name(server.Id)}.messages (token, scope, rcpt_to, mail_from, subject, timestamp, domain_id, credential_id, status, size) VALUES {rows}",
            connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return command.LastInsertedId;
    }

    private async Task WriteDeliveriesAsync(
        SoakServer server, MySqlConnection connection, List<(long Message, Outcome Outcome)> outcomes, CancellationToken cancellationToken)
    {
        var name = ManyServers.Name(server.Id);
        var rows = string.Join(", ", outcomes.Select(pair => string.Create(
            CultureInfo.InvariantCulture,
            $"({pair.Message}, '{pair.Outcome.Status}', '{pair.Outcome.Details}', '{pair.Outcome.Output}', UNIX_TIMESTAMP(NOW(6)), 0.25)")));
        await ExecuteAsync(connection, $"INSERT INTO {name}.deliveries (message_id, status, details, output, timestamp, time) VALUES {rows}", cancellationToken);
        Commit(server, messages: 0, deliveries: outcomes.Count);

        var waiting = outcomes.Where(pair => pair.Outcome.IsRepeated).Select(pair => pair.Message).ToList();
        waiting.ForEach(server.Waiting.Enqueue);
        var after = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"DELETE FROM postal.queued_messages WHERE server_id = {server.Id} AND message_id IN ({Ids(outcomes)})"),
            string.Create(CultureInfo.InvariantCulture, $"""
                INSERT INTO {name}.live_stats (type, minute, count, timestamp) VALUES ('outgoing', MINUTE(UTC_TIMESTAMP()), {outcomes.Count}, UNIX_TIMESTAMP(NOW(6)))
                ON DUPLICATE KEY UPDATE count = IF(timestamp < UNIX_TIMESTAMP() - 1800, 0, count) + {outcomes.Count}, timestamp = UNIX_TIMESTAMP(NOW(6))
                """),
        };
        foreach (var status in outcomes.GroupBy(pair => pair.Outcome.Status))
            after.Add($"UPDATE {name}.messages SET status = '{status.Key}', held = {(status.Key == "Held" ? 1 : 0)} WHERE id IN ({Ids(status)})");
        if (waiting.Count > 0)
        {
            var queued = string.Join(", ", waiting.Select(message => string.Create(CultureInfo.InvariantCulture, $"({server.Id}, {message}, 'd.example', NOW(6), NOW(6), NOW() + INTERVAL {random.Next(60)} SECOND)")));
            after.Add($"INSERT INTO postal.queued_messages (server_id, message_id, domain, created_at, updated_at, retry_after) VALUES {queued}");
        }
        await ExecuteAsync(connection, string.Join("; ", after), cancellationToken);
    }

    private async Task CleanAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        // What is deleted must have been counted: the exporter cannot count what it never saw.
        await countedAsync(cancellationToken);
        for (var i = 0; i < CleanedServers; i++)
            await RetainAsync(servers[nextToClean++ % servers.Count], connection, cancellationToken);
        if (++cleanings % CleaningsPerNewDatabase == 0)
            await MakeAnewAsync(servers[random.Next(servers.Count)], connection, cancellationToken);
        await ChangeCredentialAsync(servers[random.Next(Guests)], connection, cancellationToken);
    }

    // As retention does: everything that belongs to messages up to an id.
    private static async Task RetainAsync(SoakServer server, MySqlConnection connection, CancellationToken cancellationToken)
    {
        var through = server.LastMessageId - KeptMessages;
        if (through <= 0)
            return;
        var name = ManyServers.Name(server.Id);
        await ExecuteAsync(
            connection,
            string.Create(CultureInfo.InvariantCulture, $"""
                DELETE FROM {name}.deliveries WHERE message_id <= {through}; DELETE FROM {name}.messages WHERE id <= {through};
                DELETE FROM postal.queued_messages WHERE server_id = {server.Id} AND message_id <= {through}
                """),
            cancellationToken);
        server.ForgetThrough(through);
    }

    private static async Task MakeAnewAsync(SoakServer server, MySqlConnection connection, CancellationToken cancellationToken)
    {
        // The first is the pattern of all others.
        if (server.Id == 1)
            return;
        await ExecuteAsync(
            connection,
            string.Create(CultureInfo.InvariantCulture, $"DELETE FROM postal.queued_messages WHERE server_id = {server.Id}; DROP DATABASE {ManyServers.Name(server.Id)}"),
            cancellationToken);
        await ManyServers.CreateDatabaseAsync(connection, server.Id, cancellationToken);
        server.ForgetThrough(server.LastMessageId);
        server.LastMessageId = 0;
    }

    private static async Task ChangeCredentialAsync(SoakServer server, MySqlConnection connection, CancellationToken cancellationToken)
    {
        var id = server.Id.ToString(CultureInfo.InvariantCulture);
        if (server.Guest is { } guest)
        {
            await ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"DELETE FROM postal.credentials WHERE id = {guest}"), cancellationToken);
            server.Guest = null;
            return;
        }
        await using var command = new MySqlCommand(
            $"""
            INSERT INTO postal.credentials (server_id, `key`, type, name, hold, uuid, created_at, updated_at, last_used_at)
            VALUES ({id}, 'key-{id}-guest', 'SMTP', 'guest', 0, UUID(), NOW(), NOW(), NOW())
            """,
            connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        server.Guest = (int)command.LastInsertedId;
    }

    private void Commit(SoakServer server, int messages, int deliveries)
    {
        server.Messages += messages;
        server.Deliveries += deliveries;
        ledger.Commit(messages + deliveries);
    }

    private static string Ids(IEnumerable<(long Message, Outcome Outcome)> outcomes) =>
        string.Join(", ", outcomes.Select(pair => pair.Message.ToString(CultureInfo.InvariantCulture)));

    private static async Task ExecuteAsync(MySqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new MySqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record Outcome(string Status, string Details, string Output)
    {
        /// <summary>Whether Postal tries again.</summary>
        public bool IsRepeated => Status is "SoftFail" or "Error";
    }

    /// <summary>One connection for most statements, and one for what is committed late.</summary>
    private sealed record Connections(MySqlConnection First, MySqlConnection Second) : IAsyncDisposable
    {
        public static async Task<Connections> OpenAsync(string connectionString, CancellationToken cancellationToken)
        {
            var connections = new Connections(new MySqlConnection(connectionString), new MySqlConnection(connectionString));
            await connections.First.OpenAsync(cancellationToken);
            await connections.Second.OpenAsync(cancellationToken);
            return connections;
        }

        public async ValueTask DisposeAsync()
        {
            await First.DisposeAsync();
            await Second.DisposeAsync();
        }
    }
}
