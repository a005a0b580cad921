using System.Globalization;
using MySqlConnector;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Tail;

/// <summary>Rows that Postal does not write but that a table can hold, and ids that stay away.</summary>
public sealed class UnusualRowTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    private string Messages => $"`{Server.DatabaseName}`.messages";

    private string Deliveries => $"`{Server.DatabaseName}`.deliveries";

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task Sizes_that_no_message_can_have_do_not_spoil_the_bytes_of_the_others()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        foreach (var size in (string[])["'1000'", "'9223372036854775807'", "'9223372036854775807'", "'-5'", "'many'", "''", "NULL"])
            await ScalarAsync($"INSERT INTO {Messages} (scope, size, timestamp) VALUES ('outgoing', {size}, UNIX_TIMESTAMP())");

        var page = await exporter.ScrapeAsync();

        Assert.Equal(7, page.Sum("postal_messages_total"));
        Assert.Equal(1000, page.Sum("postal_message_bytes_total"));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("NULL")]
    [InlineData("4000000000")]
    public async Task A_delivery_of_a_message_that_cannot_exist_is_counted_once_and_stops_nothing(string messageId)
    {
        await ScalarAsync($"ALTER TABLE {Deliveries} MODIFY message_id bigint DEFAULT NULL");
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await ScalarAsync($"INSERT INTO {Deliveries} (message_id, status, timestamp) VALUES ({messageId}, 'HardFail', UNIX_TIMESTAMP())");
        await Server.InsertDeliveryRowAsync(new DeliveryRow(1, "Sent"), Cancel);

        await exporter.ScrapeAsync();
        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_exporter_server_up"));
        Assert.Equal(2, page.Sum("postal_deliveries_total"));
    }

    [Fact]
    public async Task Waiting_for_missing_ids_does_not_read_the_rows_between_them_again()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await ScalarAsync(
            $"INSERT INTO {Messages} (id, scope, timestamp) SELECT seq, 'outgoing', UNIX_TIMESTAMP() FROM `{Server.DatabaseName}`.seq_1_to_60000 WHERE seq % 10 <> 0");
        Assert.Equal(54000, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        await ScalarAsync("SET GLOBAL userstat = 1; FLUSH TABLE_STATISTICS");

        await exporter.ScrapeAsync();

        var read = await ScalarAsync(
            "SELECT COALESCE(SUM(ROWS_READ), 0) FROM information_schema.TABLE_STATISTICS "
            + $"WHERE TABLE_SCHEMA = '{Server.DatabaseName}' AND TABLE_NAME = 'messages'");
        Assert.InRange(read, 0, 100);
        await ScalarAsync($"INSERT INTO {Messages} (id, scope, timestamp) SELECT seq, 'outgoing', UNIX_TIMESTAMP() FROM `{Server.DatabaseName}`.seq_10_to_59990_step_19990");
        Assert.Equal(54004, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    private Task<ExporterUnderTest> StartAsync() => ExporterUnderTest.StartAsync(mariaDb.Server, installation);

    private async Task<long> ScalarAsync(string sql)
    {
        await using var connection = new MySqlConnection(mariaDb.Server.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new MySqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Cancel) ?? 0L, CultureInfo.InvariantCulture);
    }
}
