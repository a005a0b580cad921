using Microsoft.Extensions.Time.Testing;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Tail;

/// <summary>Rows that cannot be counted are said to be lost, as many as there were.</summary>
public sealed class LostRowTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(60);
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    private MessageRow Row => new() { CredentialId = Server.Credentials[0].Id };

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task A_row_that_becomes_visible_after_the_settle_time_is_lost_and_said_to_be()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await using var first = await Server.InsertUncommittedMessageAsync(Row, Cancel);
        await using var second = await Server.InsertUncommittedMessageAsync(Row, Cancel);
        await Server.InsertMessageRowAsync(Row, Cancel);
        await exporter.ScrapeAsync();
        time.Advance(Settle - TimeSpan.FromSeconds(1));
        await first.CommitAsync(Cancel);
        Assert.Equal(2, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        time.Advance(Settle);
        await exporter.ScrapeAsync();

        await exporter.RestartAsync();
        await second.CommitAsync(Cancel);
        Assert.Equal(2, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        time.Advance(Settle);
        var page = await exporter.ScrapeAsync();

        Assert.Equal(2, page.Sum("postal_messages_total"));
        Assert.Equal(1, page.Find("postal_exporter_rows_lost_total", ("stream", "messages")));
        time.Advance(Settle);
        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_exporter_rows_lost_total", ("stream", "messages")));
    }

    [Fact]
    public async Task Rows_that_retention_deleted_while_the_exporter_was_down_are_lost()
    {
        await using var exporter = await StartAsync();
        await Server.InsertMessageRowAsync(Row, Cancel);
        await exporter.ScrapeAsync();
        await Server.InsertMessageRowAsync(Row, Cancel);
        await exporter.ScrapeAsync();
        for (var i = 0; i < 7; i++)
            await Server.InsertMessageRowAsync(Row, Cancel);
        // Everything read and five of the seven rows after it.
        await ExecuteAsync($"DELETE FROM `{Server.DatabaseName}`.messages WHERE id <= 7");

        var page = await exporter.ScrapeAsync();

        Assert.Equal(3, page.Sum("postal_messages_total"));
        Assert.Equal(5, page.Find("postal_exporter_rows_lost_total", ("stream", "messages")));
        await Server.InsertMessageRowAsync(Row, Cancel);
        page = await exporter.ScrapeAsync();
        Assert.Equal(4, page.Sum("postal_messages_total"));
        Assert.Equal(5, page.Find("postal_exporter_rows_lost_total", ("stream", "messages")));
    }

    [Fact]
    public async Task Rows_of_a_table_that_retention_emptied_are_lost_once_and_what_follows_is_counted()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await Server.InsertMessageRowAsync(Row, Cancel);
        await exporter.ScrapeAsync();
        for (var i = 0; i < 4; i++)
            await Server.InsertMessageRowAsync(Row, Cancel);
        await ExecuteAsync($"DELETE FROM `{Server.DatabaseName}`.messages");

        Assert.Equal(4, (await exporter.ScrapeAsync()).Find("postal_exporter_rows_lost_total", ("stream", "messages")));
        Assert.Equal(4, (await exporter.ScrapeAsync()).Find("postal_exporter_rows_lost_total", ("stream", "messages")));
        await Server.InsertMessageRowAsync(Row, Cancel);
        var page = await exporter.ScrapeAsync();
        Assert.Equal(2, page.Sum("postal_messages_total"));
        Assert.Equal(4, page.Find("postal_exporter_rows_lost_total", ("stream", "messages")));
    }

    [Fact]
    public async Task Retention_that_keeps_behind_the_cursor_loses_nothing()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        for (var i = 0; i < 4; i++)
            await Server.InsertMessageRowAsync(Row, Cancel);
        await exporter.ScrapeAsync();
        await ExecuteAsync($"DELETE FROM `{Server.DatabaseName}`.messages");
        await Server.InsertMessageRowAsync(Row, Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(5, page.Sum("postal_messages_total"));
        Assert.Equal(0, page.Find("postal_exporter_rows_lost_total", ("stream", "messages")));
    }

    private Task<ExporterUnderTest> StartAsync() =>
        ExporterUnderTest.StartAsync(ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation), time, TestLog.CreateFactory());

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new MySqlConnector.MySqlConnection(mariaDb.Server.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new MySqlConnector.MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
