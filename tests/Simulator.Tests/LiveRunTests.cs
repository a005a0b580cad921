using System.Globalization;
using Dapper;
using PostalSimulator.Installations;
using PostalSimulator.Live;
using PostalSimulator.Scenarios;

namespace PostalSimulator.Tests;

public sealed class LiveRunTests(MariaDbFixture database)
{
    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_triggered_hijack_announces_its_first_message_and_sends_to_unknown_recipients()
    {
        var scenario = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "small.yml"));
        await using var installation = await CreateAsync(scenario);
        var server = installation.Server("acme/mail");

        var output = await RunUntilAsync(installation, scenario, null, server, "SELECT COUNT(*) >= 5 FROM {0}.messages WHERE status = 'HardFail'");

        await using var connection = await database.ConnectAsync(cancellationToken);
        var first = await connection.ExecuteScalarAsync<decimal>(
            $"SELECT MIN(timestamp) FROM `{server.DatabaseName}`.messages WHERE credential_id = {server.Credential("app").Id}");
        Assert.Matches("^first abusive message at [0-9]+\\.[0-9]{3}\n$", output);
        // Several writers share the work: the first to be done need not be the first to have begun.
        Assert.InRange(decimal.Parse(output.Split(' ')[^1], CultureInfo.InvariantCulture) - first, -0.001m, 5m);
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM `{installation.DatabasePrefix}`.queued_messages WHERE locked_by IS NOT NULL"));
    }

    [Fact]
    public async Task An_episode_that_is_not_there_is_not_triggered()
    {
        var scenario = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "small.yml"));
        await using var installation = await CreateAsync(scenario);

        Assert.False(new LiveRun(installation, scenario, TextWriter.Null, TextWriter.Null).Trigger("no such episode"));
    }

    [Fact]
    public async Task Mail_of_an_episode_has_its_subject_links_domain_and_clients_and_is_opened_clicked_and_complained_about()
    {
        var scenario = Parse("""
            organizations:
              - permalink: acme
                servers:
                  - permalink: mail
                    domains: [acme.example, offers.acme.example]
                    credentials: [{name: app}]
            episodes:
              - name: phishing
                server: acme/mail
                credential: app
                messages_per_second: 30
                subject: Confirm your password
                links: [https://login.example/verify]
                source_networks: 50
                sender_domain: offers.acme.example
                listed_recipients: {share: 0.2, addresses: [trap@traps.example]}
                bounces: {unknown_recipients: 0, soft_fail: 0, mailbox_full: 0, spam_refusals: 0}
                reactions: {opens: 0.5, clicks: 0.5, complaints: 0.5, reading_delay: 1s, complaint_delay: 1s}
            """);
        await using var installation = await CreateAsync(scenario);
        var server = installation.Server("mail");

        await RunUntilAsync(installation, scenario, "phishing", server,
            "SELECT (SELECT COUNT(*) FROM {0}.loads) > 5 AND (SELECT COUNT(*) FROM {0}.clicks) > 5 AND "
            + "(SELECT COUNT(*) FROM {0}.messages WHERE scope = 'incoming' AND rcpt_to = 'fbl@acme.example' AND status = 'Processed') > 5 AND "
            + "(SELECT COUNT(*) FROM {0}.messages WHERE rcpt_to = 'trap@traps.example') > 5");

        await using var connection = await database.ConnectAsync(cancellationToken);
        var sent = (await connection.QueryAsync<(int Id, string Subject, string Sender, int Domain)>(
            $"SELECT id, subject, mail_from, domain_id FROM `{server.DatabaseName}`.messages WHERE scope = 'outgoing'")).ToList();
        Assert.All(sent, row => Assert.Equal(
            ("Confirm your password", "hello@offers.acme.example", (int)server.Domains[1].Id), (row.Subject, row.Sender, row.Domain)));
        Assert.Equal("https://login.example/verify", Assert.Single(await connection.QueryAsync<string>($"SELECT DISTINCT url FROM `{server.DatabaseName}`.links")));
        var clients = new HashSet<string>();
        foreach (var row in sent.Take(30))
        {
            var stored = await StoredText.ReadAsync(
                database, server, new Message(row.Id, "outgoing", "", null, null), cancellationToken);
            clients.Add(stored.Lines.Single(line => line.StartsWith("Received: from client (198.18.", StringComparison.Ordinal)).Split('.')[2]);
        }
        Assert.True(clients.Count > 10, $"the clients are of {clients.Count} networks");
        // As many routes as addresses, however many complaints arrived at once.
        Assert.Equal(1, await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM `{installation.DatabasePrefix}`.routes"));
    }

    [Fact]
    public async Task Addresses_that_are_dead_and_mailed_again_end_in_holds()
    {
        var scenario = Parse("""
            organizations: [{permalink: acme, servers: [{permalink: mail, domains: [acme.example], credentials: [{name: app}]}]}]
            episodes:
              - name: exhausted
                server: acme/mail
                credential: app
                messages_per_second: 30
                recipients: {gmail.com: 1}
                bounces: {unknown_recipients: 1, repeated_unknown: 1}
            """);
        await using var installation = await CreateAsync(scenario);
        var server = installation.Server("mail");

        await RunUntilAsync(installation, scenario, "exhausted", server,
            "SELECT COUNT(*) > 5 FROM {0}.deliveries WHERE status = 'Held' AND details LIKE '%is on the suppression list%'");

        await using var connection = await database.ConnectAsync(cancellationToken);
        // Two failures come before a hold.
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>(
            $"SELECT COUNT(*) FROM (SELECT m.rcpt_to FROM `{server.DatabaseName}`.messages m JOIN `{server.DatabaseName}`.deliveries d ON d.message_id = m.id "
            + "GROUP BY m.rcpt_to HAVING SUM(d.status = 'Held') > 0 AND SUM(d.status = 'HardFail') < 2) early"));
    }

    [Fact]
    public async Task A_new_credential_is_made_with_its_first_message_and_a_dormant_one_wakes()
    {
        var scenario = Parse("""
            organizations: [{permalink: acme, servers: [{permalink: mail, domains: [acme.example], credentials: [{name: archive, dormant: 40d}]}]}]
            episodes:
              - {name: fresh, server: acme/mail, credential: relay, new_credential: true, messages_per_second: 20}
              - {name: woken, server: acme/mail, credential: archive, start: 0s, messages_per_second: 20}
            """);
        await using var installation = await CreateAsync(scenario);
        var server = installation.Server("mail");
        await using var connection = await database.ConnectAsync(cancellationToken);
        var unusedDays = $"SELECT CAST(ROUND(TIMESTAMPDIFF(MINUTE, last_used_at, UTC_TIMESTAMP()) / 1440) AS INT) FROM `{installation.DatabasePrefix}`.credentials WHERE name = 'archive'";
        var before = await connection.ExecuteScalarAsync<long>(unusedDays);
        Assert.DoesNotContain(server.Credentials, credential => credential.Name == "relay");

        await RunUntilAsync(installation, scenario, "fresh", server,
            "SELECT COUNT(DISTINCT credential_id) = 2 AND COUNT(*) > 20 FROM {0}.messages");

        Assert.Equal(40, before);
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>(unusedDays));
        Assert.Equal(["archive", "relay"], await connection.QueryAsync<string>(
            $"SELECT name FROM `{installation.DatabasePrefix}`.credentials WHERE created_at <= last_used_at ORDER BY name"));
    }

    private static Scenario Parse(string yaml) => ScenarioFile.Parse("test.yml", new StringReader(yaml));

    private Task<Installation> CreateAsync(Scenario scenario) =>
        Installation.CreateAsync(database.ConnectionString, scenario.Describe(InstallationDescription.UniquePrefix()), cancellationToken);

    /// <summary>Runs a scenario with an episode until a query on a server gives 1, and gives what it said.</summary>
    private async Task<string> RunUntilAsync(Installation installation, Scenario scenario, string? episode, MailServer server, string query)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = new LiveRun(installation, scenario, output, errors);
        await using var connection = await database.ConnectAsync(cancellationToken);
        Assert.True(run.Trigger(episode));
        var running = run.RunAsync(stop.Token);
        while (await connection.ExecuteScalarAsync<long>(query.Replace("{0}", $"`{server.DatabaseName}`", StringComparison.Ordinal)) == 0)
        {
            Assert.False(running.IsCompleted, errors.ToString());
            // The tables cannot be awaited, only asked again.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
        await stop.CancelAsync();
        await running;
        Assert.Equal("", errors.ToString());
        return output.ToString();
    }
}
