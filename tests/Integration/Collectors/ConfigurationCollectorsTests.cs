using PostalExporter.Collectors;
using PostalExporter.Configuration;
using PostalExporter.Metrics;

namespace PostalExporter.Integration.Collectors;

public sealed class ConfigurationCollectorsTests(MariaDbFixture mariaDb) : CollectorTest(mariaDb)
{
    [Fact]
    public async Task Every_live_server_has_the_limits_that_hold_for_it()
    {
        await Postal.Server("globex/mail").SoftDeleteAsync(Cancellation);
        var configuration = Configuration();

        var gauges = await CollectAsync(new ThresholdsCollector(), configuration);

        var live = Postal.Servers.Where(server => server.Organization.Permalink == "acme").Select(server => server.Permalink);
        var expected = live.SelectMany(server => configuration.Thresholds.Resolve("acme", server)
            .Select(limit => FormattableString.Invariant($"acme|{server}|{limit.Signal}|{limit.Severity}={limit.Value:R}")));
        Assert.NotEmpty(gauges.Of(Families.Threshold));
        Assert.Equal(expected.Order(StringComparer.Ordinal), gauges.Of(Families.Threshold));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    [InlineData(59, 1)]
    [InlineData(60, 0)]
    public async Task A_campaign_runs_from_its_first_moment_to_before_its_end(int minutesAfterStart, double running)
    {
        var start = Now.AddMinutes(-minutesAfterStart);
        var configuration = Configuration() with { Campaigns = [new Campaign("spring", "acme", "news", start, start.AddHours(1))] };

        var gauges = await CollectAsync(new CampaignsCollector(), configuration);

        Assert.Equal([FormattableString.Invariant($"acme|news|spring={running}")], gauges.Of(Families.PlannedCampaign));
    }

    [Fact]
    public async Task A_campaign_without_a_server_covers_all_of_its_organization_and_no_other()
    {
        var configuration = Configuration() with
        {
            Campaigns =
            [
                new Campaign("spring", "acme", null, Now, Now.AddHours(1)),
                new Campaign("nobody", "umbrella", null, Now, Now.AddHours(1)),
            ],
        };

        var gauges = await CollectAsync(new CampaignsCollector(), configuration);

        Assert.Equal(["acme|mail|spring=1", "acme|news|spring=1"], gauges.Of(Families.PlannedCampaign));
    }

    [Fact]
    public async Task A_repeated_campaign_runs_when_any_of_its_times_does()
    {
        var configuration = Configuration() with
        {
            Campaigns =
            [
                new Campaign("weekly", "acme", "news", Now.AddHours(-1), Now.AddHours(1)),
                new Campaign("weekly", "acme", "news", Now.AddDays(7), Now.AddDays(7).AddHours(2)),
            ],
        };

        Assert.Equal(["acme|news|weekly=1"], (await CollectAsync(new CampaignsCollector(), configuration)).Of(Families.PlannedCampaign));
    }
}
