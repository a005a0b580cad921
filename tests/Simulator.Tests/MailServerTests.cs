using System.Text.RegularExpressions;
using Dapper;
using PostalSimulator.Installations;

namespace PostalSimulator.Tests;

public sealed partial class MailServerTests(MariaDbFixture database)
{
    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Statements_come_in_Postals_order()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        // The day's raw table is created with its first message.
        await server.AcceptAsync(server.Credential("app"), "first@example.com", cancellationToken);
        await using var connection = await database.ConnectAsync(cancellationToken);
        await connection.ExecuteAsync("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON");

        var message = await server.AcceptAsync(server.Credential("app"), "someone@example.com", cancellationToken);
        await server.ProcessAsync(message, DeliveryOutcome.HardFail(), cancellationToken);

        await connection.ExecuteAsync("SET GLOBAL general_log = OFF");
        var log = await connection.QueryAsync<string>(
            "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE command_type = 'Query' AND argument LIKE CONCAT('%`', @prefix, '%') ORDER BY event_time",
            new { prefix = installation.DatabasePrefix });
        Assert.Equal(
        [
            "UPDATE credentials", "INSERT raw", "INSERT raw", "UPDATE raw_message_sizes", "INSERT messages",
            "INSERT stats_hourly", "INSERT stats_daily", "INSERT stats_monthly", "INSERT stats_yearly",
            "UPDATE statistics", "UPDATE statistics", "INSERT queued_messages",
            "UPDATE queued_messages", "UPDATE messages", "UPDATE raw", "INSERT live_stats", "INSERT deliveries",
            "INSERT stats_hourly", "INSERT stats_daily", "INSERT stats_monthly", "INSERT stats_yearly",
            "UPDATE messages", "DELETE queued_messages",
        ], log.Select(Shorten).OfType<string>());
    }

    [Fact]
    public async Task A_second_hard_fail_suppresses_the_recipient_and_the_third_message_is_held()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");

        var outcomes = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var message = await server.AcceptAsync(server.Credential("app"), "gone@example.com", cancellationToken);
            outcomes.Add((await server.ProcessAsync(message, DeliveryOutcome.HardFail(), cancellationToken))!.Details);
        }

        Assert.Equal(1, await ValueAsync(server, "SELECT COUNT(*) FROM {0}.deliveries WHERE details LIKE '%Recipient added to suppression list (too many hard fails)'"));
        Assert.Equal("Recipient (gone@example.com) is on the suppression list (reason: too many hard fails)", outcomes[2]);
        Assert.Equal(1, await ValueAsync(server, "SELECT COUNT(*) FROM {0}.messages WHERE held = 1 AND hold_expiry > timestamp"));
    }

    [Fact]
    public async Task Beyond_the_send_limit_messages_are_held()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        await server.SetSendLimitAsync(2, cancellationToken);

        var statuses = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var message = await server.AcceptAsync(server.Credential("app"), $"user{i}@example.com", cancellationToken);
            statuses.Add((await server.ProcessAsync(message, DeliveryOutcome.Sent(message.Recipient), cancellationToken))!.Status);
        }

        Assert.Equal(["Sent", "Sent", "Held"], statuses);
        Assert.Equal(1, await ValueAsync(server, $"SELECT COUNT(*) FROM `{installation.DatabasePrefix}`.servers WHERE send_limit_exceeded_at IS NOT NULL"));
    }

    [Fact]
    public async Task A_soft_fail_leaves_the_message_in_the_queue_for_later()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var message = await server.AcceptAsync(server.Credential("app"), "user@example.com", cancellationToken);

        await server.ProcessAsync(message, DeliveryOutcome.SoftFail(), cancellationToken);

        Assert.Equal(390, await ValueAsync(server,
            $"SELECT ROUND(TIME_TO_SEC(TIMEDIFF(retry_after, updated_at))) FROM `{installation.DatabasePrefix}`.queued_messages WHERE attempts = 1 AND locked_by IS NULL"), 1.0);
    }

    [Fact]
    public async Task A_bounce_marks_the_original()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var message = await server.AcceptAsync(server.Credential("app"), "user@example.com", cancellationToken);
        await server.ProcessAsync(message, DeliveryOutcome.Sent(message.Recipient), cancellationToken);

        var notification = await server.BounceAsync(message, cancellationToken);

        Assert.Equal(1, await ValueAsync(server, $"SELECT COUNT(*) FROM {{0}}.messages WHERE id = {message.Id} AND status = 'Bounced'"));
        Assert.Equal(1, await ValueAsync(server,
            $"SELECT COUNT(*) FROM {{0}}.messages WHERE id = {notification.Id} AND status = 'Processed' AND bounce = 1 AND bounce_for_id = {message.Id}"));
    }

    [Fact]
    public async Task An_uncommitted_row_becomes_visible_after_later_ones()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");

        await using var late = await server.InsertUncommittedMessageAsync(new MessageRow(), cancellationToken);
        var next = await server.InsertMessageRowAsync(new MessageRow(), cancellationToken);
        var before = await ValueAsync(server, $"SELECT COUNT(*) FROM {{0}}.messages WHERE id = {late.Id}");
        await late.CommitAsync(cancellationToken);

        Assert.Equal(late.Id + 1, next);
        Assert.Equal(0, before);
        Assert.Equal(1, await ValueAsync(server, $"SELECT COUNT(*) FROM {{0}}.messages WHERE id = {late.Id}"));
    }

    [Fact]
    public async Task Retention_deletes_old_messages_with_their_deliveries_and_old_raw_tables()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("mail");
        var now = TimeProvider.System.GetUtcNow();
        var old = await server.AcceptAsync(new MessageDraft("old@example.com") { ReceivedAt = now.AddDays(-61) }, cancellationToken);
        await server.DeliverAsync(old, DeliveryOutcome.Sent(old.Recipient), cancellationToken);
        await server.AcceptAsync(new MessageDraft("older@example.com") { ReceivedAt = now.AddDays(-31) }, cancellationToken);
        await server.AcceptAsync(new MessageDraft("fresh@example.com"), cancellationToken);

        await server.RunRetentionAsync(cancellationToken);

        Assert.Equal(0, await ValueAsync(server, "SELECT COUNT(*) FROM {0}.deliveries"));
        Assert.Equal(2, await ValueAsync(server, "SELECT COUNT(*) FROM {0}.messages"));
        Assert.Equal(1, await ValueAsync(server, "SELECT COUNT(*) FROM {0}.messages WHERE raw_table IS NULL AND size IS NULL"));
        Assert.Equal(1, await ValueAsync(server, $"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{server.DatabaseName}' AND table_name LIKE 'raw-%'"));
    }

    [Fact]
    public async Task A_server_made_again_under_the_same_id_starts_with_an_empty_database()
    {
        await using var installation = await CreateAsync();
        var former = installation.Server("mail");
        await former.AcceptAsync(former.Credential("app"), "user@example.com", cancellationToken);
        await former.DestroyAsync(cancellationToken);

        var again = await installation.AddServerAsync(installation.Organizations[0], new ServerDescription("Mail", "mail") { Id = former.Id }, cancellationToken);

        Assert.Equal(former.DatabaseName, again.DatabaseName);
        Assert.Equal(0, await ValueAsync(again, "SELECT COUNT(*) FROM {0}.messages"));
    }

    private Task<Installation> CreateAsync() =>
        Installation.CreateAsync(database.ConnectionString, InstallationDescription.WithCredentials("app"), cancellationToken);

    private async Task<double> ValueAsync(MailServer server, string sql)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<double>(sql.Replace("{0}", $"`{server.DatabaseName}`", StringComparison.Ordinal));
    }

    /// <summary>Verb and table of a statement that writes; null for one that reads.</summary>
    private static string? Shorten(string statement) => Statement().Match(statement) is { Success: true } match
        ? $"{match.Groups[1].Value} {match.Groups[2].Value}" : null;

    [GeneratedRegex("^(INSERT|UPDATE|DELETE)[^`]*`[^`]+`\\.`(raw(?=-2)|[a-z_]+)")]
    private static partial Regex Statement();
}
