using System.Globalization;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>SIGTERM in the middle of a collection, at a real process.</summary>
public sealed class ShutdownTests(MariaDbFixture mariaDb)
{
    private const int Rows = 3000;
    private const int PageRows = 500;

    private const string SecondPage = "messages t FORCE INDEX (PRIMARY) WHERE t.id >= 500 ";

    // Only so that a test which fails ends.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SecondPage, PageRows, true, true)]
    [InlineData(SecondPage, PageRows, false, true)]
    [InlineData("ORDER BY id DESC LIMIT 1", 0, false, false)]
    public async Task SIGTERM_amid_a_collection_ends_the_process_in_bounded_time_and_the_next_start_goes_on_exactly(
        string statement, int readBefore, bool databaseAnswers, bool clientWaits)
    {
        await using var installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        var server = installation.Servers[0];
        await using var proxy = StallingProxy.Start(mariaDb.Server.Port);
        await using var exporter = await ExporterProcess.StartAsync(mariaDb.Server, installation, "collection:", $"  page_rows: {PageRows}");
        await exporter.ScrapeAsync();
        await exporter.KillAsync();
        await UseAsync(exporter, mariaDb.Server.Port, proxy.Port);
        await exporter.LaunchAsync();
        await Backlog.WriteAsync(mariaDb.Server, server, Rows);
        var held = proxy.HoldAt(statement, answerBytes: readBefore * 20);

        using var client = new HttpClient();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var scrape = ScrapeAsync(exporter, client, leaving.Token);
        await held.WaitAsync(Patience, Cancel);
        if (!clientWaits)
        {
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scrape);
        }
        var ending = exporter.TerminateAsync();
        if (databaseAnswers)
            proxy.GoOn();

        Assert.Equal(0, await ending.WaitAsync(Patience, Cancel));
        // A page that says how far the tail came: on a busy machine the database may have been given up before the signal came.
        if (clientWaits)
            Assert.Contains("postal_exporter_collector_success{collector=\"tail\"}", await scrape, StringComparison.Ordinal);

        // What was counted before is there, while the database still stands still.
        if (!databaseAnswers)
        {
            await exporter.LaunchAsync();
            var saved = Exposition.Parse(System.Text.Encoding.UTF8.GetBytes(await ScrapeAsync(exporter, client, Cancel)));
            Assert.Equal(0, saved.Find("postal_up"));
            Assert.InRange(saved.Sum("postal_messages_total"), readBefore, Rows - 1);
            proxy.Cut();
            await exporter.TerminateAsync().WaitAsync(Patience, Cancel);
        }
        await exporter.LaunchAsync();
        await TableCounts.AssertShownAsync(mariaDb.Server.ConnectionString, server, await exporter.ScrapeAsync(), Cancel);
    }

    private static async Task UseAsync(ExporterProcess exporter, int before, int after)
    {
        var configuration = await File.ReadAllTextAsync(exporter.ConfigurationFile, Cancel);
        string Port(int number) => string.Create(CultureInfo.InvariantCulture, $"port: {number}");
        await File.WriteAllTextAsync(exporter.ConfigurationFile, configuration.Replace(Port(before), Port(after), StringComparison.Ordinal), Cancel);
    }

    private static async Task<string> ScrapeAsync(ExporterProcess exporter, HttpClient client, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(exporter.Address, "metrics"));
        request.Headers.Add("X-Prometheus-Scrape-Timeout-Seconds", "4");
        using var response = await client.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }
}
