using MySqlConnector;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>A MariaDB of its own for each test: it is stopped, killed, stalled and locked.</summary>
public sealed class DatabaseFaultTests : IAsyncLifetime
{
    private MariaDbServer server = null!;
    private Installation installation = null!;
    private ExporterUnderTest exporter = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Mail => installation.Servers[0];

    public async ValueTask InitializeAsync()
    {
        server = await MariaDbServer.StartAsync(Cancel);
        installation = await Installation.CreateAsync(server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        exporter = await ExporterUnderTest.StartAsync(server, installation);
        await exporter.ScrapeAsync();
        await AcceptAsync();
        Assert.Equal(1, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
    }

    public async ValueTask DisposeAsync()
    {
        await exporter.DisposeAsync();
        installation.KeepDatabases = true;
        await installation.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_database_that_is_gone_shows_as_down_and_needs_no_restart_of_the_exporter_when_it_comes_back()
    {
        await server.KillAsync(Cancel);
        var down = await exporter.ScrapeAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(0, down.Find("postal_up"));
        Assert.Equal(0, down.Find("postal_exporter_server_up"));
        Assert.Equal(1, down.Sum("postal_messages_total"));

        await server.RestartAsync(Cancel);
        await AcceptAsync();
        var up = await exporter.ScrapeAsync();
        Assert.Equal(1, up.Find("postal_up"));
        Assert.Equal(1, up.Find("postal_exporter_server_up"));
        Assert.Equal(2, up.Sum("postal_messages_total"));
    }

    [Fact]
    public async Task Connections_that_the_host_ended_between_two_scrapes_are_opened_anew_unnoticed()
    {
        await AcceptAsync();
        await server.KillAsync(Cancel);
        await server.RestartAsync(Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_up"));
        Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "tail")));
        Assert.Equal(2, page.Sum("postal_messages_total"));
    }

    [Fact]
    public async Task A_database_that_stands_still_without_closing_does_not_keep_a_scrape_waiting()
    {
        server.Suspend();
        try
        {
            for (var i = 0; i < 2; i++)
            {
                // The database stands still until the test lets it go on: an answer at all is one that did not wait for it.
                var stalled = await exporter.ScrapeAsync(TimeSpan.FromSeconds(3)).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
                Assert.Equal(0, stalled.Find("postal_up"));
                Assert.Equal(1, stalled.Sum("postal_messages_total"));
            }
        }
        finally
        {
            server.Resume();
        }
        await AcceptAsync();
        // The first scrape may still share the collection that began during the stall; the next one begins its own.
        await exporter.ScrapeAsync();
        var page = await exporter.ScrapeAsync();
        Assert.Equal(1, page.Find("postal_up"));
        Assert.Equal(2, page.Sum("postal_messages_total"));
    }

    [Fact]
    public async Task A_scrape_that_cannot_wait_for_the_message_databases_does_not_call_the_main_database_down()
    {
        // A host that takes connections and never answers.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port;
        exporter.Configuration = exporter.Configuration with { MessageDatabase = exporter.Configuration.MessageDatabase with { Port = port } };
        await exporter.RestartAsync();

        var patient = exporter.ScrapeAsync(TimeSpan.FromSeconds(20));
        var hurried = await exporter.ScrapeAsync(TimeSpan.FromSeconds(2));

        Assert.NotEqual(0, hurried.Find("postal_up"));
        Assert.Equal(0, hurried.Find("postal_exporter_collector_success", ("collector", "tail")));
        Assert.Equal(1, (await patient).Find("postal_up"));
        Assert.Equal(0, (await patient).Find("postal_exporter_server_up"));
    }

    [Fact]
    public async Task Many_scrapes_at_once_are_one_collection()
    {
        await AcceptAsync();
        var before = await CountAsync();
        var pages = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => exporter.ScrapeAsync()));
        var after = await CountAsync();

        Assert.All(pages, page => Assert.Equal(2, page.Sum("postal_messages_total")));
        Assert.InRange(after - before, 1, 40);

        async Task<long> CountAsync()
        {
            await using var connection = new MySqlConnection(server.ConnectionString);
            await connection.OpenAsync(Cancel);
            await using var command = new MySqlCommand(
                "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'COM_SELECT'", connection);
            return Convert.ToInt64(await command.ExecuteScalarAsync(Cancel), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    private Task<Message> AcceptAsync() => Mail.AcceptAsync(Mail.Credentials[0], "a@example.com", Cancel);

    private async Task ExecuteAsync(string sql)
    {
        // Account names hold an @, which the client would take for a parameter.
        await using var connection = new MySqlConnection(server.ConnectionString + ";AllowUserVariables=true");
        await connection.OpenAsync(Cancel);
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
