using PostalExporter.Metrics;

namespace PostalExporter.Collectors;

/// <summary>Messages waiting in Postal's queue, by server and state. Source: <c>queued_messages</c>.</summary>
internal sealed class QueueCollector : IStateCollector
{
    // Reads the queue once by its primary key: no index holds lock and retry time. The cost is the queue's length.
    // A message is ready as Postal's own scope says: unlocked, and retry_after NULL or past. It waits since it became
    // so: a message that was deferred for hours and is due since a second is not old. All times are UTC datetimes, so
    // they are subtracted as such and the session's time zone never matters.
    private const string Query = """
        SELECT server_id AS ServerId,
               COUNT(CASE WHEN locked_by IS NULL AND NOT waits THEN 1 END) AS Ready,
               COUNT(CASE WHEN locked_by IS NULL AND waits THEN 1 END) AS `Delayed`,
               COUNT(locked_by) AS Locked,
               MIN(CASE WHEN locked_by IS NULL AND NOT waits
                        THEN TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ready_at) END) / 1e6 AS OldestReady
        FROM (SELECT server_id, locked_by,
                     COALESCE(retry_after >= UTC_TIMESTAMP(6), FALSE) AS waits,
                     GREATEST(COALESCE(created_at, retry_after), COALESCE(retry_after, created_at)) AS ready_at
              FROM queued_messages
              WHERE server_id IS NOT NULL) AS queue
        GROUP BY server_id
        """;

    public string Name => "queue";

    public string Description => "Postal's message queue: length by state, and since when the oldest ready message waits.";

    public async Task CollectAsync(CollectionContext context, IGaugeSink gauges, CancellationToken cancellationToken)
    {
        context.Schema.Require("queued_messages", "server_id", "locked_by", "retry_after", "created_at");
        var rows = await context.Main.QueryAsync<QueueRow>(Query, cancellationToken);
        var queues = rows.ToDictionary(row => row.ServerId);

        foreach (var server in context.Installation.Servers)
        {
            var queue = queues.GetValueOrDefault(server.Id) ?? new QueueRow(server.Id, 0, 0, 0, null);
            gauges.Set(Families.QueueMessages, queue.Ready, server.Organization, server.Permalink, "ready");
            gauges.Set(Families.QueueMessages, queue.Delayed, server.Organization, server.Permalink, "delayed");
            gauges.Set(Families.QueueMessages, queue.Locked, server.Organization, server.Permalink, "locked");
            if (queue.OldestReady is { } since)
                gauges.Set(Families.QueueOldestMessage, since, server.Organization, server.Permalink);
        }
    }

    private sealed record QueueRow(int ServerId, long Ready, long Delayed, long Locked, double? OldestReady);
}
