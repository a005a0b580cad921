using System.Globalization;
using MySqlConnector;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>A sender invents a million recipient domains, tags and sender names.</summary>
public sealed class CardinalityAttackTests(MariaDbFixture mariaDb)
{
    private const int Junk = 1_000_000;
    private const int JunkPerScrape = 100_000;
    private const int RealDomains = 30;
    private const int RealPerScrape = 600;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_million_invented_names_leave_series_state_and_memory_bounded_and_real_domains_their_series()
    {
        await using var installation = await Installation.CreateAsync(
            mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        var server = installation.Servers[0];
        await using var exporter = await ExporterProcess.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
        await InsertAsync(server, junk: 0, "junk-0");
        var usual = await exporter.ScrapeAsync();
        Assert.Equal(RealPerScrape, usual.Sum("postal_recipient_domain_deliveries_total"));
        // A first round of the attack, by which the others are measured.
        await InsertAsync(server, JunkPerScrape, "junk-1");
        var before = await exporter.ScrapeAsync();
        var memory = before.Find("process_working_set_bytes");

        var last = before;
        for (var round = 2; round <= Junk / JunkPerScrape; round++)
        {
            await InsertAsync(server, JunkPerScrape, $"junk-{round}");
            var page = await exporter.ScrapeAsync();
            for (var real = 0; real < RealDomains; real++)
            {
                var label = ("recipient_domain", Real(real));
                Assert.True(page.Sum("postal_recipient_domain_deliveries_total", label) > last.Sum("postal_recipient_domain_deliveries_total", label), $"{Real(real)} in round {round}");
            }
            last = page;
        }

        Assert.Equal(before.Values.Count, last.Values.Count);
        Assert.True(last.Sum("postal_exporter_label_values_limited_total") > 0.99 * Junk);
        var rows = Junk + ((1 + (Junk / JunkPerScrape)) * RealPerScrape);
        Assert.Equal(rows, last.Sum("postal_messages_total"));
        Assert.Equal(rows, last.Sum("postal_recipient_domain_deliveries_total"));
        var grown = last.Find("process_working_set_bytes") - memory;
        Assert.True(grown < 60e6, $"memory grew by {grown / 1e6:F0} MB");
        var state = Directory.EnumerateFiles(exporter.StateDirectory).Sum(file => new FileInfo(file).Length);
        // Half a million of the domains are remembered, once in the file and once in its log.
        Assert.True(state < 16e6, $"the state directory takes {state / 1e6:F0} MB");
    }

    private static string Real(int number) => string.Create(CultureInfo.InvariantCulture, $"real-{number}.example");

    /// <summary>Rows of one round: real recipients spread among invented ones.</summary>
    private async Task InsertAsync(MailServer server, int junk, string name)
    {
        await using var connection = new MySqlConnection(mariaDb.Server.ConnectionString);
        await connection.OpenAsync(Cancel);
        var database = $"`{server.DatabaseName}`";
        var rows = junk + RealPerScrape;
        var every = rows / RealPerScrape;
        await using var head = new MySqlCommand($"SELECT CAST(COALESCE(MAX(id), 0) AS SIGNED) FROM {database}.messages", connection);
        var first = (long)(await head.ExecuteScalarAsync(Cancel))!;
        await using var command = new MySqlCommand(
            string.Create(CultureInfo.InvariantCulture, $"""
                INSERT INTO {database}.messages (id, token, scope, rcpt_to, mail_from, tag, subject, timestamp, domain_id, credential_id, status, size)
                SELECT {first} + seq, CONCAT('t', {first} + seq), 'outgoing',
                       IF(seq MOD {every} = 0 AND seq DIV {every} <= {RealPerScrape},
                          CONCAT('a@real-', (seq DIV {every}) MOD {RealDomains}, '.example'), CONCAT('a@{name}-', seq, '.example')),
                       CONCAT('sender-', {first} + seq, '@acme.example'), CONCAT('tag-', {first} + seq), 'subject', UNIX_TIMESTAMP(),
                       {server.Domains[0].Id}, {server.Credentials[0].Id}, 'Sent', 1000
                FROM {database}.seq_1_to_{rows};
                INSERT INTO {database}.deliveries (message_id, status, details, output, timestamp)
                SELECT id, 'Sent', 'details', '250 2.0.0 Ok', timestamp FROM {database}.messages WHERE id > {first} ORDER BY id;
                """),
            connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
