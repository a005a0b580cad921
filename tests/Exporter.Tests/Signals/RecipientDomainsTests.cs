using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class RecipientDomainsTests
{
    [Theory]
    [InlineData("someone@Example.COM", "example.com")]
    [InlineData("a@b@mail.example", "mail.example")]
    [InlineData("someone@müller.example", "müller.example")]
    [InlineData("someone", "other")]
    [InlineData("someone@", "other")]
    [InlineData("someone@a b", "other")]
    [InlineData("someone@a\"b", "other")]
    [InlineData(null, "other")]
    public void A_domain_is_what_follows_the_last_at_sign(string? address, string expected) =>
        Assert.Equal(expected, new RecipientDomains(5).Count(address).Name);

    [Fact]
    public void A_name_longer_than_any_domain_is_other() =>
        Assert.Equal("other", new RecipientDomains(5).Count($"a@{new string('x', 254)}").Name);

    [Fact]
    public void Busy_domains_keep_their_place_in_a_flood_and_take_those_of_domains_seen_once()
    {
        var domains = new RecipientDomains(10);
        // Five are busy from the start; the flood takes the other places.
        string[] early = [.. Enumerable.Range(0, 5).Select(i => $"early-{i}.example")];
        string[] late = [.. Enumerable.Range(0, 5).Select(i => $"late-{i}.example")];
        Deliver(domains, early, 20);
        for (var minute = 0; minute < 60; minute++)
        {
            for (var i = 0; i < 1_000; i++)
                domains.Count($"a@junk-{minute}-{i}.example");
            Deliver(domains, early, 1);
            if (minute >= 10)
                Deliver(domains, late, 30);
            var lost = domains.Rebalance();
            Assert.DoesNotContain(lost, domain => early.Contains(domain.Name));
            domains.Elapse(TimeSpan.FromMinutes(1));
        }

        Assert.All([.. early, .. late], name => Assert.Equal(name, domains.Count($"a@{name}").Name));
        Assert.Equal("other", domains.Count("a@junk-59-999.example").Name);
    }

    [Fact]
    public void A_busy_domain_keeps_its_place_beside_much_busier_ones()
    {
        var domains = new RecipientDomains(1);
        Deliver(domains, ["busy.example"], (int)RecipientDomains.Busy + 1);
        Deliver(domains, ["flood.example"], 100_000);

        Assert.Empty(domains.Rebalance());
        Assert.Equal("busy.example", domains.Count("a@busy.example").Name);
    }

    [Fact]
    public void A_domain_that_is_no_longer_used_gives_its_place_to_one_that_is()
    {
        var domains = new RecipientDomains(1);
        Deliver(domains, ["old.example"], 100);
        domains.Elapse(TimeSpan.FromHours(8));
        Deliver(domains, ["new.example"], 100);

        Assert.Equal("old.example", Assert.Single(domains.Rebalance()).Name);
        Assert.Equal("new.example", domains.Count("a@new.example").Name);
        Assert.Equal("other", domains.Count("a@old.example").Name);
    }

    [Fact]
    public void After_a_restart_a_domain_has_time_to_show_that_it_is_busy()
    {
        var domains = new RecipientDomains(1);
        domains.Restore("old.example");
        Deliver(domains, ["new.example"], 10_000);
        Assert.Empty(domains.Rebalance());

        domains.Elapse(TimeSpan.FromHours(3));
        Deliver(domains, ["new.example"], 10_000);

        Assert.Equal("old.example", Assert.Single(domains.Rebalance()).Name);
    }

    [Fact]
    public void Time_does_not_overflow()
    {
        var domains = new RecipientDomains(1);
        for (var day = 0; day < 1_000; day++)
        {
            Deliver(domains, ["daily.example"], 100);
            domains.Elapse(TimeSpan.FromDays(1));
        }
        Deliver(domains, ["other.example"], 100);

        Assert.Equal("daily.example", Assert.Single(domains.Rebalance()).Name);
    }

    private static void Deliver(RecipientDomains domains, IEnumerable<string> names, int times)
    {
        foreach (var name in names)
        {
            for (var i = 0; i < times; i++)
                domains.Count($"a@{name}");
        }
    }
}
