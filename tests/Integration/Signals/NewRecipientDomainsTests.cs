using PostalExporter.State;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Signals;

public sealed class NewRecipientDomainsTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string Family = "postal_new_recipient_domain_messages_total";

    private static readonly (string, string) Learning = ("collector", "history");
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app", "newsletter"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task Domains_of_retained_messages_are_known_at_the_first_start_but_for_those_older_than_the_look_back()
    {
        // Ids follow the time, as Postal gives them: reading ends at the first message that is too old.
        for (var days = 70; days >= 0; days--)
            await AcceptAsync($"anna@day-{days}.example", days);
        await using var exporter = await StartAsync();
        Assert.Equal(0, (await exporter.ScrapeAsync()).Find(Family, ("credential", "app")));

        foreach (var days in (int[])[70, 62, 59, 30, 0])
            await AcceptAsync($"bert@DAY-{days}.example");
        await AcceptAsync("anna@new.example", credential: 1);
        await AcceptAsync("bert@new.example");
        var page = await exporter.ScrapeAsync();

        Assert.Equal(2, page.Find(Family, ("credential", "app")));
        Assert.Equal(1, page.Find(Family, ("credential", "newsletter")));
        Assert.Null(page.Find("postal_exporter_collector_success", Learning));
    }

    [Fact]
    public async Task Each_new_domain_counts_once_whoever_writes_to_it_and_across_restarts()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        for (var number = 0; number < 5; number++)
        {
            await AcceptAsync($"someone@customer-{number}.example");
            await AcceptAsync("someone-else@customer-0.example", credential: number % 2);
        }
        await Server.AcceptIncomingAsync("anna@incoming.example", Cancel);
        foreach (var invalid in (string[])["nobody", "nobody@", "nobody@two words", "nobody@[192.0.2.1]"])
            await AcceptAsync(invalid);
        Assert.Equal(5, (await exporter.ScrapeAsync()).Sum(Family));

        await exporter.RestartAsync();
        await AcceptAsync("third@customer-4.example");
        await AcceptAsync("third@customer-5.example");

        Assert.Equal(6, (await exporter.ScrapeAsync()).Sum(Family));
    }

    [Fact]
    public async Task A_domain_is_new_again_after_the_look_back_by_the_time_of_its_messages()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await AcceptAsync("anna@customer.example", daysAgo: 65);
        await AcceptAsync("anna@customer.example", daysAgo: 40);
        await AcceptAsync("anna@other.example", daysAgo: 65);
        await AcceptAsync("anna@customer.example");
        await AcceptAsync("anna@other.example");

        Assert.Equal(3, (await exporter.ScrapeAsync()).Sum(Family));
    }

    [Fact]
    public async Task A_clock_that_is_ahead_makes_nothing_known_for_years_and_nothing_new()
    {
        await AcceptAsync("anna@customer.example");
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await AcceptAsync("anna@customer.example", daysAgo: -3_000);
        Assert.Equal(0, (await exporter.ScrapeAsync()).Sum(Family));

        await exporter.RestartAsync();
        await AcceptAsync("anna@customer.example");

        Assert.Equal(0, (await exporter.ScrapeAsync()).Sum(Family));
    }

    [Fact]
    public async Task Nothing_is_new_until_history_was_read_over_several_collections_and_a_restart()
    {
        const int History = 400;
        for (var number = 0; number < History; number++)
            await AcceptAsync($"anna@customer-{number}.example");
        // Each look at it takes a tenth of a second, and each collection has sixteen: history does not fit.
        var configuration = ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation);
        configuration = configuration with { Collection = configuration.Collection with { PageRows = 1 } };
        await using var exporter = await ExporterUnderTest.StartAsync(configuration, new HastyClock(), TestLog.CreateFactory());
        var page = await exporter.ScrapeAsync();
        Assert.Equal(1, page.Find("postal_exporter_collector_success", Learning));
        // Written while it learns: remembered, and not called new.
        await AcceptAsync("anna@meanwhile.example");
        await exporter.RestartAsync();
        page = await exporter.ScrapeAsync();
        Assert.Equal(1, page.Sum("postal_messages_total"));

        var collections = 2;
        for (; page.Find("postal_exporter_collector_success", Learning) is not null && collections < History; collections++)
            page = await exporter.ScrapeAsync();

        Assert.InRange(collections, 4, History - 1);
        Assert.Equal(0, page.Sum(Family));
        for (var number = 0; number < History; number += 10)
            await AcceptAsync($"bert@customer-{number}.example");
        await AcceptAsync("bert@meanwhile.example");
        await AcceptAsync("bert@new.example");
        while (page.Sum("postal_messages_total") < 1 + (History / 10) + 2)
            page = await exporter.ScrapeAsync();
        Assert.Equal(1, page.Sum(Family));
    }

    [Fact]
    public async Task Without_the_key_of_its_hashes_it_learns_anew()
    {
        await AcceptAsync("anna@customer.example");
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await AcceptAsync("anna@second.example");
        Assert.Equal(1, (await exporter.ScrapeAsync()).Sum(Family));

        await exporter.RestartAsync(() => File.Delete(Path.Combine(exporter.StateDirectory, HashKeyFile.FileName)));
        await exporter.ScrapeAsync();
        await AcceptAsync("bert@customer.example");
        await AcceptAsync("bert@second.example");
        await AcceptAsync("bert@third.example");

        Assert.Equal(2, (await exporter.ScrapeAsync()).Sum(Family));
    }

    [Fact]
    public async Task A_server_that_appears_later_knows_no_domain_and_a_restored_one_all_that_it_knew()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await AcceptAsync("anna@customer.example");
        await exporter.ScrapeAsync();
        var later = await installation.AddServerAsync(
            installation.Organizations[0], new ServerDescription("Later", "later") { Credentials = [new CredentialDescription("crm")] }, Cancel);
        var credential = later.Credentials[0];
        await later.AcceptAsync(credential, "anna@customer.example", Cancel);
        await later.AcceptAsync(credential, "bert@customer.example", Cancel);
        var page = await exporter.ScrapeAsync();
        Assert.Equal(1, page.Find(Family, ("server", Server.Permalink), ("credential", "app")));
        Assert.Equal(1, page.Find(Family, ("server", later.Permalink), ("credential", "crm")));

        await Administrator.ExecuteAsync(mariaDb.Server, $"TRUNCATE TABLE `{Server.DatabaseName}`.messages");
        await AcceptAsync("bert@customer.example");
        page = await exporter.ScrapeAsync();

        Assert.Equal(2, page.Find("postal_messages_total", ("server", Server.Permalink), ("scope", "outgoing"), ("credential", "app")));
        Assert.Equal(1, page.Find(Family, ("server", Server.Permalink), ("credential", "app")));
    }

    private Task<ExporterUnderTest> StartAsync() => ExporterUnderTest.StartAsync(mariaDb.Server, installation);

    private Task<long> AcceptAsync(string recipient, int daysAgo = 0, int credential = 0) => Server.InsertMessageRowAsync(
        new MessageRow
        {
            CredentialId = Server.Credentials[credential].Id, Recipient = recipient, ReceivedAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(daysAgo),
        }, Cancel);
}
