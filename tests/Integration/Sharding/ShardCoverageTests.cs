using MySqlConnector;
using PostalExporter.Configuration;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Sharding;

public sealed class ShardCoverageTests(MariaDbFixture mariaDb)
{
    private const int Servers = 1_000;
    private const int Shards = 3;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_exporters_over_a_thousand_servers_show_each_once()
    {
        await using var installation = await Installation.CreateAsync(
            mariaDb.Server.ConnectionString,
            InstallationDescription.WithCredentials("app") with
            {
                Organizations =
                [
                    new("Acme", "acme")
                    {
                        Servers = [.. Enumerable.Range(1, 6).Select(number => new ServerDescription($"Mail {number}", $"mail{number}")
                        {
                            Domains = [$"mail{number}.example"], Credentials = [new CredentialDescription("app")],
                        })],
                    },
                ],
            },
            Cancel);
        // The rest are rows alone: a server whose message database does not exist is shown as one that cannot be read.
        await ExecuteAsync(installation, $"""
            INSERT INTO servers (organization_id, uuid, name, permalink, mode, token, created_at, updated_at)
            WITH RECURSIVE number (n) AS (SELECT 7 UNION ALL SELECT n + 1 FROM number WHERE n < {Servers})
            SELECT {installation.Organizations[0].Id}, UUID(), CONCAT('Mail ', n), CONCAT('mail', n), 'Live', CONCAT('t', n), UTC_TIMESTAMP(), UTC_TIMESTAMP() FROM number
            """);
        // The domains of the organization belong to no server.
        await ExecuteAsync(installation, $"UPDATE domains SET owner_type = 'Organization', owner_id = {installation.Organizations[0].Id} WHERE name <> 'mail1.example'");
        var configuration = ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation);
        var exporters = new List<ExporterUnderTest>();
        try
        {
            for (var index = 0; index < Shards; index++)
            {
                exporters.Add(await ExporterUnderTest.StartAsync(configuration with { Shard = new ShardOptions(index, Shards) }));
                await exporters[index].ScrapeAsync();
            }
            foreach (var server in installation.Servers)
            {
                for (var i = 0; i < MessagesOf(server); i++)
                    await server.AcceptAsync(server.Credentials[0], "a@example.com", Cancel);
            }

            var pages = new List<Exposition>();
            foreach (var exporter in exporters)
                pages.Add(await exporter.ScrapeAsync());

            var names = Enumerable.Range(1, Servers).Select(number => $"mail{number}").ToHashSet();
            Assert.Equal(names, NamesOf(pages, "postal_exporter_server_up"));
            Assert.Equal(names, NamesOf(pages, "postal_server_info"));
            Assert.Equal(6, pages.Sum(page => page.Sum("postal_exporter_server_up")));
            Assert.All(pages, page => Assert.InRange(page.Values.Keys.Count(key => key.StartsWith("postal_server_info{", StringComparison.Ordinal)), 250, 420));
            // Whatever names a server or an organization stands on one page.
            var keys = pages.SelectMany(page => page.Values.Keys.Where(key => key.Contains("organization=", StringComparison.Ordinal))).ToList();
            Assert.Equal(keys.Count, keys.Distinct().Count());
            Assert.Equal(6, keys.Count(key => key.StartsWith("postal_domain_dns_ok{", StringComparison.Ordinal) && key.Contains("check=\"spf\"", StringComparison.Ordinal)));
            foreach (var server in installation.Servers)
            {
                Assert.Equal(MessagesOf(server), pages.Sum(page => page.Sum("postal_messages_total", ("server", server.Permalink))));
                // The name of a domain that its organization owns is known to the shard of every server that sends by it.
                Assert.Equal(
                    MessagesOf(server),
                    pages.Sum(page => page.Sum("postal_sender_domain_messages_total", ("server", server.Permalink), ("domain", $"{server.Permalink}.example"))));
            }
        }
        finally
        {
            foreach (var exporter in exporters)
                await exporter.DisposeAsync();
        }
    }

    private static int MessagesOf(MailServer server) => (int)(server.Id % 3) + 1;

    // The servers that have a series of this family, each of which must have one only.
    private static HashSet<string> NamesOf(List<Exposition> pages, string family)
    {
        var names = pages.SelectMany(page => page.Values.Keys)
            .Where(key => key.StartsWith(family + "{", StringComparison.Ordinal))
            .Select(key => key.Split("server=\"")[1].Split('"')[0]).ToList();
        Assert.Equal(Servers, names.Count);
        return [.. names];
    }

    private async Task ExecuteAsync(Installation installation, string sql)
    {
        await using var connection = new MySqlConnection($"{mariaDb.Server.ConnectionString};Database={installation.DatabasePrefix}");
        await connection.OpenAsync(Cancel);
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
