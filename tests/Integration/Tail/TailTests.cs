using PostalSimulator.Installations;

namespace PostalExporter.Integration.Tail;

public sealed class TailTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private static readonly (string, string) Outgoing = ("scope", "outgoing");
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    private Credential App => Server.Credentials[0];

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app", "newsletter"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task Counting_begins_at_the_end_of_the_tables_there_are()
    {
        await Server.AcceptAsync(App, "a@example.com", Cancel);
        await using var exporter = await StartAsync();

        Assert.Equal(0, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));

        await Server.AcceptAsync(App, "b@example.com", Cancel);
        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_messages_total", Outgoing, ("credential", "app")));
    }

    [Fact]
    public async Task A_delivery_is_counted_by_status_reason_and_recipient_domain()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        var sent = await Server.AcceptAsync(App, "a@Example.COM", Cancel);
        await Server.DeliverAsync(sent, DeliveryOutcome.Sent("a@Example.COM"), Cancel);
        var unknown = await Server.AcceptAsync(App, "b@example.com", Cancel);
        var reply = "550 5.1.1 <b@example.com>: Recipient address rejected: User unknown in local recipient table";
        await Server.InsertDeliveryRowAsync(
            new DeliveryRow(unknown.Id, "HardFail") { Details = "Permanent SMTP delivery error when sending to mx", Output = reply }, Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_deliveries_total", Outgoing, ("credential", "app"), ("status", "Sent")));
        Assert.Equal(1, page.Find("postal_delivery_failures_total", ("status", "HardFail"), ("reason", "recipient_unknown")));
        Assert.Equal(1, page.Find("postal_message_failures_total", ("credential", "app"), ("reason", "recipient_unknown")));
        Assert.Equal(2, page.Sum("postal_recipient_domain_deliveries_total", ("recipient_domain", "example.com")));
        Assert.DoesNotContain('@', page.Text);
    }

    [Fact]
    public async Task The_delay_of_a_message_is_that_of_its_first_sending()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        var accepted = TimeProvider.System.GetUtcNow().AddMinutes(-2);
        var slow = await Server.AcceptAsync(new MessageDraft("a@example.com") { Credential = App, ReceivedAt = accepted }, Cancel);
        await SoftFailAsync(slow);
        await Server.DeliverAsync(slow, DeliveryOutcome.Sent("a@example.com"), Cancel);
        await exporter.ScrapeAsync();
        await exporter.RestartAsync();
        // Sent again by hand.
        await Server.DeliverAsync(slow, DeliveryOutcome.Sent("a@example.com"), Cancel);
        await Server.DeliverAsync(await Server.AcceptAsync(App, "b@example.com", Cancel), DeliveryOutcome.Sent("b@example.com"), Cancel);

        var page = await exporter.ScrapeAsync();

        const string Family = "postal_message_delivery_delay_seconds";
        Assert.Equal(2, page.Sum($"{Family}_count"));
        foreach (var (bound, messages) in new[] { ("5", 1), ("60", 1), ("300", 2), ("+Inf", 2) })
            Assert.Equal(messages, page.Find($"{Family}_bucket", ("le", bound)));
        Assert.InRange(page.Sum($"{Family}_sum"), 120, 180);
    }

    [Fact]
    public async Task A_message_that_fails_again_and_again_is_one_failed_message()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        var message = await Server.AcceptAsync(App, "a@example.com", Cancel);
        await SoftFailAsync(message);
        await exporter.ScrapeAsync();
        await SoftFailAsync(message);
        await exporter.RestartAsync();
        await SoftFailAsync(message);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(3, page.Sum("postal_delivery_failures_total", ("status", "SoftFail")));
        Assert.Equal(1, page.Sum("postal_message_failures_total"));
    }

    [Fact]
    public async Task A_message_that_failed_before_the_first_start_does_not_count_as_a_new_failure()
    {
        var old = await Server.AcceptAsync(App, "a@example.com", Cancel);
        await SoftFailAsync(old);
        var young = await Server.AcceptAsync(App, "b@example.com", Cancel);
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await SoftFailAsync(old);
        await SoftFailAsync(young);

        Assert.Equal(1, (await exporter.ScrapeAsync()).Sum("postal_message_failures_total"));
    }

    [Fact]
    public async Task A_row_that_becomes_visible_after_a_higher_id_is_counted_once()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await using var slow = await Server.InsertUncommittedMessageAsync(new MessageRow { CredentialId = App.Id }, Cancel);
        await Server.InsertMessageRowAsync(new MessageRow { CredentialId = App.Id }, Cancel);
        Assert.Equal(1, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        await exporter.RestartAsync();
        await slow.CommitAsync(Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(2, page.Sum("postal_messages_total"));
        Assert.Equal(1, page.Find("postal_exporter_rows_late_total", ("stream", "messages")));
        Assert.Equal(2, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    [Fact]
    public async Task A_row_in_flight_at_the_first_start_is_counted_when_it_becomes_visible()
    {
        await using var slow = await Server.InsertUncommittedMessageAsync(new MessageRow { CredentialId = App.Id }, Cancel);
        await Server.InsertMessageRowAsync(new MessageRow { CredentialId = App.Id }, Cancel);
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await slow.CommitAsync(Cancel);

        Assert.Equal(1, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    [Fact]
    public async Task A_server_that_appears_later_is_read_from_its_first_row()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        var added = await AddServerAsync("second", id: null);
        await added.AcceptAsync(added.Credentials[0], "a@example.com", Cancel);

        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_messages_total", ("server", "second"), ("credential", "app")));
    }

    [Fact]
    public async Task A_server_that_takes_over_an_id_is_read_from_its_first_row()
    {
        var first = await AddServerAsync("first", id: null);
        await first.AcceptAsync(first.Credentials[0], "a@example.com", Cancel);
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await first.DestroyAsync(Cancel);
        var second = await AddServerAsync("second", first.Id);
        await second.AcceptAsync(second.Credentials[0], "a@example.com", Cancel);

        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_messages_total", ("server", "second"), Outgoing));
    }

    [Fact]
    public async Task After_a_restore_from_a_backup_nothing_is_counted_twice_and_new_rows_are_counted()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        for (var i = 0; i < 20; i++)
            await Server.AcceptAsync(App, "a@example.com", Cancel);
        Assert.Equal(20, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));

        // What a backup taken after twelve messages looks like when it has been restored.
        await ExecuteAsync($"DELETE FROM `{Server.DatabaseName}`.messages WHERE id > 12; ALTER TABLE `{Server.DatabaseName}`.messages AUTO_INCREMENT = 13");
        for (var i = 0; i < 5; i++)
            await Server.AcceptAsync(App, "a@example.com", Cancel);
        Assert.Equal(25, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));

        await exporter.RestartAsync();
        for (var i = 0; i < 7; i++)
            await Server.AcceptAsync(App, "a@example.com", Cancel);
        Assert.Equal(32, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    [Fact]
    public async Task A_restore_that_is_seen_while_it_fills_the_tables_counts_nothing_twice()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        for (var i = 0; i < 20; i++)
            await Server.AcceptAsync(App, "a@example.com", Cancel);
        Assert.Equal(20, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        var (messages, backup) = ($"`{Server.DatabaseName}`.messages", $"`{Server.DatabaseName}`.backup");

        await ExecuteAsync($"CREATE TABLE {backup} SELECT * FROM {messages} WHERE id <= 12; TRUNCATE TABLE {messages}");
        Assert.Equal(20, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        await ExecuteAsync($"INSERT INTO {messages} SELECT * FROM {backup} WHERE id <= 6");
        Assert.Equal(20, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        await ExecuteAsync($"INSERT INTO {messages} SELECT * FROM {backup} WHERE id > 6");
        for (var i = 0; i < 5; i++)
            await Server.AcceptAsync(App, "a@example.com", Cancel);

        Assert.Equal(25, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    [Fact]
    public async Task A_grant_on_the_uuid_that_comes_later_does_not_count_a_server_again()
    {
        var servers = $"`{installation.DatabasePrefix}`.servers";
        await ExecuteAsync($"ALTER TABLE {servers} RENAME COLUMN uuid TO hidden");
        await Server.AcceptAsync(App, "a@example.com", Cancel);
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await ExecuteAsync($"ALTER TABLE {servers} RENAME COLUMN hidden TO uuid");
        await exporter.RestartAsync();

        Assert.Equal(0, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    [Fact]
    public async Task A_message_database_that_was_made_anew_and_grew_past_the_cursor_is_read_from_its_first_row()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        for (var i = 0; i < 5; i++)
            await Server.AcceptAsync(App, "a@example.com", Cancel);
        await exporter.ScrapeAsync();
        await Server.RecreateDatabaseAsync(Cancel);
        for (var i = 0; i < 9; i++)
            await Server.AcceptAsync(App, "a@example.com", Cancel);

        Assert.Equal(14, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    [Fact]
    public async Task Retention_takes_nothing_back_and_hides_nothing_new()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        for (var i = 0; i < 5; i++)
            await Server.AcceptAsync(App, "a@example.com", Cancel);
        await exporter.ScrapeAsync();
        await ExecuteAsync($"DELETE FROM `{Server.DatabaseName}`.messages");
        Assert.Equal(5, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        await Server.AcceptAsync(App, "a@example.com", Cancel);

        Assert.Equal(6, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    [Fact]
    public async Task One_broken_message_database_costs_the_others_nothing_and_recovers_by_itself()
    {
        var second = await AddServerAsync("second", id: null);
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await ExecuteAsync($"RENAME TABLE `{Server.DatabaseName}`.messages TO `{Server.DatabaseName}`.gone");
        await second.AcceptAsync(second.Credentials[0], "a@example.com", Cancel);

        var broken = await exporter.ScrapeAsync();
        Assert.Equal(0, broken.Find("postal_exporter_server_up", ("server", Server.Permalink)));
        Assert.Equal(1, broken.Find("postal_exporter_server_up", ("server", "second")));
        Assert.Equal(1, broken.Find("postal_messages_total", ("server", "second"), ("credential", "app")));

        await ExecuteAsync($"RENAME TABLE `{Server.DatabaseName}`.gone TO `{Server.DatabaseName}`.messages");
        await Server.AcceptAsync(App, "a@example.com", Cancel);
        var mended = await exporter.ScrapeAsync();
        Assert.Equal(1, mended.Find("postal_exporter_server_up", ("server", Server.Permalink)));
        Assert.Equal(1, mended.Find("postal_messages_total", ("server", Server.Permalink), ("credential", "app")));
    }

    [Fact]
    public async Task An_idle_scrape_reads_the_last_row_of_messages_and_deliveries_and_searches_none()
    {
        for (var i = 0; i < 50; i++)
            await Server.DeliverAsync(await Server.AcceptAsync(App, "a@example.com", Cancel), DeliveryOutcome.Sent("a@example.com"), Cancel);
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await exporter.ScrapeAsync();
        await ExecuteAsync("SET GLOBAL userstat = 1; FLUSH TABLE_STATISTICS");

        for (var i = 0; i < 10; i++)
            await exporter.ScrapeAsync();

        // It is the one entry at the end of the primary key, whatever the table holds.
        var read = await ScalarAsync(
            "SELECT COALESCE(SUM(ROWS_READ), 0) FROM information_schema.TABLE_STATISTICS "
            + $"WHERE TABLE_SCHEMA = '{Server.DatabaseName}' AND TABLE_NAME IN ('messages', 'deliveries')");
        Assert.InRange(read, 0, 10 * 2);
    }

    [Fact]
    public async Task Rows_that_hold_nothing_but_their_id_are_counted_once_like_any_other()
    {
        await ExecuteAsync($"INSERT INTO `{Server.DatabaseName}`.messages (id) VALUES (NULL); INSERT INTO `{Server.DatabaseName}`.deliveries (id) VALUES (NULL)");
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        for (var i = 1; i <= 3; i++)
        {
            await ExecuteAsync(
                $"INSERT INTO `{Server.DatabaseName}`.messages (id) VALUES (NULL); INSERT INTO `{Server.DatabaseName}`.messages (id, scope, size, rcpt_to) VALUES (NULL, 'incoming', '-5x', 'nobody'); "
                + $"INSERT INTO `{Server.DatabaseName}`.deliveries (id) VALUES (NULL); INSERT INTO `{Server.DatabaseName}`.deliveries (id, status, message_id) VALUES (NULL, 'Teleported', 999999)");
            await exporter.ScrapeAsync();
            var page = await exporter.ScrapeAsync();
            Assert.Equal(2 * i, page.Sum("postal_messages_total"));
            Assert.Equal(0, page.Sum("postal_message_bytes_total"));
            Assert.Equal(i, page.Find("postal_deliveries_total", ("status", "Teleported")));
            Assert.Equal(2 * i, page.Find("postal_exporter_rows_total", ("stream", "deliveries")));
            await exporter.RestartAsync();
        }
    }

    [Fact]
    public async Task Ids_in_steps_of_three_are_counted_and_what_fills_the_steps_later_too()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        for (var id = 1; id <= 1_500; id += 3)
            await Server.InsertMessageRowAsync(new MessageRow { Id = id, CredentialId = App.Id }, Cancel);
        Assert.Equal(500, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        for (var id = 2; id <= 1_500; id += 300)
            await Server.InsertMessageRowAsync(new MessageRow { Id = id, CredentialId = App.Id }, Cancel);

        Assert.Equal(505, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        Assert.Equal(505, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    [Fact]
    public async Task A_backlog_of_many_pages_is_read_to_its_end()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        exporter.Configuration = exporter.Configuration with { Collection = new Configuration.CollectionOptions { PageRows = 7 } };
        await exporter.RestartAsync();
        for (var i = 0; i < 100; i++)
            await Server.AcceptAsync(App, "a@example.com", Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(100, page.Sum("postal_messages_total"));
        Assert.Equal(0, page.Find("postal_exporter_backlog_rows", ("stream", "messages")));
    }

    [Fact]
    public async Task Names_that_people_typed_cannot_break_the_page()
    {
        string[] names =
        [
            "quote\" back\\slash", "line\nbreak", "\r\u0001\u001f\u007f", string.Concat(Enumerable.Repeat("😀", 255)), "same", "same", "same#1", "id:7", "", "{}=,",
        ];
        foreach (var name in names)
            await Server.AddCredentialAsync(new CredentialDescription(name), Cancel);
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        foreach (var credential in Server.Credentials)
            await Server.AcceptAsync(credential, "a@example.com", Cancel);

        var page = await exporter.ScrapeAsync();

        var series = page.Values.Where(pair => pair.Key.StartsWith("postal_messages_total", StringComparison.Ordinal) && pair.Value > 0).ToList();
        Assert.Equal(Server.Credentials.Count, series.Count);
        Assert.All(series, pair => Assert.Equal(1, pair.Value));
    }

    private Task<ExporterUnderTest> StartAsync() => ExporterUnderTest.StartAsync(mariaDb.Server, installation);

    private Task<MailServer> AddServerAsync(string permalink, long? id) => installation.AddServerAsync(
        installation.Organizations[0], new ServerDescription(permalink, permalink) { Id = id, Credentials = [new CredentialDescription("app")] }, Cancel);

    private Task<long> SoftFailAsync(Message message) => Server.InsertDeliveryRowAsync(
        new DeliveryRow(message.Id, "SoftFail") { Details = "Temporary SMTP delivery error when sending to mx", Output = "451 4.7.1 Greylisted" }, Cancel);

    private async Task ExecuteAsync(string sql) => await ScalarAsync(sql);

    private async Task<long> ScalarAsync(string sql)
    {
        await using var connection = new MySqlConnector.MySqlConnection(mariaDb.Server.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new MySqlConnector.MySqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Cancel) ?? 0L, System.Globalization.CultureInfo.InvariantCulture);
    }
}
