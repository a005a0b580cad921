using System.Globalization;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>Clocks that are set: the exporter's, that of Postal's hosts, and that of the database.</summary>
public sealed class ClockTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly SteppingClock clock = new();
    private Installation installation = null!;
    private ExporterUnderTest exporter = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Mail => installation.Servers[0];

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        exporter = await ExporterUnderTest.StartAsync(ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation), clock, TestLog.CreateFactory());
        await exporter.ScrapeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await exporter.DisposeAsync();
        await installation.DisposeAsync();
    }

    [Fact]
    public async Task Steps_of_the_exporters_clock_lose_and_repeat_nothing_and_do_not_shorten_the_wait_for_late_rows()
    {
        await using var late = await Mail.InsertUncommittedMessageAsync(Row(), Cancel);
        await Mail.InsertMessageRowAsync(Row(), Cancel);
        await exporter.ScrapeAsync();

        foreach (var step in new[] { Day, -2 * Day, 300 * Day, TimeSpan.FromHours(-7) })
        {
            clock.Step(step);
            await Mail.InsertMessageRowAsync(Row(), Cancel);
            var before = clock.GetUtcNow();
            var page = await exporter.ScrapeAsync();
            Assert.Equal(1, page.Find("postal_up"));
            await AssertExactAsync(page);
            Assert.InRange(page.Find("postal_exporter_last_collection_timestamp_seconds")!.Value, UnixSeconds(before), UnixSeconds(clock.GetUtcNow()));
        }

        await late.CommitAsync(Cancel);
        clock.Step(-Day);
        var last = await exporter.ScrapeAsync();
        await AssertExactAsync(last);
        Assert.Equal(1, last.Sum("postal_exporter_rows_late_total"));
    }

    [Fact]
    public async Task Wait_for_late_rows_ends_after_its_time_whatever_the_clock_was_set_to()
    {
        await using var late = await Mail.InsertUncommittedMessageAsync(Row(), Cancel);
        await Mail.InsertMessageRowAsync(Row(), Cancel);
        await exporter.ScrapeAsync();

        clock.Step(-Day);
        clock.Pass(TimeSpan.FromSeconds(61));
        await exporter.ScrapeAsync();
        await late.CommitAsync(Cancel);
        clock.Step(-Day);
        clock.Pass(TimeSpan.FromSeconds(61));
        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Sum("postal_messages_total"));
        Assert.Equal(1, page.Find("postal_exporter_rows_lost_total", ("stream", "messages")));
    }

    [Fact]
    public async Task Series_of_a_deleted_server_stay_for_their_time_whatever_the_clock_was_set_to()
    {
        await Mail.InsertMessageRowAsync(Row(), Cancel);
        await exporter.ScrapeAsync();
        await Mail.DestroyAsync(Cancel);
        await exporter.ScrapeAsync();

        clock.Step(Day);
        Assert.Equal(1, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        clock.Step(-2 * Day);
        clock.Pass(TimeSpan.FromHours(1.1));
        Assert.DoesNotContain((await exporter.ScrapeAsync()).Values, pair => pair.Key.StartsWith("postal_messages_total", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Time_stamps_that_jump_back_and_forth_by_a_day_are_no_restored_backup()
    {
        foreach (var step in new[] { TimeSpan.Zero, -Day, Day, TimeSpan.Zero, -Day, Day })
        {
            await InsertAsync(3, step);
            await AssertExactAsync(await exporter.ScrapeAsync());
            // The next scrape begins at a row with another time stamp than its neighbours.
            await InsertAsync(1, -step);
            await AssertExactAsync(await exporter.ScrapeAsync());
        }
    }

    [Fact]
    public async Task A_step_back_before_a_row_that_is_deleted_is_no_restored_backup()
    {
        await InsertAsync(5, TimeSpan.Zero);
        await InsertAsync(1, -Day);
        await AssertExactAsync(await exporter.ScrapeAsync());

        // Retention deletes deliveries by their messages: the last row can go while older ones stay.
        await Administrator.ExecuteAsync(mariaDb.Server, $"DELETE FROM `{Mail.DatabaseName}`.deliveries ORDER BY id DESC LIMIT 1");
        await InsertAsync(4, -Day);
        var page = await exporter.ScrapeAsync();

        Assert.Equal(10, page.Sum("postal_messages_total"));
        Assert.Equal(10, page.Sum("postal_deliveries_total"));
        Assert.Equal(0, page.Sum("postal_exporter_rows_lost_total"));
    }

    [Fact]
    public async Task Steps_of_the_databases_clock_lose_and_repeat_nothing()
    {
        await using var server = await MariaDbServer.StartAsync(Cancel);
        await using var postal = await Installation.CreateAsync(server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        var mail = postal.Servers[0];
        await Administrator.ExecuteAsync(server, "CREATE USER exporter@'127.0.0.1'; GRANT SELECT ON *.* TO exporter@'127.0.0.1'");
        var configuration = ExporterUnderTest.ConfigurationFor(server, postal);
        await using var reader = await ExporterUnderTest.StartAsync(configuration with
        {
            MainDatabase = configuration.MainDatabase with { Username = "exporter" },
            MessageDatabase = configuration.MessageDatabase with { Username = "exporter" },
        });
        await reader.ScrapeAsync();
        await using var late = await mail.InsertUncommittedMessageAsync(new MessageRow { CredentialId = mail.Credentials[0].Id, Recipient = "a@example.com" }, Cancel);
        await mail.AcceptAsync(mail.Credentials[0], "a@example.com", Cancel);
        await Administrator.ExecuteAsync(server, $"UPDATE `{postal.DatabasePrefix}`.queued_messages SET retry_after = UTC_TIMESTAMP() + INTERVAL 5 MINUTE");

        foreach (var (step, delayed) in new[] { (0, 1), (-86_400, 1), (86_400, 0), (-86_400, 1) })
        {
            // The clock of every connection of accounts without rights of an administrator.
            await Administrator.ExecuteAsync(
                server, string.Create(CultureInfo.InvariantCulture, $"SET GLOBAL init_connect = CONCAT('SET SESSION timestamp = ', UNIX_TIMESTAMP() + {step})"));
            await Administrator.KillConnectionsAsync(server, "exporter");
            await mail.AcceptAsync(mail.Credentials[0], "a@example.com", Cancel);
            var page = await reader.ScrapeAsync();
            Assert.Equal(delayed, page.Find("postal_queue_messages", ("state", "delayed")));
            Assert.All(page.Values.Where(pair => pair.Key.StartsWith("postal_exporter_collector_success{", StringComparison.Ordinal)), pair => Assert.Equal(1, pair.Value));
            await TableCounts.AssertShownAsync(server.ConnectionString, mail, page, Cancel);
        }

        await late.CommitAsync(Cancel);
        await TableCounts.AssertShownAsync(server.ConnectionString, mail, await reader.ScrapeAsync(), Cancel);
    }

    private MessageRow Row() => new() { CredentialId = Mail.Credentials[0].Id, Recipient = "someone@example.com" };

    private async Task InsertAsync(int count, TimeSpan step)
    {
        for (var i = 0; i < count; i++)
        {
            var now = TimeProvider.System.GetUtcNow() + step;
            var message = await Mail.InsertMessageRowAsync(Row() with { ReceivedAt = now }, Cancel);
            await Mail.InsertDeliveryRowAsync(new DeliveryRow(message, "Sent") { At = now }, Cancel);
        }
    }

    private async Task AssertExactAsync(Exposition page)
    {
        await TableCounts.AssertShownAsync(mariaDb.Server.ConnectionString, Mail, page, Cancel);
        Assert.Equal(0, page.Sum("postal_exporter_rows_lost_total"));
    }

    private static double UnixSeconds(DateTimeOffset moment) => moment.ToUnixTimeMilliseconds() / 1000.0;
}
