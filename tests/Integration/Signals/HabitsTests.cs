using PostalExporter.Configuration;
using PostalExporter.Integration.Faults;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Signals;

public sealed class HabitsTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string Dormant = "postal_dormant_credential_messages_total";
    private const string UnusualHour = "postal_unusual_hour_messages_total";
    private const string NewDomain = "postal_new_sender_domain_messages_total";
    private const string First = "postal_credential_first_message_timestamp_seconds";

    private static readonly (string, string) OfApp = ("credential", "app");
    private static readonly (string, string) OfApi = ("credential", "api");
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private readonly SteppingClock clock = new();
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    private Credential App => Server.Credentials[0];

    private Credential Api => Server.Credentials[1];

    private DateTimeOffset Now => clock.GetUtcNow();

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
                        new ServerDescription("Mail", "mail")
                        {
                            Domains = ["acme.example", "other.example"],
                            Credentials = [new CredentialDescription("app", "SMTP"), new CredentialDescription("api", "API")],
                        },
                    ],
                },
            ],
        },
        Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    [Fact]
    public async Task A_credential_that_slept_wakes_for_a_day_across_a_restart()
    {
        await SendAsync(App, Ago(55), Ago(50), Ago(40));
        await SendAsync(Api, Ago(40), Ago(20));
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await SendAsync(App, Now, Now, Now);
        await SendAsync(Api, Now);
        var woken = await exporter.ScrapeAsync();
        await exporter.RestartAsync();
        await SendAsync(App, Now, Now);
        var later = await exporter.ScrapeAsync();
        clock.Pass(TimeSpan.FromHours(25));
        await SendAsync(App, Now);
        var after = await exporter.ScrapeAsync();

        Assert.Equal(3, woken.Find(Dormant, OfApp));
        Assert.Equal(5, later.Find(Dormant, OfApp));
        Assert.Equal(5, after.Find(Dormant, OfApp));
        Assert.Equal(0, after.Find(Dormant, OfApi));
    }

    [Fact]
    public async Task A_wake_just_before_the_first_start_is_learnt()
    {
        await SendAsync(App, Ago(45), Now.AddHours(-2), Now.AddHours(-1));
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await SendAsync(App, Now);

        Assert.Equal(1, (await exporter.ScrapeAsync()).Find(Dormant, OfApp));
    }

    [Fact]
    public async Task A_credential_without_history_is_new_and_not_dormant()
    {
        // Older than what is read at the first start.
        await SendAsync(Api, Ago(100));
        await SendAsync(App, Ago(30));
        await using var exporter = await StartAsync();
        var before = await exporter.ScrapeAsync();
        var now = Now;
        await SendAsync(Api, now, now);

        var page = await exporter.ScrapeAsync();

        Assert.Null(before.Find(First, OfApi));
        Assert.Equal(Ago(30).ToUnixTimeSeconds(), before.Find(First, OfApp)!.Value, tolerance: 60);
        Assert.Equal(now.ToUnixTimeSeconds(), page.Find(First, OfApi));
        foreach (var family in new[] { Dormant, UnusualHour, NewDomain })
            Assert.Equal(0, page.Find(family, OfApi));
    }

    [Fact]
    public async Task A_credential_whose_messages_are_beyond_retention_wakes_if_it_was_used_long_ago()
    {
        await using (var connection = new MySqlConnector.MySqlConnection(mariaDb.Server.ConnectionString))
        {
            await connection.OpenAsync(Cancel);
            await using var command = new MySqlConnector.MySqlCommand(
                $"UPDATE `{installation.DatabasePrefix}`.credentials SET last_used_at = UTC_TIMESTAMP() - INTERVAL 90 DAY WHERE id = {App.Id}", connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await exporter.ScrapeAsync();
        await Server.AcceptAsync(App, "a@example.com", Cancel);
        await Server.AcceptAsync(Api, "a@example.com", Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find(Dormant, OfApp));
        Assert.Equal(0, page.Find(Dormant, OfApi));
    }

    [Fact]
    public async Task A_new_sender_domain_counts_for_a_day_across_a_restart()
    {
        await SendAsync(App, Ago(10));
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await SendAsync(App, Now);
        await SendAsync(Draft(App, Now) with { Domain = null });
        await SendAsync(Draft(App, Now) with { Domain = Server.Domains[1] }, 2);
        // The first one that it uses at all.
        await SendAsync(Draft(Api, Now) with { Domain = Server.Domains[1] }, 2);
        var first = await exporter.ScrapeAsync();
        await exporter.RestartAsync();
        await SendAsync(Draft(App, Now) with { Domain = Server.Domains[1] }, 1);
        var later = await exporter.ScrapeAsync();
        clock.Pass(TimeSpan.FromHours(25));
        await SendAsync(Draft(App, Now) with { Domain = Server.Domains[1] }, 1);
        var after = await exporter.ScrapeAsync();

        Assert.Equal(2, first.Find(NewDomain, OfApp));
        Assert.Equal(3, later.Find(NewDomain, OfApp));
        Assert.Equal(3, after.Find(NewDomain, OfApp));
        Assert.Equal(0, after.Find(NewDomain, OfApi));
    }

    [Fact]
    public async Task An_hour_of_the_week_is_unusual_until_the_next_week()
    {
        var start = Now;
        for (var week = 4; week > 0; week--)
        {
            await SendAsync(App, start - (week * Week));
            await SendAsync(Api, start - (week * Week) - TimeSpan.FromHours(12));
        }
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await SendAsync(App, start, start);
        await SendAsync(Api, start);
        await exporter.ScrapeAsync();
        await exporter.RestartAsync();
        await SendAsync(Api, start);
        var thisWeek = await exporter.ScrapeAsync();
        clock.Pass(Week);
        await SendAsync(Api, start + Week, start + Week);
        var nextWeek = await exporter.ScrapeAsync();

        Assert.Equal(0, thisWeek.Find(UnusualHour, OfApp));
        Assert.Equal(2, thisWeek.Find(UnusualHour, OfApi));
        Assert.Equal(2, nextWeek.Find(UnusualHour, OfApi));
    }

    [Fact]
    public async Task Hours_of_a_young_credential_are_not_judged()
    {
        await SendAsync(App, Ago(20) - TimeSpan.FromHours(12));
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await SendAsync(App, Now);

        Assert.Equal(0, (await exporter.ScrapeAsync()).Find(UnusualHour, OfApp));
    }

    [Fact]
    public async Task Nothing_is_kept_of_credentials_without_a_place()
    {
        await SendAsync(Api, Ago(40));
        await SendAsync(App, Ago(40));
        await using var exporter = await StartAsync(options => options with { Limits = options.Limits with { CredentialsPerServer = 1 } });
        await exporter.ScrapeAsync();
        await SendAsync(Api, Now);
        await SendAsync(App, Now);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find(Dormant, OfApp));
        Assert.Equal(1, page.Sum(Dormant));
        Assert.Single(page.Values.Keys, series => series.StartsWith(First, StringComparison.Ordinal));
    }

    private DateTimeOffset Ago(int days) => Now - TimeSpan.FromDays(days);

    private MessageDraft Draft(Credential credential, DateTimeOffset moment) => new("a@example.com")
    {
        Credential = credential, Domain = Server.Domains[0], ReceivedAt = moment, StoreRaw = false,
    };

    private async Task SendAsync(Credential credential, params DateTimeOffset[] moments)
    {
        foreach (var moment in moments)
            await SendAsync(Draft(credential, moment));
    }

    private async Task SendAsync(MessageDraft draft, int messages = 1)
    {
        for (var i = 0; i < messages; i++)
            await Server.AcceptAsync(draft, Cancel);
    }

    private Task<ExporterUnderTest> StartAsync(Func<ExporterConfiguration, ExporterConfiguration>? change = null)
    {
        var configuration = ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation);
        return ExporterUnderTest.StartAsync(change is null ? configuration : change(configuration), clock, TestLog.CreateFactory());
    }
}
