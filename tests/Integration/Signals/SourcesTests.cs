using PostalExporter.Configuration;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Signals;

public sealed class SourcesTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string New = "postal_new_source_network_messages_total";
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString,
        new InstallationDescription
        {
            DatabasePrefix = InstallationDescription.UniquePrefix(),
            Organizations =
            [
                new OrganizationDescription("Acme", "acme")
                {
                    Servers =
                    [
                        new ServerDescription("Mail", "mail")
                        {
                            Domains = ["acme.example"],
                            Credentials = [new CredentialDescription("app", "SMTP"), new CredentialDescription("api", "API")],
                        },
                    ],
                },
            ],
        },
        Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task A_network_is_new_for_a_credential_once_and_still_known_after_a_restart()
    {
        await using var exporter = await StartAsync(new SourceOptions { Enabled = true, LearnFor = TimeSpan.Zero });
        await exporter.ScrapeAsync();
        await SendAsync("198.51.100.7");
        Assert.Equal(0, (await exporter.ScrapeAsync()).Sum(New));
        await SendAsync("198.51.100.9", "203.0.113.1", "203.0.113.2", "2001:db8:1::1", "2001:db8:1:ffff::1");

        var page = await exporter.ScrapeAsync();
        await exporter.RestartAsync();
        await SendAsync("203.0.113.77", "192.0.2.1");
        var later = await exporter.ScrapeAsync();

        Assert.Equal(2, page.Find(New, ("credential", "app")));
        Assert.Equal(3, page.Find("postal_credential_source_networks", ("credential", "app"), ("window", "1h")));
        Assert.Equal(3, later.Find(New, ("credential", "app")));
        Assert.Equal(0, later.Find("postal_monitoring_blind_spot", ("check", "no_source_address")));
    }

    [Fact]
    public async Task What_a_client_says_of_itself_is_not_believed()
    {
        await using var exporter = await StartAsync(new SourceOptions { Enabled = true, LearnFor = TimeSpan.Zero });
        await exporter.ScrapeAsync();
        await SendAsync("198.51.100.7");
        for (var i = 0; i < 5; i++)
        {
            await Server.AcceptAsync(
                Draft("198.51.100.8") with { Helo = $"x (y [203.0.{i}.5]) by smtp.postal.example with SMTP; Mon, 05 Jan 2026 10:00:00 +0000" }, Cancel);
        }

        var page = await exporter.ScrapeAsync();

        Assert.Equal(0, page.Sum(New));
        Assert.Equal(1, page.Find("postal_credential_source_networks", ("credential", "app")));
    }

    [Fact]
    public async Task In_its_first_days_no_network_of_a_credential_is_new()
    {
        await using var exporter = await StartAsync(new SourceOptions { Enabled = true });
        await exporter.ScrapeAsync();
        await SendAsync("198.51.100.7", "203.0.113.1", "192.0.2.1");

        Assert.Equal(0, (await exporter.ScrapeAsync()).Sum(New));
    }

    [Fact]
    public async Task Mail_without_an_address_is_counted_and_makes_the_server_a_blind_spot()
    {
        await using var exporter = await StartAsync(new SourceOptions { Enabled = true });
        await exporter.ScrapeAsync();
        await Server.AcceptAsync(Draft("198.51.100.7") with { Credential = Server.Credentials[1], ReceivedKind = ReceivedKind.ApiRaw }, Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_messages_without_source_total", ("reason", "missing")));
        Assert.Equal(1, page.Find("postal_monitoring_blind_spot", ("check", "no_source_address")));
    }

    [Fact]
    public async Task Raw_text_is_read_only_when_it_is_asked_for()
    {
        await using var exporter = await StartAsync(new SourceOptions());
        await exporter.ScrapeAsync();
        await SendAsync("198.51.100.7");

        var page = await exporter.ScrapeAsync();

        Assert.DoesNotContain(page.Values.Keys, series => series.Contains("source", StringComparison.Ordinal) && !series.Contains("no_source_networks", StringComparison.Ordinal));
        Assert.Equal(1, page.Find("postal_monitoring_blind_spot", ("check", "no_source_networks")));
        Assert.DoesNotContain(page.Values.Keys, series => series.Contains("inspection", StringComparison.Ordinal));
    }

    private MessageDraft Draft(string address) => new("a@example.com")
    {
        Credential = Server.Credentials[0], Domain = Server.Domains[0], ClientAddress = address,
    };

    private async Task SendAsync(params string[] addresses)
    {
        foreach (var address in addresses)
            await Server.AcceptAsync(Draft(address), Cancel);
    }

    private Task<ExporterUnderTest> StartAsync(SourceOptions sources) =>
        ExporterUnderTest.StartAsync(ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation) with { Sources = sources });
}
