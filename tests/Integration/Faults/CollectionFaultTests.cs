using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

public sealed class CollectionFaultTests(MariaDbFixture mariaDb)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_collection_that_breaks_off_outside_of_its_parts_shows_that_nothing_on_the_page_is_current()
    {
        await using var installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        var server = installation.Servers[0];
        await using var exporter = await ExporterUnderTest.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
        await server.AcceptAsync(server.Credentials[0], "a@example.com", Cancel);
        Assert.Equal(1, (await exporter.ScrapeAsync()).Sum("postal_messages_total"));
        var sound = exporter.Configuration;

        // No reader of configurations lets this pass; it fails where the tail is set up.
        exporter.Apply(sound with { MessageDatabase = null! });
        await server.AcceptAsync(server.Credentials[0], "a@example.com", Cancel);
        for (var i = 0; i < 2; i++)
        {
            var broken = await exporter.ScrapeAsync();
            Assert.Equal(0, broken.Find("postal_up"));
            Assert.All(broken.Values.Where(pair => pair.Key.StartsWith("postal_exporter_collector_success{", StringComparison.Ordinal)), pair => Assert.Equal(0, pair.Value));
            Assert.Equal(0, broken.Find("postal_exporter_collector_success", ("collector", "state")));
            Assert.Equal(1, broken.Sum("postal_messages_total"));
        }

        exporter.Apply(sound);
        var page = await exporter.ScrapeAsync();
        Assert.Equal(1, page.Find("postal_up"));
        Assert.All(page.Values.Where(pair => pair.Key.StartsWith("postal_exporter_collector_success{", StringComparison.Ordinal)), pair => Assert.Equal(1, pair.Value));
        Assert.Equal(2, page.Sum("postal_messages_total"));
    }
}
