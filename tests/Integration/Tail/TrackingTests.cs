using PostalSimulator.Installations;

namespace PostalExporter.Integration.Tail;

public sealed class TrackingTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task Openings_and_clicks_are_counted_once_across_a_restart()
    {
        var message = await Server.AcceptAsync(Server.Credentials[0], "a@example.com", Cancel);
        await InsertAsync("loads", message, 3);
        await using var exporter = await ExporterUnderTest.StartAsync(mariaDb.Server, installation);
        var first = await exporter.ScrapeAsync();
        Assert.Equal(0, first.Sum("postal_opens_total"));
        await InsertAsync("loads", message, 2);
        await InsertAsync("clicks", message, 1);

        await exporter.RestartAsync();
        var page = await exporter.ScrapeAsync();
        await exporter.RestartAsync();
        var again = await exporter.ScrapeAsync();

        foreach (var counted in (Exposition[])[page, again])
        {
            Assert.Equal(2, counted.Find("postal_opens_total", ("server", Server.Permalink)));
            Assert.Equal(1, counted.Find("postal_clicks_total", ("server", Server.Permalink)));
            Assert.Equal(1, counted.Find("postal_exporter_collector_success", ("collector", "tracking")));
        }
        Assert.Equal(2, again.Find("postal_exporter_rows_total", ("stream", "loads")));
    }

    [Fact]
    public async Task A_table_of_openings_that_cannot_be_read_costs_mail_nothing()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
        await using (var connection = new MySqlConnector.MySqlConnection(mariaDb.Server.ConnectionString))
        {
            await connection.OpenAsync(Cancel);
            await using var command = new MySqlConnector.MySqlCommand($"DROP TABLE `{Server.DatabaseName}`.loads", connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
        await exporter.RestartAsync();
        await Server.AcceptAsync(Server.Credentials[0], "a@example.com", Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Sum("postal_messages_total"));
        Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", Server.Permalink)));
        Assert.Equal(0, page.Find("postal_exporter_collector_success", ("collector", "tracking")));
        Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "tail")));
    }

    private async Task InsertAsync(string table, Message message, int rows)
    {
        await using var connection = new MySqlConnector.MySqlConnection(mariaDb.Server.ConnectionString);
        await connection.OpenAsync(Cancel);
        for (var row = 0; row < rows; row++)
        {
            await using var command = new MySqlConnector.MySqlCommand(
                $"INSERT INTO `{Server.DatabaseName}`.{table} (message_id, ip_address, timestamp) VALUES ({message.Id}, '192.0.2.1', UNIX_TIMESTAMP(NOW(6)))", connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }
}
