using PostalExporter.Collectors;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Collectors;

public sealed class QueueCollectorTests(MariaDbFixture mariaDb) : CollectorTest(mariaDb)
{
    private const string Locked = "'host:mail1 pid:7 thread:1'";
    private const string NotLocked = "NULL";

    private readonly QueueCollector collector = new();

    private long MailId => Postal.Server("acme/mail").Id;

    [Fact]
    public async Task An_empty_queue_is_zero_for_every_server_and_state_and_has_no_oldest_message()
    {
        var gauges = await CollectAsync(collector);

        Assert.Equal(
            [
                "acme|mail|delayed=0", "acme|mail|locked=0", "acme|mail|ready=0", "acme|news|delayed=0", "acme|news|locked=0",
                "acme|news|ready=0", "globex|mail|delayed=0", "globex|mail|locked=0", "globex|mail|ready=0",
            ],
            gauges.Of(Families.QueueMessages));
        Assert.Empty(gauges.Of(Families.QueueOldestMessage));
    }

    [Fact]
    public async Task An_accepted_message_is_ready_and_is_gone_when_it_was_sent()
    {
        var server = Postal.Server("acme/mail");
        var message = await server.AcceptAsync(server.Credential("app"), "anna@example.com", Cancellation);
        Assert.Equal(1, (await CollectAsync(collector)).Value(Families.QueueMessages, "acme", "mail", "ready"));

        await server.ProcessAsync(message, DeliveryOutcome.Sent("anna@example.com"), Cancellation);

        Assert.Equal(0, (await CollectAsync(collector)).Value(Families.QueueMessages, "acme", "mail", "ready"));
    }

    [Fact]
    public async Task A_deferred_message_is_delayed_until_its_retry_and_never_the_oldest()
    {
        var server = Postal.Server("acme/mail");
        var message = await server.AcceptAsync(server.Credential("app"), "anna@example.com", Cancellation);
        await server.ProcessAsync(message, DeliveryOutcome.SoftFail(), Cancellation);

        var gauges = await CollectAsync(collector);

        Assert.Equal(1, gauges.Value(Families.QueueMessages, "acme", "mail", "delayed"));
        Assert.Equal(0, gauges.Value(Families.QueueMessages, "acme", "mail", "ready"));
        Assert.Empty(gauges.Of(Families.QueueOldestMessage));
    }

