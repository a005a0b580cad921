using System.Globalization;
using MySqlConnector;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Tail;

namespace PostalExporter.Collectors;

/// <summary>
/// Gauges from the message databases. They change only when mail moves, or slowly, so most servers keep the values of an
/// earlier collection: asking a thousand databases at every scrape would cost more than everything else together.
/// </summary>
internal sealed class MessageDatabaseCollector(DatabaseSession session, string prefix, TimeProvider time)
{
    /// <summary>Name in the label <c>collector</c>.</summary>
    public const string Name = "message_database";

    /// <summary>For the landing page.</summary>
    public const string Description = "Send volume, held messages, suppressions and raw storage of the message databases.";

    // Held messages are counted by their index entries: read less often, as retention alone changes them unseen.
    private static readonly TimeSpan RefreshHeld = TimeSpan.FromHours(1);
    private static readonly TimeSpan RefreshRest = TimeSpan.FromMinutes(4);

    // A list of suppressions may be long, and the count goes through all of it.
    private static readonly TimeSpan RefreshMovedSuppressions = TimeSpan.FromMinutes(1);

    private readonly Dictionary<int, Reading> readings = [];

    /// <summary>Sets the gauges of all servers that could be read, and reads those anew that are due.</summary>
    /// <exception cref="MySqlException">The host does not answer; no gauge was set.</exception>
    /// <exception cref="SchemaException">Some databases could not be read; the gauges of the others are set.</exception>
    public async Task CollectAsync(IReadOnlyCollection<ServerTail> servers, IGaugeSink gauges, CancellationToken cancellationToken)
    {
        var now = time.GetTimestamp();
        foreach (var gone in readings.Keys.Except(servers.Select(server => server.Server.Id)).ToList())
            readings.Remove(gone);
        foreach (var server in servers)
            readings.TryAdd(server.Server.Id, new Reading());
        var problems = new List<string>();
        var due = servers.Where(server => server.Heads is not null && IsDue(server, now)).ToList();
        await ChunkedQuery.RunAsync(
            session,
            due,
            (number, server) => Select(number, server, now),
            (server, row) => Take(server, row, now),
            (server, exception) =>
            {
                if (!TakeFailure(server, exception))
                    problems.Add($"{server.Server.Organization}/{server.Server.Permalink} (id {server.Server.Id}): {DatabaseSession.Describe(exception)}");
            },
            cancellationToken);
        foreach (var server in servers)
            Set(server, readings[server.Server.Id], gauges);
        if (problems.Count > 0)
            throw new SchemaException($"{problems.Count} message databases, first {problems[0]}");
    }

    private bool IsDue(ServerTail server, long now)
    {
        var reading = readings[server.Server.Id];
        // The send volume is a window of an hour: it sinks while nothing moves.
        return server.Moved || reading.At is not { } at || reading.SendVolume > 0 || time.GetElapsedTime(at, now) > RestOf(server);
    }

    private bool AreSuppressionsDue(ServerTail server, Reading reading, long now) =>
        reading.HasSuppressions
        && (reading.SuppressedAt is not { } at || time.GetElapsedTime(at, now) > (server.Moved ? RefreshMovedSuppressions : RestOf(server)));

    // Spread over two minutes, so that a thousand servers are not due at once.
    private static TimeSpan RestOf(ServerTail server) => RefreshRest + TimeSpan.FromSeconds(server.Server.Id % 120);

    private bool IsHeldDue(ServerTail server, Reading reading, long now) =>
        server.Moved || reading.HeldAt is not { } at || time.GetElapsedTime(at, now) > RefreshHeld;

    private string Select(int number, ServerTail server, long now)
    {
        var reading = readings[server.Server.Id];
        var schema = SchemaName.OfServer(prefix, server.Server.Id);
        var held = IsHeldDue(server, reading, now) ? $"(SELECT COUNT(*) FROM {schema}.messages WHERE held = 1)" : "NULL";
        var oldest = IsHeldDue(server, reading, now) ? $"(SELECT MIN(id) FROM {schema}.messages)" : "NULL";
        var suppressed = AreSuppressionsDue(server, reading, now)
            ? $"(SELECT COUNT(*) FROM {schema}.suppressions WHERE keep_until >= UNIX_TIMESTAMP(UTC_TIMESTAMP()))"
            : "NULL";
        // Postal's own window: whole minutes, the running one and the sixty before it. Slots are never cleared.
        return string.Create(CultureInfo.InvariantCulture, $"""
            SELECT {number},
                   (SELECT CAST(COALESCE(SUM(`count`), 0) AS SIGNED) FROM {schema}.live_stats
                    WHERE `type` = 'outgoing' AND timestamp > FLOOR(UNIX_TIMESTAMP(UTC_TIMESTAMP()) / 60) * 60 - 3600),
                   (SELECT CAST(COALESCE(SUM(size), 0) AS SIGNED) FROM {schema}.raw_message_sizes),
                   {suppressed}, {held}, {oldest}
            """);
    }

    private void Take(ServerTail server, MySqlDataReader row, long now)
    {
        var reading = readings[server.Server.Id];
        reading.At = now;
        reading.SendVolume = row.GetInt64(1);
        reading.RawBytes = row.GetInt64(2);
        if (!row.IsDBNull(3))
            (reading.Suppressed, reading.SuppressedAt) = (row.GetInt64(3), now);
        if (row.IsDBNull(4))
            return;
        reading.HeldAt = now;
        reading.Held = row.GetInt64(4);
        if (!row.IsDBNull(5))
            server.State.Marks.RemoveBelow(row.GetInt64(5));
    }

    /// <summary>Forgets the reading.</summary>
    /// <returns>Whether the error is one that the next reading avoids.</returns>
    private bool TakeFailure(ServerTail server, MySqlException exception)
    {
        var reading = readings[server.Server.Id];
        // Databases that were not migrated since 2017 have no suppressions: leave them out from the next time on.
        var lacksSuppressions = exception.ErrorCode == MySqlErrorCode.NoSuchTable
            && exception.Message.Contains(".suppressions'", StringComparison.Ordinal);
        readings[server.Server.Id] = new Reading { HasSuppressions = reading.HasSuppressions && !lacksSuppressions };
        return lacksSuppressions;
    }

    private static void Set(ServerTail server, Reading reading, IGaugeSink gauges)
    {
        if (reading.At is null)
            return;
        var (organization, name) = (server.Server.Organization, server.Server.Permalink);
        gauges.Set(Families.ServerSendVolume, reading.SendVolume, organization, name);
        gauges.Set(Families.RawStorageBytes, reading.RawBytes, organization, name);
        gauges.Set(Families.HeldMessages, reading.Held, organization, name);
        if (reading.Suppressed is { } suppressed)
            gauges.Set(Families.SuppressedRecipients, suppressed, organization, name);
    }

    private sealed class Reading
    {
        public bool HasSuppressions { get; init; } = true;

        public long? At { get; set; }

        public long? HeldAt { get; set; }

        public long? SuppressedAt { get; set; }

        public long SendVolume { get; set; }

        public long RawBytes { get; set; }

        public long? Suppressed { get; set; }

        public long Held { get; set; }
    }
}
