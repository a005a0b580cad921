using PostalExporter.Configuration;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Signals;

public sealed class ComplaintsTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string Complaints = "postal_complaints_total";
    private const string Unlinked = "postal_unlinked_complaints_total";
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    private MailServer Desk => installation.Servers[1];

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
                        new ServerDescription("Mail", "mail") { Domains = ["acme.example"], Credentials = [new CredentialDescription("app", "SMTP")] },
                        new ServerDescription("Desk", "desk") { Domains = ["desk.example"], Credentials = [new CredentialDescription("staff", "SMTP")] },
                    ],
                },
            ],
        },
        Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Theory]
    [InlineData("abuse", "abuse", true, true)]
    [InlineData("abuse", "abuse", true, false)]
    [InlineData("fraud", "fraud", false, true)]
    [InlineData("opt-out", "opt_out", true, true)]
    [InlineData("invented", "other", true, true)]
    public async Task A_report_is_counted_for_the_credential_that_sent_the_message(string stated, string label, bool hasToken, bool hasMessageId)
    {
        await using var exporter = await StartAsync("fbl@acme.example");
        await exporter.ScrapeAsync();
        var message = await SendAsync();
        await Server.ComplainAsync(message, new ComplaintShape { FeedbackType = stated, HasToken = hasToken, HasMessageId = hasMessageId, IsRedacted = true }, Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find(Complaints, ("server", "mail"), ("credential", "app"), ("feedback_type", label)));
        Assert.Equal(1, page.Sum(Complaints));
        Assert.Equal(0, page.Sum(Unlinked));
        Assert.Equal(0, page.Find("postal_monitoring_blind_spot", ("server", "mail"), ("check", "no_feedback_route")));
    }

    [Theory]
    [InlineData(ComplaintForm.Forwarded)]
    [InlineData(ComplaintForm.Quoted)]
    public async Task Mail_of_a_person_who_brings_the_message_along_is_a_complaint(ComplaintForm form)
    {
        await using var exporter = await StartAsync("fbl@acme.example");
        await exporter.ScrapeAsync();
        var message = await SendAsync();
        await Server.ComplainAsync(message, new ComplaintShape { Form = form }, Cancel);

        Assert.Equal(1, (await exporter.ScrapeAsync()).Find(Complaints, ("credential", "app"), ("feedback_type", "abuse_mail")));
    }

    [Fact]
    public async Task Reports_of_one_message_count_once_also_after_a_restart()
    {
        await using var exporter = await StartAsync("fbl@acme.example");
        await exporter.ScrapeAsync();
        var message = await SendAsync();
        await Server.ComplainAsync(message, new ComplaintShape { Copies = 2 }, Cancel);
        await exporter.ScrapeAsync();
        await exporter.RestartAsync();
        await Server.ComplainAsync(message, new ComplaintShape { FeedbackType = "fraud" }, Cancel);
        await Server.ComplainAsync(await SendAsync(), new ComplaintShape(), Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(2, page.Sum(Complaints));
        Assert.Equal(2, page.Find(Complaints, ("credential", "app"), ("feedback_type", "abuse")));
    }

    [Fact]
    public async Task A_report_that_comes_in_at_another_server_is_counted_for_the_one_that_sent()
    {
        await using var exporter = await StartAsync("fbl@desk.example");
        await exporter.ScrapeAsync();
        var message = await SendAsync();
        await Desk.ComplainAsync(message, new ComplaintShape(), Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find(Complaints, ("server", "mail"), ("credential", "app"), ("feedback_type", "abuse")));
        Assert.Equal(1, page.Sum(Complaints));
    }

    [Fact]
    public async Task What_names_no_message_is_counted_as_such_and_that_it_was_no_spam_not_at_all()
    {
        await using var exporter = await StartAsync("fbl@acme.example");
        await exporter.ScrapeAsync();
        var message = await SendAsync();
        await Server.ComplainAsync(message, new ComplaintShape { HasToken = false, HasMessageId = false }, Cancel);
        await Server.ComplainAsync(message, new ComplaintShape { FeedbackType = "not-spam" }, Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(0, page.Sum(Complaints));
        Assert.Equal(1, page.Find(Unlinked, ("server", "mail"), ("feedback_type", "abuse")));
        Assert.Equal(1, page.Sum(Unlinked));
    }

    [Fact]
    public async Task Mail_at_other_addresses_is_not_looked_at()
    {
        await using var exporter = await StartAsync("abuse@acme.example");
        await exporter.ScrapeAsync();
        var message = await SendAsync();
        await Server.ComplainAsync(message, new ComplaintShape(), Cancel);

        Assert.Equal(0, (await exporter.ScrapeAsync()).Sum(Complaints));
    }

    private async Task<Message> SendAsync()
    {
        var message = await Server.AcceptAsync(Server.Credentials[0], "a@example.com", Cancel);
        await Server.DeliverAsync(message, DeliveryOutcome.Sent("a@example.com"), Cancel);
        return message;
    }

    private Task<ExporterUnderTest> StartAsync(string route) => ExporterUnderTest.StartAsync(
        ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation) with { Complaints = new ComplaintOptions { Routes = new HashSet<string> { route } } });
}
