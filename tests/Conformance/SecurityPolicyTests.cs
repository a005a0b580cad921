using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using PostalExporter.Collection;
using PostalExporter.Configuration;
using PostalExporter.Postal;
using PostalSimulator.Databases;
using PostalSimulator.Installations;
using Installation = PostalSimulator.Installations.Installation;

namespace PostalExporter.Conformance;

/// <summary>What the security policy says is read is what is read.</summary>
public sealed partial class SecurityPolicyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static ILookup<bool, (string Table, string[] Columns)> Tables => Row().Matches(MarkdownPage.Of("SECURITY.md").Text)
        .Select(row => (row.Groups["table"].Value, row.Groups["columns"].Value.Split(", ").Select(column => column.Trim('`')).ToArray()))
        .ToLookup(row => RequiredColumns.MessageTables.Contains(row.Item1));

    [Fact]
    public void Columns_of_the_main_database_are_those_that_are_granted() => Assert.Equal(
        RequiredColumns.Main.Select(column => (column.Table, column.Name)).Order(),
        Tables[false].SelectMany(row => row.Columns.Select(column => (row.Table, column))).Order());

    [Fact]
    public async Task An_account_that_can_read_these_columns_and_no_other_is_enough()
    {
        await using var server = await MariaDbServer.StartAsync(Cancel);
        await using var installation = await Installation.CreateAsync(server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        await GrantAsync(server, installation);
        var mail = installation.Servers[0];
        var state = Directory.CreateTempSubdirectory("postal-policy-").FullName;
        try
        {
            await using var service = new CollectionService(Configuration(server, installation, state), new HashSet<string>(), TimeProvider.System, NullLoggerFactory.Instance);
            await service.StartAsync(Cancel);
            await ScrapeAsync(service);

            string[] statuses = ["Sent", "SoftFail", "HardFail", "Bounced", "Held", "Error"];
            foreach (var status in statuses)
            {
                var message = await mail.InsertMessageRowAsync(
                    new MessageRow { CredentialId = mail.Credentials[0].Id, Recipient = "someone@example.org", Spam = true }, Cancel);
                await mail.InsertDeliveryRowAsync(new DeliveryRow(message, status) { Details = "details", Output = "550 5.1.1 unknown" }, Cancel);
            }
            var page = await ScrapeAsync(service);

            Assert.Contains("postal_up 1\n", page, StringComparison.Ordinal);
            Assert.Matches(@"(?m)^postal_exporter_server_up\{.*\} 1$", page);
            Assert.DoesNotMatch(@"(?m)^postal_exporter_collector_success\{.*\} 0$", page);
            Assert.All(statuses, status => Assert.Matches($@"(?m)^postal_deliveries_total\{{.*status=""{status}""\}} 1$", page));
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    private static async Task GrantAsync(MariaDbServer server, Installation installation)
    {
        await using var connection = new MySqlConnection(server.ConnectionString);
        await connection.OpenAsync(Cancel);
        string[] messageDatabases = [.. installation.Servers.Select(mail => $"{installation.DatabasePrefix}-server-{mail.Id}")];
        var grants = Tables[false].Select(row => Grant(installation.DatabasePrefix, row.Table, row.Columns))
            .Concat(messageDatabases.SelectMany(database => Tables[true].Select(row => Grant(database, row.Table, row.Columns))));
        foreach (var statement in (string[])["CREATE USER 'reader'@'%'", .. grants])
        {
            await using var command = new MySqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }

    private static string Grant(string database, string table, string[] columns) =>
        $"GRANT SELECT ({string.Join(", ", columns.Select(column => $"`{column}`"))}) ON `{database}`.`{table}` TO 'reader'@'%'";

    private static ExporterConfiguration Configuration(MariaDbServer server, Installation installation, string state) => new()
    {
        MainDatabase = new MainDatabaseOptions { Host = "127.0.0.1", Port = server.Port, Username = "reader", TlsMode = "disabled", Database = installation.DatabasePrefix },
        MessageDatabase = new MessageDatabaseOptions
        {
            Host = "127.0.0.1", Port = server.Port, Username = "reader", TlsMode = "disabled", DatabaseNamePrefix = installation.DatabasePrefix,
        },
        State = new StateOptions { Path = state },
    };

    private static async Task<string> ScrapeAsync(CollectionService service)
    {
        using var page = await service.ScrapeAsync(openMetrics: false, TimeSpan.FromSeconds(20), Cancel);
        return System.Text.Encoding.UTF8.GetString(page.Pieces.SelectMany(piece => piece.ToArray()).ToArray());
    }

    [GeneratedRegex(@"(?m)^\| `(?<table>\w+)` \| (?<columns>`\w+`(, `\w+`)*) \|$")]
    private static partial Regex Row();
}
