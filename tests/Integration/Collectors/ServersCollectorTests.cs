using PostalExporter.Collectors;
using PostalExporter.Metrics;

namespace PostalExporter.Integration.Collectors;

public sealed class ServersCollectorTests(MariaDbFixture mariaDb) : CollectorTest(mariaDb)
{
    private readonly ServersCollector collector = new();

    [Fact]
    public async Task Every_live_server_has_its_id_and_mode()
    {
        await Postal.Server("acme/news").SetModeAsync("Development", Cancellation);
        await Postal.Server("globex/mail").SoftDeleteAsync(Cancellation);

        var gauges = await CollectAsync(collector);

        Assert.Equal(
            [$"acme|mail|{Postal.Server("acme/mail").Id}|Live=1", $"acme|news|{Postal.Server("acme/news").Id}|Development=1"],
            gauges.Of(Families.ServerInfo));
    }

    [Fact]
    public async Task A_suspension_of_the_server_or_of_its_organization_shows()
    {
        await Postal.Server("acme/mail").SuspendAsync("Spam", Cancellation);
        await Postal.SuspendOrganizationAsync(Postal.Server("globex/mail").Organization, Cancellation);

        var gauges = await CollectAsync(collector);

        Assert.Equal(["acme|mail=1", "acme|news=0", "globex|mail=1"], gauges.Of(Families.ServerSuspended));
    }

    [Fact]
    public async Task A_send_limit_is_absent_when_there_is_none()
    {
        await Postal.Server("acme/mail").SetSendLimitAsync(500, Cancellation);
        await Postal.Server("acme/news").SetSendLimitAsync(0, Cancellation);

        var gauges = await CollectAsync(collector);

        Assert.Equal(["acme|mail=500", "acme|news=0"], gauges.Of(Families.ServerSendLimit));
    }

    [Fact]
    public async Task Blind_spots_are_what_settings_hide()
    {
        var server = Postal.Server("acme/mail");
        await server.SetSendLimitAsync(500, Cancellation);
        await ExecuteAsync("UPDATE servers SET outbound_spam_threshold = 5, privacy_mode = 0 WHERE id = @Id", new { server.Id });
        await ExecuteAsync("UPDATE servers SET privacy_mode = 1, outbound_spam_threshold = NULL WHERE id = @Id", new { Postal.Server("acme/news").Id });

        var gauges = await CollectAsync(collector);

        Assert.Equal(
            [
                "acme|mail|no_send_limit=0", "acme|mail|outbound_scan_off=0", "acme|mail|privacy_mode=0",
                "acme|news|no_send_limit=1", "acme|news|outbound_scan_off=1", "acme|news|privacy_mode=1",
            ],
            BlindSpotsOfPostal(gauges).Where(series => series.StartsWith("acme", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_release_without_privacy_mode_says_nothing_about_it()
    {
        await ExecuteAsync("ALTER TABLE servers DROP COLUMN privacy_mode");

        var gauges = await CollectAsync(collector);

        Assert.Equal(["acme|mail|no_send_limit=1", "acme|mail|outbound_scan_off=1"],
            BlindSpotsOfPostal(gauges).Where(series => series.StartsWith("acme|mail", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_setting_that_may_not_be_read_is_no_blind_spot_of_the_server()
    {
        var account = await CreateReaderAsync(DiscoveryGrants);

        var gauges = await CollectAsync(collector, account: account);

        Assert.Empty(BlindSpotsOfPostal(gauges));
        Assert.Empty(gauges.Of(Families.ServerSendLimit));
        Assert.Equal(3, gauges.Of(Families.ServerSuspended).Count);
    }

    [Fact]
    public async Task What_the_configuration_leaves_out_is_a_blind_spot_of_every_server()
    {
        var gauges = await CollectAsync(collector);

        Assert.Equal(
            ["acme|mail|no_feedback_route=1", "acme|mail|no_source_networks=1"],
            gauges.Of(Families.MonitoringBlindSpot).Except(BlindSpotsOfPostal(gauges)).Where(series => series.StartsWith("acme|mail", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> BlindSpotsOfPostal(RecordingGauges gauges) =>
        gauges.Of(Families.MonitoringBlindSpot).Where(series => !series.Contains("no_feedback_route", StringComparison.Ordinal) && !series.Contains("no_source_networks", StringComparison.Ordinal));
}
