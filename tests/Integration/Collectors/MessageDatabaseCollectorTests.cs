using Microsoft.Extensions.Time.Testing;
using MySqlConnector;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Collectors;

public sealed class MessageDatabaseCollectorTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task The_send_volume_is_that_of_outgoing_mail_within_Postals_own_hour()
    {
        await ExecuteAsync("""
            REPLACE INTO live_stats (`type`, minute, count, timestamp) VALUES
                ('outgoing', 1, 5, UNIX_TIMESTAMP(UTC_TIMESTAMP())), ('outgoing', 2, 7, UNIX_TIMESTAMP(UTC_TIMESTAMP()) - 3500),
                ('outgoing', 3, 100, UNIX_TIMESTAMP(UTC_TIMESTAMP()) - 3700), ('incoming', 1, 1000, UNIX_TIMESTAMP(UTC_TIMESTAMP()))
            """);
        await using var exporter = await StartAsync();

        Assert.Equal(12, (await exporter.ScrapeAsync()).Find("postal_server_send_volume_messages"));
    }

    [Fact]
    public async Task Held_messages_raw_storage_and_active_suppressions_are_counted()
    {
        var held = await Server.InsertMessageRowAsync(new MessageRow { CredentialId = Server.Credentials[0].Id }, Cancel);
        await ExecuteAsync($"UPDATE messages SET held = 1 WHERE id = {held}");
        await ExecuteAsync("INSERT INTO raw_message_sizes (table_name, size) VALUES ('raw-2026-05-03', 1000), ('raw-2026-05-04', 2000)");
        await SuppressAsync("active", 3600);
        await SuppressAsync("expired", -3600);
        await using var exporter = await StartAsync();
        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_held_messages"));
        Assert.Equal(3000, page.Find("postal_raw_storage_bytes"));
        Assert.Equal(1, page.Find("postal_suppressed_recipients"));
    }

    [Fact]
    public async Task Suppressions_of_a_busy_server_are_counted_once_a_minute()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await SuppressAsync("active", 3600);
        await MoveAsync();
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(0, (await exporter.ScrapeAsync()).Find("postal_suppressed_recipients"));

        await MoveAsync();
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_suppressed_recipients"));
    }

    [Fact]
    public async Task An_idle_server_is_read_again_within_six_minutes()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await SuppressAsync("active", 3600);
        time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(0, (await exporter.ScrapeAsync()).Find("postal_suppressed_recipients"));

        time.Advance(TimeSpan.FromMinutes(3) + TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_suppressed_recipients"));
    }

    private Task<ExporterUnderTest> StartAsync() =>
        ExporterUnderTest.StartAsync(ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation), time, TestLog.CreateFactory());

    private Task<long> MoveAsync() => Server.InsertMessageRowAsync(new MessageRow { CredentialId = Server.Credentials[0].Id }, Cancel);

    private Task SuppressAsync(string name, int keptSeconds) => ExecuteAsync($"""
        INSERT INTO suppressions (`type`, address, reason, timestamp, keep_until)
        VALUES ('recipient', '{name}@example.org', 'too many hard fails', UNIX_TIMESTAMP(UTC_TIMESTAMP()), UNIX_TIMESTAMP(UTC_TIMESTAMP()) + {keptSeconds})
        """);

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new MySqlConnection(mariaDb.Server.ConnectionString);
        await connection.OpenAsync(Cancel);
        await connection.ChangeDatabaseAsync(Server.DatabaseName, Cancel);
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
