using PostalExporter.Metrics;

namespace PostalExporter.Collectors;

/// <summary>Webhook requests that wait to be sent, by server. Source: <c>webhook_requests</c> of the main database.</summary>
internal sealed class WebhookQueueCollector : IStateCollector
{
    // Reads the table once by its primary key: server_id has no index. Postal deletes a row when it is sent or given up.
    private const string Query = """
        SELECT server_id AS ServerId, COUNT(*) AS Requests
        FROM webhook_requests
        WHERE server_id IS NOT NULL
        GROUP BY server_id
        """;

    public string Name => "webhook_queue";

    public string Description => "Postal's webhook queue: requests that wait to be sent.";

    public async Task CollectAsync(CollectionContext context, IGaugeSink gauges, CancellationToken cancellationToken)
    {
        context.Schema.Require("webhook_requests", "server_id");
        var rows = await context.Main.QueryAsync<WebhookRow>(Query, cancellationToken);
        var requests = rows.ToDictionary(row => row.ServerId, row => row.Requests);

        foreach (var server in context.Installation.Servers)
            gauges.Set(Families.WebhookQueueRequests, requests.GetValueOrDefault(server.Id), server.Organization, server.Permalink);
    }

    private sealed record WebhookRow(int ServerId, long Requests);
}
