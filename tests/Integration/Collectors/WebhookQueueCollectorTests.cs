using PostalExporter.Collectors;
using PostalExporter.Metrics;
using PostalExporter.Postal;

namespace PostalExporter.Integration.Collectors;

public sealed class WebhookQueueCollectorTests(MariaDbFixture mariaDb) : CollectorTest(mariaDb)
{
    private readonly WebhookQueueCollector collector = new();

    [Fact]
    public async Task Requests_are_counted_for_live_servers_and_zero_for_the_others()
    {
        await QueueAsync(Postal.Server("acme/mail").Id);
        await QueueAsync(Postal.Server("acme/mail").Id);
        await QueueAsync(Postal.Server("globex/mail").Id);
        await QueueAsync(987_654);
        await QueueAsync(null);
        await Postal.Server("globex/mail").SoftDeleteAsync(Cancellation);

        var gauges = await CollectAsync(collector);

        Assert.Equal(["acme|mail=2", "acme|news=0"], gauges.Of(Families.WebhookQueueRequests));
    }

    [Fact]
    public async Task The_payload_need_not_be_readable()
    {
        await QueueAsync(Postal.Server("acme/mail").Id);
        var account = await CreateReaderAsync([.. DiscoveryGrants, "webhook_requests (server_id)"]);

        var gauges = await CollectAsync(collector, account: account);

        Assert.Equal(1, gauges.Value(Families.WebhookQueueRequests, "acme", "mail"));
    }

    [Fact]
    public async Task A_release_without_locks_on_requests_is_read_as_well()
    {
        await ExecuteAsync("DROP INDEX index_webhook_requests_on_locked_by ON webhook_requests");
        await ExecuteAsync("ALTER TABLE webhook_requests DROP COLUMN locked_by, DROP COLUMN locked_at");
        await QueueAsync(Postal.Server("acme/mail").Id);

        Assert.Equal(1, (await CollectAsync(collector)).Value(Families.WebhookQueueRequests, "acme", "mail"));
    }

    [Fact]
    public async Task A_table_that_may_not_be_read_is_named()
    {
        var account = await CreateReaderAsync(DiscoveryGrants);

        var error = await Assert.ThrowsAsync<SchemaException>(() => CollectAsync(collector, account: account));

        Assert.Contains("webhook_requests(server_id)", error.Message, StringComparison.Ordinal);
    }

    private Task QueueAsync(long? serverId) => ExecuteAsync(
        "INSERT INTO webhook_requests (server_id, url, event, uuid, payload, attempts, created_at) "
        + "VALUES (@serverId, 'https://example.com/hook', 'MessageSent', UUID(), '{}', 0, UTC_TIMESTAMP(6))",
        new { serverId });
}
