using Microsoft.Data.Sqlite;
using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.State;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Tail;

/// <summary>The sequential test of unknown recipients: what an outcome is, and what becomes of the score.</summary>
public sealed class RecipientScoreTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private static readonly RecipientScoreOptions Defaults = new();
    private static readonly DeliveryOutcome Unknown = DeliveryOutcome.HardFail();
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    private Credential App => Server.Credentials[0];

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(
        mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app", "leaked"), Cancel);

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    public static TheoryData<string, int> FirstOutcomes => new()
    {
        // The attempts of one message, and how many unknown recipients they are.
        { "unknown", 1 },
        { "unknown for now, unknown for now, unknown", 1 },
        { "unknown for now, sent", 1 },
        { "sent, bounced", 0 },
        { "greylisted, unknown", 0 },
        { "no such domain, no such domain", 1 },
        { "no such domain, connection", 1 },
        { "connection, no such domain", 0 },
        { "error, unknown", 1 },
        { "held, unknown", 1 },
    };

    [Theory]
    [MemberData(nameof(FirstOutcomes))]
    public async Task The_first_outcome_of_a_message_counts_once(string attempts, int unknown)
    {
        await using var exporter = await StartAsync();
        // Something that the other outcomes can be subtracted from.
        for (var i = 0; i < 3; i++)
            await DeliverAsync(App, Unknown);
        var message = await Server.AcceptAsync(App, "a@example.com", Cancel);
        var expected = 3 * Defaults.UnknownStep;
        Assert.Equal(expected, await ScoreAsync(exporter), 9);
        var decided = false;
        foreach (var attempt in attempts.Split(", "))
        {
            if (!decided && attempt is not ("error" or "held"))
            {
                decided = true;
                expected += unknown == 1 ? Defaults.UnknownStep : Defaults.KnownStep;
            }
            await Server.DeliverAsync(message, Outcome(attempt), Cancel);
            Assert.Equal(expected, await ScoreAsync(exporter), 9);
            await exporter.RestartAsync();
        }

        Assert.Equal(expected, await ScoreAsync(exporter), 9);
    }

    [Fact]
    public async Task What_Postal_decides_itself_is_no_outcome()
    {
        await using var exporter = await StartAsync();
        await DeliverAsync(App, Unknown);
        foreach (var details in (string[])
        [
            "Message is likely spam. Threshold is 5.0 and the message scored 7.2.", "Raw message has been removed. Cannot send message.",
            "Message's domain no longer exist", "Maximum number of delivery attempts (18) has been reached.",
        ])
        {
            var message = await Server.AcceptAsync(App, "a@example.com", Cancel);
            await Server.InsertDeliveryRowAsync(new DeliveryRow(message.Id, "HardFail") { Details = details }, Cancel);
        }

        Assert.Equal(Defaults.UnknownStep, await ScoreAsync(exporter), 9);
    }

    [Fact]
    public async Task Mail_to_a_suppressed_address_is_held_and_no_outcome_until_it_is_released()
    {
        await using var exporter = await StartAsync();
        await DeliverAsync(App, Unknown);
        await DeliverAsync(App, Unknown);
        await Server.SuppressAsync("a@example.com", "too many hard fails", Cancel);
        var held = await Server.AcceptAsync(App, "a@example.com", Cancel);
        Assert.Equal("Held", (await Server.ProcessAsync(held, Unknown, Cancel))!.Status);

        var page = await exporter.ScrapeAsync();
        Assert.Equal(2 * Defaults.UnknownStep, Score(page), 9);
        Assert.Equal(1, page.Find("postal_messages_held_total", ("credential", "app"), ("cause", "suppression")));
        Assert.Equal(2, page.Sum("postal_message_failures_total", ("reason", "recipient_unknown")));

        await Server.DeliverAsync(held, Unknown, Cancel);
        Assert.Equal(3 * Defaults.UnknownStep, await ScoreAsync(exporter), 9);
    }

    [Fact]
    public async Task A_message_that_was_tried_before_the_first_start_has_no_first_outcome()
    {
        var old = await Server.AcceptAsync(App, "a@example.com", Cancel);
        await Server.DeliverAsync(old, Outcome("greylisted"), Cancel);
        await using var exporter = await StartAsync();
        await Server.DeliverAsync(old, Unknown, Cancel);
        Assert.Equal(0, await ScoreAsync(exporter));

        await DeliverAsync(App, Unknown);
        Assert.Equal(Defaults.UnknownStep, await ScoreAsync(exporter), 9);
    }

    [Fact]
    public async Task A_reload_and_a_restart_go_on_with_the_score_and_use_the_new_parameters()
    {
        await using var exporter = await StartAsync();
        for (var i = 0; i < 5; i++)
            await DeliverAsync(App, Unknown);
        Assert.Equal(5 * Defaults.UnknownStep, await ScoreAsync(exporter), 9);

        // Half as strong a step, and a ceiling that the saved score lies below.
        var weaker = new RecipientScoreOptions { NormalShare = 0.02, BadShare = 0.06, Ceiling = 12.5 };
        exporter.Apply(exporter.Configuration = With(exporter, weaker));
        await DeliverAsync(App, Outcome("sent"));
        Assert.Equal((5 * Defaults.UnknownStep) + weaker.KnownStep, await ScoreAsync(exporter), 9);
        await DeliverAsync(App, Unknown);
        await DeliverAsync(App, Unknown);
        Assert.Equal(12.5, await ScoreAsync(exporter));

        // One that it lies above: shown and saved as the ceiling without another outcome.
        exporter.Configuration = With(exporter, weaker with { Ceiling = 4 });
        await exporter.RestartAsync();
        Assert.Equal(4, await ScoreAsync(exporter));
        Assert.Equal(4.0, Saved(exporter, "SELECT value FROM score"));
        exporter.Configuration = With(exporter, weaker);
        await exporter.RestartAsync();
        Assert.Equal(4, await ScoreAsync(exporter));
    }

    [Fact]
    public async Task The_score_of_a_deleted_credential_leaves_page_and_state_store()
    {
        await using var exporter = await StartAsync();
        await DeliverAsync(App, Unknown);
        await DeliverAsync(Server.Credentials[1], Unknown);
        Assert.Equal(Defaults.UnknownStep, (await exporter.ScrapeAsync()).Find("postal_credential_recipient_score", ("credential", "leaked"))!.Value, 9);
        Assert.Equal(2L, Saved(exporter, "SELECT COUNT(*) FROM score"));

        await Server.DeleteCredentialAsync(Server.Credentials[1], Cancel);

        Assert.Null((await exporter.ScrapeAsync()).Find("postal_credential_recipient_score", ("credential", "leaked")));
        Assert.Equal(App.Id, Saved(exporter, "SELECT credential_id FROM score"));
    }

    [Fact]
    public async Task Ten_thousand_credentials_have_a_score_and_a_saved_row_each_and_no_more_of_them_than_have_places()
    {
        const int Credentials = 10_000;
        await ExecuteAsync($"""
            INSERT INTO credentials (id, server_id, `key`, type, name, hold, created_at)
            SELECT 1000000 + seq, {Server.Id}, CONCAT('k', UUID()), 'SMTP', CONCAT('c-', seq), 0, UTC_TIMESTAMP() FROM seq_1_to_{Credentials}
            """);
        await Server.DeleteCredentialAsync(Server.Credentials[1], Cancel);
        await Server.DeleteCredentialAsync(App, Cancel);
        var configuration = ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation) with
        {
            Limits = new LimitOptions { CredentialsPerServer = Credentials },
        };
        await using var exporter = await ExporterUnderTest.StartAsync(configuration);
        await exporter.ScrapeAsync();

        Exposition page = null!;
        for (var round = 0; round < 2; round++)
        {
            await SendToUnknownAsync(round * Credentials, Credentials);
            page = await exporter.ScrapeAsync();
        }

        Assert.Equal(2 * Credentials * Defaults.UnknownStep, page.Sum("postal_credential_recipient_score"), 3);
        Assert.Equal((long)Credentials, Saved(exporter, "SELECT COUNT(*) FROM score"));
        await exporter.RestartAsync();
        Assert.Equal(2 * Credentials * Defaults.UnknownStep, (await exporter.ScrapeAsync()).Sum("postal_credential_recipient_score"), 3);

        exporter.Configuration = exporter.Configuration with { Limits = new LimitOptions { CredentialsPerServer = 200 } };
        await exporter.RestartAsync();
        await exporter.ScrapeAsync();
        await SendToUnknownAsync(2 * Credentials, Credentials);
        page = await exporter.ScrapeAsync();
        Assert.Equal(200 * 3 * Defaults.UnknownStep, page.Sum("postal_credential_recipient_score"), 3);
        Assert.Equal(200L, Saved(exporter, "SELECT COUNT(*) FROM score"));
    }

    private async Task<ExporterUnderTest> StartAsync()
    {
        var exporter = await ExporterUnderTest.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
        return exporter;
    }

    private static ExporterConfiguration With(ExporterUnderTest exporter, RecipientScoreOptions options) =>
        exporter.Configuration with { Signals = new SignalOptions { RecipientScore = options } };

    private static async Task<double> ScoreAsync(ExporterUnderTest exporter) => Score(await exporter.ScrapeAsync());

    private static double Score(Exposition page) => page.Find("postal_credential_recipient_score", ("credential", "app"))!.Value;

    private async Task DeliverAsync(Credential credential, DeliveryOutcome outcome) =>
        await Server.DeliverAsync(await Server.AcceptAsync(credential, "a@example.com", Cancel), outcome, Cancel);

    private static DeliveryOutcome Outcome(string attempt) => attempt switch
    {
        "unknown" => Unknown,
        "unknown for now" => DeliveryOutcome.SoftFail("450 4.1.1 <a@example.com>: Recipient address rejected: unverified address: User unknown\n"),
        "sent" => DeliveryOutcome.Sent("a@example.com"),
        "bounced" => DeliveryOutcome.Bounced(7),
        "greylisted" => DeliveryOutcome.SoftFail(),
        "no such domain" => DeliveryOutcome.NoServer("example.com"),
        "connection" => DeliveryOutcome.SoftFail("end of file reached"),
        "error" => DeliveryOutcome.Error(),
        "held" => DeliveryOutcome.HeldByCredential(),
        _ => throw new ArgumentException($"no outcome {attempt}", nameof(attempt)),
    };

    /// <summary>Inserts a message of each credential above 1,000,000, refused as to nobody.</summary>
    private Task SendToUnknownAsync(int before, int messages)
    {
        var database = $"`{Server.DatabaseName}`";
        return ExecuteAsync($"""
            INSERT INTO {database}.messages (id, token, scope, rcpt_to, mail_from, subject, timestamp, credential_id, status, size)
            SELECT {before} + seq, CONCAT('t', {before} + seq), 'outgoing', CONCAT('a', seq, '@example.com'), 'b@acme.example', 'subject',
                   UNIX_TIMESTAMP(), 1000000 + seq, 'HardFail', 1000
            FROM seq_1_to_{messages};
            INSERT INTO {database}.deliveries (message_id, status, details, output, timestamp)
            SELECT id, 'HardFail', 'Permanent SMTP delivery error when sending to mx', '550 5.1.1 User unknown', timestamp
            FROM {database}.messages WHERE id > {before} ORDER BY id;
            """);
    }

    private async Task ExecuteAsync(string sql)
    {
        // The tables seq_1_to_N belong to whatever database is in use.
        var settings = new MySqlConnectionStringBuilder(mariaDb.Server.ConnectionString) { Database = installation.DatabasePrefix };
        await using var connection = new MySqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new MySqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static object? Saved(ExporterUnderTest exporter, string query)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(exporter.StateDirectory, StateStore.FileName)};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar();
    }
}
