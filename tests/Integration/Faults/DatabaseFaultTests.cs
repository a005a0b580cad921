using PostalExporter.Configuration;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>A MariaDB of its own for each test: it is stopped, killed and stalled.</summary>
public sealed class DatabaseFaultTests : IAsyncLifetime
{
    private const string SelectCount =
        "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'COM_SELECT'";

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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_that_is_gone_shows_as_down_and_needs_no_restart_of_the_exporter_when_it_comes_back(bool crashed)
    {
        await (crashed ? server.KillAsync(Cancel) : server.StopAsync(Cancel));
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
    public async Task A_restart_of_the_database_amid_a_catch_up_loses_and_repeats_no_row()
    {
        await using var proxy = StallingProxy.Start(server.Port);
        exporter.Configuration = exporter.Configuration with
        {
            MessageDatabase = exporter.Configuration.MessageDatabase with { Port = proxy.Port },
            Collection = new CollectionOptions { PageRows = 500 },
        };
        await exporter.RestartAsync();
        await Backlog.WriteAsync(server, Mail, 3000);
        var held = proxy.HoldAt("messages t FORCE INDEX (PRIMARY) WHERE t.id >= 501 ", 10_000);

        var scrape = exporter.ScrapeAsync();
        await held;
        await server.KillAsync(Cancel);
        proxy.Cut();
        var broken = await scrape;

        Assert.Equal(0, broken.Find("postal_exporter_collector_success", ("collector", "tail")));
        Assert.InRange(broken.Sum("postal_messages_total"), 502, 1000);
        await server.RestartAsync(Cancel);
        var page = await exporter.ScrapeAsync();
        Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "tail")));
        Assert.Equal(0, page.Sum("postal_exporter_rows_lost_total"));
        await TableCounts.AssertShownAsync(server.ConnectionString, Mail, page, Cancel);
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
    public async Task Two_hundred_scrapes_at_once_are_one_collection_and_one_page()
    {
        await using var proxy = StallingProxy.Start(server.Port);
        exporter.Configuration = exporter.Configuration with { MainDatabase = exporter.Configuration.MainDatabase with { Port = proxy.Port } };
        await exporter.RestartAsync();
        await exporter.ScrapeAsync();
        var start = await Administrator.NumberAsync(server, SelectCount);
        await exporter.ScrapeAsync();
        var before = await Administrator.NumberAsync(server, SelectCount);
        // The collection waits here until all scrapes are there.
        var held = proxy.HoldAt("FROM servers s JOIN organizations", 0);

        var scrapes = Enumerable.Range(0, 200).Select(_ => exporter.ScrapeAsync()).ToList();
        await held;
        proxy.GoOn();
        var pages = await Task.WhenAll(scrapes);

        Assert.Single(pages.Select(page => page.Text).Distinct());
        Assert.Equal(1, pages[0].Find("postal_up"));
        // As many statements as for one scrape; once a minute there is one more.
        var one = before - start;
        Assert.InRange(await Administrator.NumberAsync(server, SelectCount) - before, one - 1, one + 1);
    }

    private Task<Message> AcceptAsync() => Mail.AcceptAsync(Mail.Credentials[0], "a@example.com", Cancel);
}
