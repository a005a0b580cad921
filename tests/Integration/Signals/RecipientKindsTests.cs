using PostalSimulator.Installations;

namespace PostalExporter.Integration.Signals;

/// <summary>Regions of recipients, and free mailboxes.</summary>
public sealed class RecipientKindsTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app", "newsletter"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task Every_outgoing_message_has_a_region()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
        foreach (var recipient in (string[])["a@Firma.DE", "b@firma.de", "c@shop.co.uk", "d@пример.рф", "e@start-up.io", "f@example.com", "nobody"])
            await Server.InsertMessageRowAsync(new MessageRow { CredentialId = Server.Credentials[0].Id, Recipient = recipient }, Cancel);
        await Server.AcceptIncomingAsync("anna@acme.fr", Cancel);

        var page = await exporter.ScrapeAsync();

        foreach (var (region, messages) in new[] { ("DE", 2), ("GB", 1), ("RU", 1), ("generic", 3) })
            Assert.Equal(messages, page.Find("postal_recipient_region_messages_total", ("region", region)));
        Assert.Equal(page.Sum("postal_messages_total", ("scope", "outgoing")), page.Sum("postal_recipient_region_messages_total"));
    }

    [Fact]
    public async Task Messages_to_free_mailboxes_are_counted_by_credential()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
        foreach (var (credential, recipient) in new[] { (0, "a@GMail.com"), (0, "b@web.de"), (0, "c@customer.example"), (0, "d@mail.gmail.com"), (1, "e@yahoo.co.uk") })
            await Server.AcceptAsync(Server.Credentials[credential], recipient, Cancel);
        await Server.AcceptIncomingAsync("anna@gmx.net", Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(2, page.Find("postal_free_mail_messages_total", ("credential", "app")));
        Assert.Equal(1, page.Find("postal_free_mail_messages_total", ("credential", "newsletter")));
        Assert.Equal(3, page.Sum("postal_free_mail_messages_total"));
    }
}
