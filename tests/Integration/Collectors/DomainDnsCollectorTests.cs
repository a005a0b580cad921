using PostalExporter.Collectors;
using PostalExporter.Metrics;

namespace PostalExporter.Integration.Collectors;

public sealed class DomainDnsCollectorTests(MariaDbFixture mariaDb) : CollectorTest(mariaDb)
{
    private readonly DomainDnsCollector collector = new();

    [Fact]
    public async Task Each_check_is_1_only_when_Postal_found_it_OK()
    {
        await CheckedAsync("OK", "Invalid", "Invalid", "Missing");

        var gauges = await CollectAsync(collector);

        Assert.Equal(
            ["acme|mail|acme.example|dkim=0", "acme|mail|acme.example|mx=0", "acme|mail|acme.example|return_path=0", "acme|mail|acme.example|spf=1"],
            gauges.Of(Families.DomainDnsOk));
    }

    [Fact]
    public async Task Nothing_is_said_before_the_first_check()
    {
        await CheckedAsync(null, null, null, null);

        Assert.Empty((await CollectAsync(collector)).Of(Families.DomainDnsOk));
    }

    [Fact]
    public async Task A_domain_whose_own_mail_goes_elsewhere_has_no_MX_to_be_wrong()
    {
        await CheckedAsync("OK", "OK", "Missing", "OK");

        var gauges = await CollectAsync(collector);

        Assert.Null(gauges.Value(Families.DomainDnsOk, "acme", "mail", "acme.example", "mx"));
        Assert.Equal(1, gauges.Value(Families.DomainDnsOk, "acme", "mail", "acme.example", "spf"));
    }

    [Fact]
    public async Task A_domain_that_was_never_verified_is_left_out()
    {
        await CheckedAsync("Missing", "Missing", "Missing", "Missing");
        await ExecuteAsync("UPDATE domains SET verified_at = NULL");

        Assert.Empty((await CollectAsync(collector)).Of(Families.DomainDnsOk));
    }

    [Fact]
    public async Task A_domain_of_an_organization_has_an_empty_server()
    {
        await CheckedAsync("OK", "OK", "OK", "OK");
        await ExecuteAsync("UPDATE domains SET owner_type = 'Organization', owner_id = @Id", new { Postal.Server("globex/mail").Organization.Id });

        Assert.Equal(1, (await CollectAsync(collector)).Value(Families.DomainDnsOk, "globex", "", "acme.example", "dkim"));
    }

    [Fact]
    public async Task A_check_that_may_not_be_read_is_absent_and_costs_the_others_nothing()
    {
        await CheckedAsync("OK", "OK", "OK", "OK");
        var account = await CreateReaderAsync([.. DiscoveryGrants, "domains (id, name, owner_type, owner_id, verified_at, spf_status)"]);

        var gauges = await CollectAsync(collector, account: account);

        Assert.Equal(["acme|mail|acme.example|spf=1"], gauges.Of(Families.DomainDnsOk));
    }

    [Fact]
    public async Task So_many_domains_of_an_owner_are_shown_as_the_limit_says()
    {
        var (mail, news) = (Postal.Server("acme/mail"), Postal.Server("acme/news"));
        foreach (var name in (string[])["second.example", "third.example"])
            await mail.AddDomainAsync(name, Cancellation);
        await news.AddDomainAsync("news.example", Cancellation);

        var gauges = await CollectAsync(collector, Configuration() with { Limits = new() { SenderDomainsPerServer = 2 } });

        Assert.Equal(
            ["acme|mail|acme.example|spf=1", "acme|mail|second.example|spf=1", "acme|news|news.example|spf=1"],
            gauges.Of(Families.DomainDnsOk).Where(series => series.Contains("|spf=", StringComparison.Ordinal)));
    }

    private Task CheckedAsync(string? spf, string? dkim, string? mx, string? returnPath)
    {
        var server = Postal.Server("acme/mail");
        return server.SetDomainDnsAsync(server.Domains[0], spf, dkim, mx, returnPath, Cancellation);
    }
}
