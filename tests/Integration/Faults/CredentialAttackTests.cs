using System.Globalization;
using System.Text.RegularExpressions;
using MySqlConnector;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>A customer makes and deletes credentials and sending domains by the thousand, and sends with them.</summary>
public sealed partial class CredentialAttackTests(MariaDbFixture mariaDb)
{
    private const int Rounds = 5;
    private const int Credentials = 20_000;
    private const int Domains = 5_000;
    private const int Working = 20;
    private const int Abusers = 10;
    private const int FirstAbuser = 15_000;

    // Built in.
    private const int CredentialPlaces = 200;
    private const int DomainPlaces = 500;

    private readonly string[] working = [.. Enumerable.Range(0, Working).Select(number => $"app-{number}")];
    private Installation installation = null!;
    private long rows;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    [Fact]
    public async Task Thousands_of_credentials_and_domains_that_come_and_go_are_bounded_and_who_sends_most_is_named()
    {
        await using var ended = installation = await Installation.CreateAsync(
            mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials(working), Cancel);
        await using var exporter = await ExporterProcess.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
        await SendAsync(Working * 20, WorkingCredential, OwnDomain);
        await exporter.ScrapeAsync();
        var each = 20;
        double memory = 0;
        Exposition last = null!;

        for (var round = 1; round <= Rounds; round++)
        {
            // The flood takes what is free before anybody sends.
            await RenewAsync(round);
            await exporter.ScrapeAsync();
            // A thousand send three messages, two hundred of those that are gone three, ten send five hundred.
            await SendAsync(3_000, Credential(round, "1 + seq MOD 1000"), Domain(round, "2 + seq MOD 600"));
            await SendAsync(600, Credential(round - 1, "1 + seq MOD 200"), Domain(round - 1, "2 + seq MOD 200"));
            await SendAsync(Abusers * 500, Abuser(round), Domain(round, "1"));
            await SendAsync(Working * 3, WorkingCredential, OwnDomain);
            await exporter.ScrapeAsync();
            await SendAsync(Abusers * 100, Abuser(round), Domain(round, "1"));
            await SendAsync(Working * 3, WorkingCredential, OwnDomain);
            each += 6;

            last = await exporter.ScrapeAsync();

            Assert.All(working, name => Assert.Equal(each, last.Find("postal_messages_total", ("credential", name))));
            Assert.All(AbuserNames(round), name => Assert.Equal(100, last.Find("postal_messages_total", ("credential", name))));
            Assert.All(AbuserNames(round), name => Assert.InRange(last.Find("postal_credential_recipients", ("credential", name))!.Value, 80, 120));
            Assert.Equal(Abusers * 100, last.Find("postal_sender_domain_messages_total", ("domain", $"d{round}-1.example")));
            Assert.Equal(each * Working, last.Find("postal_sender_domain_messages_total", ("domain", Server.Domains[0].Name)));
            AssertBounds(last);
            if (round == 1)
                memory = last.Find("process_working_set_bytes")!.Value;
        }

        var grown = last.Find("process_working_set_bytes") - memory;
        Assert.True(grown < 60e6, $"memory grew by {grown / 1e6:F0} MB");
        var state = Directory.EnumerateFiles(exporter.StateDirectory).Sum(file => new FileInfo(file).Length);
        Assert.True(state < 20e6, $"the state directory takes {state / 1e6:F0} MB");

        await exporter.KillAsync();
        await exporter.LaunchAsync();
        await SendAsync(Abusers * 50, Abuser(Rounds), Domain(Rounds, "1"));
        await SendAsync(Working, WorkingCredential, OwnDomain);
        var restarted = await exporter.ScrapeAsync();

        Assert.All(working, name => Assert.Equal(each + 1, restarted.Find("postal_messages_total", ("credential", name))));
        Assert.All(AbuserNames(Rounds), name => Assert.Equal(150, restarted.Find("postal_messages_total", ("credential", name))));
        Assert.Equal(Abusers * 150, restarted.Find("postal_sender_domain_messages_total", ("domain", $"d{Rounds}-1.example")));
    }

