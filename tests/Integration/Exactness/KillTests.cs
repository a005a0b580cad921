using PostalSimulator.Installations;

namespace PostalExporter.Integration.Exactness;

public sealed class KillTests(MariaDbFixture mariaDb)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_kills_restarts_and_rows_out_of_order_every_counter_equals_the_tables_and_none_ever_fell()
    {
        await using var installation = await Installation.CreateAsync(
            mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app", "newsletter", "shop"), Cancel);
        var server = installation.Servers[0];
        await using var exporter = await ExporterProcess.StartAsync(mariaDb.Server, installation);
        var seen = await exporter.ScrapeAsync();
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var writers = Enumerable.Range(0, 6).Select(seed => RandomWriter.WriteAsync(server, new Random(seed), writing.Token)).ToList();

        var random = new Random(7);
        for (var round = 0; round < 12; round++)
        {
            // Scrapes overlap with the kill, so that it meets a collection at any point.
            var scrapes = Enumerable.Range(0, 3).Select(_ => TryScrapeAsync(exporter)).ToList();
            foreach (var scrape in scrapes.Take(random.Next(3)))
                await scrape;
            if (round % 2 == 0)
            {
                await exporter.KillAsync();
                await exporter.LaunchAsync();
            }
            var pages = (await Task.WhenAll(scrapes)).OfType<Exposition>().ToList();
            var last = await exporter.ScrapeAsync();
            foreach (var page in pages)
            {
                AssertNotBelow(seen, page);
                AssertNotBelow(page, last);
            }
            AssertNotBelow(seen, last);
            seen = last;
        }
        await writing.CancelAsync();
        await Task.WhenAll(writers);

        // The writers make rows late by chance; this one is late for certain.
        await using (var late = await server.InsertUncommittedMessageAsync(new MessageRow { CredentialId = server.Credentials[0].Id, Recipient = "someone@example.org" }, Cancel))
        {
            await server.InsertMessageRowAsync(new MessageRow { CredentialId = server.Credentials[0].Id, Recipient = "someone@example.org" }, Cancel);
            await exporter.ScrapeAsync();
            await late.CommitAsync(Cancel);
        }
        var final = await exporter.ScrapeAsync();
        AssertNotBelow(seen, final);
        seen = final;
        var expected = await TableCounts.ReadAsync(mariaDb.Server.ConnectionString, server, (0, 0), Cancel);
        Assert.True(expected.Values.Sum() > 100, "the writers must have written something");
        foreach (var (series, value) in expected)
            Assert.True(seen.Values.GetValueOrDefault(series) == value, $"{series}: {seen.Values.GetValueOrDefault(series)} on the page, {value} in the table");
        Assert.Equal(expected.Where(pair => pair.Key.StartsWith("postal_deliveries", StringComparison.Ordinal)).Sum(pair => pair.Value), seen.Sum("postal_deliveries_total"));
        Assert.Equal(await TableCounts.FailedMessagesAsync(mariaDb.Server.ConnectionString, server, 0, Cancel), seen.Sum("postal_message_failures_total"));
        Assert.True(seen.Sum("postal_exporter_rows_late_total") > 0, "rows must have shown up out of order");
        foreach (var secret in (string[])["someone@", "unknown recipient", "Your order", "hello@"])
        {
            Assert.DoesNotContain(secret, seen.Text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(secret, exporter.Log.ToString(), StringComparison.OrdinalIgnoreCase);
        }
    }

    private static async Task<Exposition?> TryScrapeAsync(ExporterProcess exporter)
    {
        try
        {
            return await exporter.ScrapeAsync();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static void AssertNotBelow(Exposition before, Exposition after)
    {
        foreach (var (series, value) in before.Counters)
            Assert.True(after.Values.GetValueOrDefault(series, -1) >= value, $"{series} fell from {value} to {after.Values.GetValueOrDefault(series, -1)}");
    }
}
