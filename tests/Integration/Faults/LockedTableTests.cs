using System.Globalization;
using MySqlConnector;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>Tables that are being altered, or locked by a backup. Two servers.</summary>
public sealed class LockedTableTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private Installation installation = null!;
    private ExporterUnderTest exporter = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Mail => installation.Servers[0];

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        await installation.AddServerAsync(
            installation.Organizations[0], new ServerDescription("second", "second") { Credentials = [new CredentialDescription("app")] }, Cancel);
        exporter = await ExporterUnderTest.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await exporter.DisposeAsync();
        await installation.DisposeAsync();
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("deliveries")]
    public async Task A_locked_table_makes_only_its_server_late(string table)
    {
        await AcceptAsync();
        await using var locking = await Administrator.ConnectAsync(mariaDb.Server);
        await ExecuteAsync(locking, $"LOCK TABLES `{Mail.DatabaseName}`.{table} WRITE");

        await AssertOnlyMailIsLateAsync();

        await ExecuteAsync(locking, "UNLOCK TABLES");
        await AssertExactAsync();
    }

    [Fact]
    public async Task A_table_that_is_being_altered_makes_only_its_server_late()
    {
        await AcceptAsync();
        // ALTER waits for the transaction that reads the table, and everybody else for ALTER.
        await using var reading = await Administrator.ConnectAsync(mariaDb.Server);
        await using var transaction = await reading.BeginTransactionAsync(Cancel);
        await using (var read = new MySqlCommand($"SELECT COUNT(*) FROM `{Mail.DatabaseName}`.messages", reading, transaction))
            await read.ExecuteScalarAsync(Cancel);
        await using var altering = await Administrator.ConnectAsync(mariaDb.Server);
        var alter = ExecuteAsync(altering, $"ALTER TABLE `{Mail.DatabaseName}`.messages ADD COLUMN later INT NULL, ALGORITHM=COPY");
        var waits = string.Create(CultureInfo.InvariantCulture, $"""
            SELECT COUNT(*) FROM information_schema.PROCESSLIST
            WHERE ID = {altering.ServerThread} AND STATE = 'Waiting for table metadata lock'
            """);
        while (await Administrator.NumberAsync(mariaDb.Server, waits) == 0)
        {
            Assert.False(alter.IsCompleted);
            // MariaDB does not say when the statement waits: it is asked again.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancel);
        }

        await AssertOnlyMailIsLateAsync();

        await transaction.CommitAsync(Cancel);
        await alter;
        await AssertExactAsync();
    }

    [Fact]
    public async Task A_locked_table_of_the_main_database_fails_only_what_reads_it()
    {
        await using var locking = await Administrator.ConnectAsync(mariaDb.Server);
        await ExecuteAsync(locking, $"LOCK TABLES `{installation.DatabasePrefix}`.webhook_requests WRITE");

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_up"));
        Assert.Equal(0, page.Find("postal_exporter_collector_success", ("collector", "webhook_queue")));
        Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "queue")));
        Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "tail")));
        await ExecuteAsync(locking, "UNLOCK TABLES");
        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_exporter_collector_success", ("collector", "webhook_queue")));
    }

    [Fact]
    public async Task A_locked_table_of_servers_leaves_the_servers_that_are_known()
    {
        // By a row that was read a table is known to be the same server's still.
        await AcceptAsync();
        await exporter.ScrapeAsync();
        await AcceptAsync();
        await using var locking = await Administrator.ConnectAsync(mariaDb.Server);
        await ExecuteAsync(locking, $"LOCK TABLES `{installation.DatabasePrefix}`.servers WRITE");

        var page = await exporter.ScrapeAsync();

        Assert.Equal(0, page.Find("postal_exporter_collector_success", ("collector", "discovery")));
        Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "tail")));
        foreach (var server in installation.Servers)
            await TableCounts.AssertShownAsync(mariaDb.Server.ConnectionString, server, page, Cancel);
        await ExecuteAsync(locking, "UNLOCK TABLES");
        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_up"));
    }

    private async Task AssertOnlyMailIsLateAsync()
    {
        var page = await exporter.ScrapeAsync();
        Assert.Equal(1, page.Find("postal_up"));
        Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "tail")));
        Assert.Equal(0, page.Find("postal_exporter_server_up", ("server", "mail")));
        Assert.Equal(0, page.Sum("postal_messages_total", ("server", "mail")));
        Assert.Equal("a table is locked, for example by ALTER TABLE", exporter.Status.Servers.Single(status => status.Server == "mail").Problem);
        Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", "second")));
        await TableCounts.AssertShownAsync(mariaDb.Server.ConnectionString, installation.Servers[1], page, Cancel);
    }

    private async Task AssertExactAsync()
    {
        var page = await exporter.ScrapeAsync();
        Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", "mail")));
        Assert.Equal(0, page.Sum("postal_exporter_rows_lost_total"));
        foreach (var server in installation.Servers)
            await TableCounts.AssertShownAsync(mariaDb.Server.ConnectionString, server, page, Cancel);
    }

    private async Task AcceptAsync()
    {
        foreach (var server in installation.Servers)
        {
            var message = await server.AcceptAsync(server.Credentials[0], "a@example.com", Cancel);
            await server.InsertDeliveryRowAsync(new DeliveryRow(message.Id, "Sent"), Cancel);
        }
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