    [Fact]
    public async Task A_message_counts_once_in_the_state_it_is_in()
    {
        await QueueAsync(MailId, NotLocked, retryAfter: "NULL", createdAt: "UTC_TIMESTAMP(6)");
        await QueueAsync(MailId, NotLocked, retryAfter: "UTC_TIMESTAMP() - INTERVAL 1 SECOND", createdAt: "UTC_TIMESTAMP(6) - INTERVAL 1 HOUR");
        await QueueAsync(MailId, NotLocked, retryAfter: "UTC_TIMESTAMP() + INTERVAL 1 HOUR", createdAt: "UTC_TIMESTAMP(6)");
        await QueueAsync(MailId, Locked, retryAfter: "NULL", createdAt: "UTC_TIMESTAMP(6)");
        await QueueAsync(MailId, Locked, retryAfter: "UTC_TIMESTAMP() + INTERVAL 1 HOUR", createdAt: "UTC_TIMESTAMP(6)");

        var gauges = await CollectAsync(collector);

        Assert.Equal(["acme|mail|delayed=1", "acme|mail|locked=2", "acme|mail|ready=2"],
            gauges.Of(Families.QueueMessages).Where(series => series.StartsWith("acme|mail", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("SET time_zone = '+00:00'")]
    [InlineData("SET time_zone = '-11:00'")]
    [InlineData("SET time_zone = '+13:00'")]
    public async Task The_oldest_message_waits_since_the_later_of_its_creation_and_its_retry_in_any_time_zone(string sessionSettings)
    {
        await QueueAsync(MailId, NotLocked, retryAfter: "'2025-02-28 23:30:00'", createdAt: "'2025-02-27 10:00:00.000000'");
        await QueueAsync(MailId, NotLocked, retryAfter: "NULL", createdAt: "'2025-02-28 22:00:00.250000'");
        await QueueAsync(MailId, Locked, retryAfter: "NULL", createdAt: "'2020-01-01 00:00:00.000000'");
        await QueueAsync(Postal.Server("globex/mail").Id, NotLocked, retryAfter: "'2025-02-28 23:30:00'", createdAt: "'2025-02-27 10:00:00.000000'");

        var gauges = await CollectAsync(collector, sessionSettings: sessionSettings);

        Assert.Equal(UnixSeconds(2025, 2, 28, 22, 0) + 0.25, gauges.Value(Families.QueueOldestMessage, "acme", "mail"));
        Assert.Equal(UnixSeconds(2025, 2, 28, 23, 30), gauges.Value(Families.QueueOldestMessage, "globex", "mail"));
        Assert.Null(gauges.Value(Families.QueueOldestMessage, "acme", "news"));
    }

    [Fact]
    public async Task Messages_of_deleted_and_unknown_servers_are_left_out()
    {
        await QueueAsync(MailId, NotLocked, "NULL", "UTC_TIMESTAMP(6)");
        await QueueAsync(Postal.Server("globex/mail").Id, NotLocked, "NULL", "UTC_TIMESTAMP(6)");
        await Postal.Server("acme/mail").SoftDeleteAsync(Cancellation);
        await Postal.SoftDeleteOrganizationAsync(Postal.Server("globex/mail").Organization, Cancellation);
        await QueueAsync(987_654, NotLocked, "NULL", "UTC_TIMESTAMP(6)");

        var gauges = await CollectAsync(collector);

        Assert.Equal(["acme|news|delayed=0", "acme|news|locked=0", "acme|news|ready=0"], gauges.Of(Families.QueueMessages));
        Assert.Empty(gauges.Of(Families.QueueOldestMessage));
    }

    [Fact]
    public async Task Rows_without_server_or_times_break_nothing()
    {
        await QueueAsync(null, NotLocked, "NULL", "NULL");
        await QueueAsync(MailId, NotLocked, "NULL", "NULL");
        await QueueAsync(MailId, NotLocked, "'9999-12-31 23:59:59'", "NULL");

        var gauges = await CollectAsync(collector);

        Assert.Equal(1, gauges.Value(Families.QueueMessages, "acme", "mail", "ready"));
        Assert.Equal(1, gauges.Value(Families.QueueMessages, "acme", "mail", "delayed"));
        Assert.Empty(gauges.Of(Families.QueueOldestMessage));
    }

    [Fact]
    public async Task Column_grants_suffice()
    {
        await QueueAsync(MailId, NotLocked, "NULL", "UTC_TIMESTAMP(6)");
        var account = await CreateReaderAsync([.. DiscoveryGrants, "queued_messages (server_id, locked_by, retry_after, created_at)"]);

        var gauges = await CollectAsync(collector, account: account);

        Assert.Equal(1, gauges.Value(Families.QueueMessages, "acme", "mail", "ready"));
    }

    [Fact]
    public async Task A_column_that_may_not_be_read_is_named_with_the_remedy()
    {
        var account = await CreateReaderAsync([.. DiscoveryGrants, "queued_messages (server_id, locked_by, created_at)"]);

        var error = await Assert.ThrowsAsync<SchemaException>(() => CollectAsync(collector, account: account));

        Assert.Contains("queued_messages(retry_after)", error.Message, StringComparison.Ordinal);
        Assert.Contains("grant SELECT", error.Message, StringComparison.Ordinal);
    }

    private static double UnixSeconds(int year, int month, int day, int hour, int minute) =>
        new DateTimeOffset(year, month, day, hour, minute, 0, TimeSpan.Zero).ToUnixTimeSeconds();

    private Task QueueAsync(long? serverId, string lockedBy, string retryAfter, string createdAt) => ExecuteAsync(
        "INSERT INTO queued_messages (server_id, message_id, domain, locked_by, locked_at, retry_after, created_at, attempts, batch_key) "
        + $"VALUES (@serverId, 1, 'example.com', {lockedBy}, IF({lockedBy} IS NULL, NULL, UTC_TIMESTAMP(6)), {retryAfter}, {createdAt}, 0, 'outgoing-example.com')",
        new { serverId });
}
