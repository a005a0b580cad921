using PostalExporter.Configuration;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>The database stops answering without closing its connections.</summary>
public sealed class StallTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    // Only so that a test which fails ends: no answer may depend on it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Installation installation = null!;
    private StallingProxy main = null!;
    private StallingProxy messages = null!;
    private ExporterUnderTest exporter = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Mail => installation.Servers[0];

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        main = StallingProxy.Start(mariaDb.Server.Port);
        messages = StallingProxy.Start(mariaDb.Server.Port);
        var direct = ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation);
        exporter = await ExporterUnderTest.StartAsync(direct with
        {
            MainDatabase = direct.MainDatabase with { Port = main.Port },
            MessageDatabase = direct.MessageDatabase with { Port = messages.Port },
            Collection = new CollectionOptions { PageRows = 1000 },
        });
        await exporter.ScrapeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        main.GoOn();
        messages.GoOn();
        await exporter.DisposeAsync();
        await main.DisposeAsync();
        await messages.DisposeAsync();
        await installation.DisposeAsync();
    }

    [Theory]
    [InlineData("messages t FORCE INDEX", 0)]
    [InlineData("messages t FORCE INDEX", 20_000)]
    [InlineData("ORDER BY id DESC LIMIT 1", 0)]
    public async Task Stopping_before_or_within_an_answer_holds_up_no_scrape_and_loses_no_row(string statement, int answerBytes)
    {
        await Backlog.WriteAsync(mariaDb.Server, Mail, 2500);
        var held = messages.HoldAt(statement, answerBytes);

        var stalled = await exporter.ScrapeAsync(TimeSpan.FromSeconds(2)).WaitAsync(Patience, Cancel);
        await held.WaitAsync(Patience, Cancel);
        Assert.Equal(1, stalled.Find("postal_up"));
        Assert.Equal(0, stalled.Find("postal_exporter_collector_success", ("collector", "tail")));
        var again = await exporter.ScrapeAsync(TimeSpan.FromSeconds(2)).WaitAsync(Patience, Cancel);
        Assert.Equal(0, again.Find("postal_exporter_collector_success", ("collector", "tail")));

        messages.GoOn();
        await AssertRecoveredAsync();
    }

    [Theory]
    [InlineData("messages t FORCE INDEX", 0, false)]
    [InlineData("messages t FORCE INDEX", 20_000, false)]
    [InlineData("messages t FORCE INDEX", 20_000, true)]
    public async Task Connection_that_is_lost_without_a_sign_is_given_up(string statement, int answerBytes, bool restored)
    {
        var makeOlder = $"UPDATE `{Mail.DatabaseName}`.messages SET timestamp = timestamp - 100";
        await Backlog.WriteAsync(mariaDb.Server, Mail, 1);
        await Administrator.ExecuteAsync(mariaDb.Server, makeOlder);
        await exporter.ScrapeAsync();
        if (restored)
            await Administrator.ExecuteAsync(mariaDb.Server, makeOlder);
        await Backlog.WriteAsync(mariaDb.Server, Mail, 2500);
        var held = messages.HoldAt(statement, answerBytes);
        var stalled = exporter.ScrapeAsync(TimeSpan.FromSeconds(2));
        await held.WaitAsync(Patience, Cancel);
        messages.PassOthers();
        Assert.Equal(0, (await stalled).Find("postal_exporter_collector_success", ("collector", "tail")));

        // Until the connection is given up, scrapes share the collection that has it.
        using var patience = new CancellationTokenSource(Patience);
        var page = await exporter.ScrapeAsync();
        while (page.Find("postal_exporter_collector_success", ("collector", "tail")) == 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            page = await exporter.ScrapeAsync();
        }
        await TableCounts.AssertShownAsync(mariaDb.Server.ConnectionString, Mail, page, Cancel);
    }

    [Fact]
    public async Task Main_database_that_stands_still_does_not_keep_message_databases_of_another_host_from_being_read()
    {
        await Backlog.WriteAsync(mariaDb.Server, Mail, 10);
        await exporter.ScrapeAsync();
        main.Hold();
        // At the first scrape a connection is there, at the second it has to be opened.
        for (var scrapes = 1; scrapes <= 2; scrapes++)
        {
            await Backlog.WriteAsync(mariaDb.Server, Mail, 10);
            var page = await exporter.ScrapeAsync(TimeSpan.FromSeconds(6)).WaitAsync(Patience, Cancel);
            Assert.Equal(0, page.Find("postal_up"));
            Assert.Equal(1, page.Find("postal_exporter_collector_success", ("collector", "tail")));
            Assert.Equal(10 + (10 * scrapes), page.Sum("postal_messages_total"));
        }
        main.GoOn();
        await AssertRecoveredAsync();
    }

    [Fact]
    public async Task Server_whose_database_stands_still_shows_as_down()
    {
        messages.Hold();

        var page = await exporter.ScrapeAsync(TimeSpan.FromSeconds(4)).WaitAsync(Patience, Cancel);

        Assert.Equal(1, page.Find("postal_up"));
        Assert.Equal(0, page.Find("postal_exporter_server_up", ("server", Mail.Permalink)));
        messages.GoOn();
        await AssertRecoveredAsync();
    }

    private async Task AssertRecoveredAsync()
    {
        // The first scrape may still share the collection that met the stall.
        await exporter.ScrapeAsync(Patience);
        var page = await exporter.ScrapeAsync(Patience);
        Assert.Equal(1, page.Find("postal_up"));
        Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", Mail.Permalink)));
        Assert.Equal(0, page.Sum("postal_exporter_rows_lost_total"));
        await TableCounts.AssertShownAsync(mariaDb.Server.ConnectionString, Mail, page, Cancel);
    }
}
