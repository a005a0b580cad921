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
    public async Task A_table_that_is_being_altered_costs_the_other_servers_nothing()
    {
        var second = await installation.AddServerAsync(
            installation.Organizations[0], new ServerDescription("second", "second") { Credentials = [new CredentialDescription("app")] }, Cancel);
        await exporter.ScrapeAsync();
        await using var altering = new MySqlConnection(server.ConnectionString);
        await altering.OpenAsync(Cancel);
        await using (var command = new MySqlCommand($"LOCK TABLES `{Mail.DatabaseName}`.messages WRITE", altering))
            await command.ExecuteNonQueryAsync(Cancel);
        await second.AcceptAsync(second.Credentials[0], "a@example.com", Cancel);

        var locked = await exporter.ScrapeAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(0, locked.Find("postal_exporter_server_up", ("server", Mail.Permalink)));
        Assert.Equal(1, locked.Find("postal_exporter_server_up", ("server", "second")));
        Assert.Equal(1, locked.Find("postal_messages_total", ("server", "second"), ("scope", "outgoing")));
    }

    [Fact]
    public async Task A_missing_grant_on_one_message_database_is_named_and_the_rest_is_served()
    {
        await installation.AddServerAsync(
            installation.Organizations[0], new ServerDescription("second", "second") { Credentials = [new CredentialDescription("app")] }, Cancel);
        await ExecuteAsync(
            $"CREATE USER narrow@'127.0.0.1' IDENTIFIED BY 'secret-of-the-test'; GRANT SELECT ON `{installation.DatabasePrefix}`.* TO narrow@'127.0.0.1'; "
            + $"GRANT SELECT ON `{Mail.DatabaseName}`.* TO narrow@'127.0.0.1'");
        exporter.Configuration = exporter.Configuration with
        {
            MessageDatabase = exporter.Configuration.MessageDatabase with { Username = "narrow", Password = "secret-of-the-test" },
        };
        await exporter.RestartAsync();

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", Mail.Permalink)));
        Assert.Equal(0, page.Find("postal_exporter_server_up", ("server", "second")));
        Assert.Contains("grant SELECT", exporter.Status.Servers.Single(status => status.Server == "second").Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_grant_on_a_table_of_one_message_database_is_said_and_the_rest_is_served()
    {
        var second = await installation.AddServerAsync(
            installation.Organizations[0], new ServerDescription("second", "second") { Credentials = [new CredentialDescription("app")] }, Cancel);
        await ExecuteAsync(
            $"CREATE USER partial@'127.0.0.1' IDENTIFIED BY 'secret-of-the-test'; GRANT SELECT ON `{Mail.DatabaseName}`.* TO partial@'127.0.0.1'; "
            + $"GRANT SELECT ON `{second.DatabaseName}`.messages TO partial@'127.0.0.1'; GRANT SELECT ON `{second.DatabaseName}`.deliveries TO partial@'127.0.0.1'");
        exporter.Configuration = exporter.Configuration with
        {
            MessageDatabase = exporter.Configuration.MessageDatabase with { Username = "partial", Password = "secret-of-the-test" },
        };
        await exporter.RestartAsync();

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", "second")));
        Assert.Equal(0, page.Find("postal_exporter_collector_success", ("collector", "message_database")));
        Assert.NotNull(page.Find("postal_held_messages", ("server", Mail.Permalink)));
        Assert.Null(page.Find("postal_held_messages", ("server", "second")));
    }

    [Fact]
    public async Task A_wrong_password_is_said_and_never_shown()
    {
        exporter.Configuration = exporter.Configuration with
        {
            MainDatabase = exporter.Configuration.MainDatabase with { Username = "root", Password = "wrong-secret" },
        };
        await exporter.RestartAsync();

        var page = await exporter.ScrapeAsync();

        Assert.Equal(0, page.Find("postal_up"));
        Assert.DoesNotContain("wrong-secret", page.Text, StringComparison.Ordinal);
        Assert.Equal(1, page.Sum("postal_messages_total"));
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
