using Microsoft.Extensions.Time.Testing;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>Postal gives no two live servers of an organization the same name, but its tables would hold them, as after a careless restore.</summary>
public sealed class SameNameTests(MariaDbFixture mariaDb)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_live_servers_of_one_name_are_counted_together_and_do_not_break_the_page()
    {
        await using var installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        var twin = await installation.AddServerAsync(
            installation.Organizations[0], new ServerDescription("Mail", "mail") { Credentials = [new CredentialDescription("other"), new CredentialDescription("app")] }, Cancel);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var exporter = await ExporterUnderTest.StartAsync(
            ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation), time, TestLog.CreateFactory());
        await exporter.ScrapeAsync();
        foreach (var server in installation.Servers)
            await Backlog.WriteAsync(mariaDb.Server, server, 20);

        // A page with the same series twice cannot be parsed.
        AssertBoth(await exporter.ScrapeAsync(), 40);
        await exporter.RestartAsync();
        AssertBoth(await exporter.ScrapeAsync(), 40);
        // What only one of them has is not gone for the other.
        time.Advance(TimeSpan.FromHours(2));
        AssertBoth(await exporter.ScrapeAsync(), 40);
        time.Advance(TimeSpan.FromHours(2));
        AssertBoth(await exporter.ScrapeAsync(), 40);

        await twin.DropDatabaseAsync(Cancel);
        await Backlog.WriteAsync(mariaDb.Server, installation.Servers[0], 20);
        var broken = await exporter.ScrapeAsync();
        Assert.Equal(1, broken.Find("postal_up"));
        Assert.Equal(60, broken.Sum("postal_messages_total"));

        await twin.DestroyAsync(Cancel);
        var alone = await exporter.ScrapeAsync();
        Assert.Equal(1, alone.Find("postal_exporter_server_up"));
        Assert.Equal(60, alone.Sum("postal_messages_total"));
    }

    private static void AssertBoth(Exposition page, double messages)
    {
        Assert.Equal(1, page.Find("postal_up"));
        Assert.Equal(1, page.Find("postal_exporter_server_up"));
        Assert.All(page.Values.Where(pair => pair.Key.StartsWith("postal_exporter_collector_success{", StringComparison.Ordinal)), pair => Assert.Equal(1, pair.Value));
        Assert.Equal(messages, page.Sum("postal_messages_total"));
        Assert.Equal(messages, page.Sum("postal_deliveries_total"));
        Assert.Equal(2, page.Sum("postal_server_info"));
    }
}