    private void AssertBounds(Exposition page)
    {
        // Nothing is missing and nothing is counted twice, whatever has a name.
        Assert.Equal(rows, page.Sum("postal_messages_total"));
        Assert.Equal(rows, page.Sum("postal_sender_domain_messages_total"));
        Assert.Equal(rows, page.Sum("postal_deliveries_total"));
        Assert.Equal(page.Sum("postal_messages_total", ("credential", "other")), page.Find("postal_exporter_label_values_limited_total", ("family", "postal_messages_total")));
        Assert.Equal(page.Sum("postal_sender_domain_messages_total", ("domain", "other")), page.Find("postal_exporter_label_values_limited_total", ("family", "postal_sender_domain_messages_total")));

        // Those that have a place, as many that lost it, and all others.
        Assert.InRange(Values(page, "postal_messages_total", "credential"), CredentialPlaces, (2 * CredentialPlaces) + 1);
        Assert.InRange(Values(page, "postal_deliveries_total", "credential"), CredentialPlaces, (2 * CredentialPlaces) + 1);
        Assert.InRange(Values(page, "postal_sender_domain_messages_total", "domain"), DomainPlaces, (2 * DomainPlaces) + 1);
        Assert.InRange(Values(page, "postal_credential_info", "credential"), 1, CredentialPlaces);
        Assert.InRange(Values(page, "postal_credential_recipients", "credential"), 1, CredentialPlaces);
        Assert.Equal(DomainPlaces, Values(page, "postal_domain_dns_ok", "domain"));
        Assert.True(page.Values.Count < 10_000, $"{page.Values.Count} series");
    }

    private static int Values(Exposition page, string family, string label) => page.Values.Keys
        .Where(series => series.StartsWith(family + "{", StringComparison.Ordinal))
        .SelectMany(series => LabelPattern().Matches(series).Where(match => match.Groups[1].Value == label).Select(match => match.Groups[2].Value))
        .Distinct().Count();

    // Ids of a round begin at a million times its number; before the first one there were some, too.
    private static string Credential(int round, string number) => $"{round + 1}000000 + {number}";

    private static string Domain(int round, string number) => $"{round + 1}000000 + {number}";

    private static string Abuser(int round) => Credential(round, $"{FirstAbuser} + seq MOD {Abusers}");

    private static IEnumerable<string> AbuserNames(int round) => Enumerable.Range(FirstAbuser, Abusers).Select(number => $"c{round}-{number}");

    private string WorkingCredential => $"ELT(1 + seq MOD {Working}, {string.Join(", ", Server.Credentials.Select(credential => credential.Id))})";

    private string OwnDomain => Server.Domains[0].Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>Deletes the credentials and domains of the round before, and makes others.</summary>
    private Task RenewAsync(int round) => ExecuteAsync($"""
        DELETE FROM `{installation.DatabasePrefix}`.credentials WHERE id > 1000000;
        DELETE FROM `{installation.DatabasePrefix}`.domains WHERE id > 1000000;
        INSERT INTO `{installation.DatabasePrefix}`.credentials (id, server_id, `key`, type, name, hold, created_at)
        SELECT {Credential(round, "seq")}, {Server.Id}, CONCAT('k', UUID()), 'SMTP', CONCAT('c{round}-', seq), 0, UTC_TIMESTAMP() FROM seq_1_to_{Credentials};
        INSERT INTO `{installation.DatabasePrefix}`.domains (id, name, owner_type, owner_id, verified_at, spf_status, dkim_status, mx_status, return_path_status)
        SELECT {Domain(round, "seq")}, CONCAT('d{round}-', seq, '.example'), 'Server', {Server.Id}, UTC_TIMESTAMP(), 'OK', 'OK', 'OK', 'OK' FROM seq_1_to_{Domains};
        """);

    /// <summary>Inserts messages that were sent, and has their credentials used as Postal does.</summary>
    /// <param name="messages">How many.</param>
    /// <param name="credential">Id of the one numbered <c>seq</c>, as SQL.</param>
    /// <param name="domain">The same for its domain.</param>
    private async Task SendAsync(int messages, string credential, string domain)
    {
        var database = $"`{Server.DatabaseName}`";
        await ExecuteAsync($"""
            INSERT INTO {database}.messages (id, token, scope, rcpt_to, mail_from, subject, timestamp, domain_id, credential_id, status, size)
            SELECT {rows} + seq, CONCAT('t', {rows} + seq), 'outgoing', CONCAT('a', seq, '@example.com'), 'b@acme.example', 'subject',
                   UNIX_TIMESTAMP(), {domain}, {credential}, 'Sent', 1000
            FROM seq_1_to_{messages};
            INSERT INTO {database}.deliveries (message_id, status, details, output, timestamp)
            SELECT id, 'Sent', 'details', '250 2.0.0 Ok', timestamp FROM {database}.messages WHERE id > {rows} ORDER BY id;
            UPDATE `{installation.DatabasePrefix}`.credentials used
            JOIN (SELECT DISTINCT credential_id FROM {database}.messages WHERE id > {rows}) sent ON sent.credential_id = used.id
            SET used.last_used_at = UTC_TIMESTAMP(6);
            """);
        rows += messages;
    }

    private async Task ExecuteAsync(string sql)
    {
        // The tables seq_1_to_N belong to whatever database is in use.
        var settings = new MySqlConnectionStringBuilder(mariaDb.Server.ConnectionString) { Database = installation.DatabasePrefix };
        await using var connection = new MySqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new MySqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync(Cancel);
    }

    [GeneratedRegex("([a-z_]+)=\"([^\"]*)\"")]
    private static partial Regex LabelPattern();
}
