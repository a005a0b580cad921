using PostalExporter.Configuration;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Signals;

public sealed class RepeatedRecipientsTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string Family = "postal_repeated_recipient_messages_total";

    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app", "newsletter"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task Messages_beyond_so_many_to_one_address_count_for_the_credential_that_sent_them()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(mariaDb.Server, installation);
        Assert.Equal(0, (await exporter.ScrapeAsync()).Find(Family, ("credential", "app")));
        var now = TimeProvider.System.GetUtcNow();
        for (var number = 0; number < 25; number++)
        {
            await AcceptAsync(0, number % 2 == 0 ? "anna@example.com" : "Anna@Example.com", now);
            await AcceptAsync(0, $"customer-{number}@example.com", now);
            await AcceptAsync(1, number < 15 ? "anna@example.com" : "bert@example.com", now);
        }
        var page = await exporter.ScrapeAsync();
        Assert.Equal(5, page.Find(Family, ("credential", "app")));
        Assert.Equal(0, page.Find(Family, ("credential", "newsletter")));

        // What was counted stays; what was seen is forgotten.
        await exporter.RestartAsync();
        await AcceptAsync(0, "anna@example.com", now);
        Assert.Equal(5, (await exporter.ScrapeAsync()).Find(Family, ("credential", "app")));
    }

    [Fact]
    public async Task An_address_that_gets_its_messages_over_a_longer_time_is_no_loop()
    {
        await using var exporter = await StartAsync(new RepeatedRecipientOptions { Messages = 3, Window = TimeSpan.FromMinutes(10) });
        await exporter.ScrapeAsync();
        var start = TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(10);
        for (var number = 0; number < 50; number++)
            await AcceptAsync(0, "anna@example.com", start + (number * TimeSpan.FromMinutes(5)));
        Assert.Equal(0, (await exporter.ScrapeAsync()).Sum(Family));

        for (var number = 0; number < 10; number++)
            await AcceptAsync(0, "anna@example.com", start + TimeSpan.FromHours(8));

        Assert.Equal(7, (await exporter.ScrapeAsync()).Sum(Family));
    }

    [Fact]
    public async Task A_clock_that_is_ahead_hides_no_loop_and_makes_none()
    {
        await using var exporter = await StartAsync(new RepeatedRecipientOptions { Messages = 3, Window = TimeSpan.FromDays(1) });
        await exporter.ScrapeAsync();
        var now = TimeProvider.System.GetUtcNow();
        await AcceptAsync(0, "bert@example.com", now + TimeSpan.FromDays(400));
        for (var number = 0; number < 10; number++)
            await AcceptAsync(0, "anna@example.com", now);

        Assert.Equal(7, (await exporter.ScrapeAsync()).Sum(Family));
    }

    [Fact]
    public async Task A_reload_with_another_number_is_in_force_at_once()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
        var now = TimeProvider.System.GetUtcNow();
        for (var number = 0; number < 10; number++)
            await AcceptAsync(0, "anna@example.com", now);
        Assert.Equal(0, (await exporter.ScrapeAsync()).Sum(Family));

        var signals = exporter.Configuration.Signals;
        exporter.Apply(exporter.Configuration with { Signals = signals with { RepeatedRecipients = signals.RepeatedRecipients with { Messages = 5 } } });
        await AcceptAsync(0, "anna@example.com", now);

        Assert.Equal(1, (await exporter.ScrapeAsync()).Sum(Family));
    }

    private Task<ExporterUnderTest> StartAsync(RepeatedRecipientOptions options)
    {
        var configuration = ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation);
        return ExporterUnderTest.StartAsync(configuration with { Signals = configuration.Signals with { RepeatedRecipients = options } });
    }

    private Task<long> AcceptAsync(int credential, string recipient, DateTimeOffset at) => Server.InsertMessageRowAsync(
        new MessageRow { CredentialId = Server.Credentials[credential].Id, Recipient = recipient, ReceivedAt = at }, Cancel);
}
