using MySqlConnector;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>A MariaDB that takes no more connections, and an account that may not have more.</summary>
public sealed class ConnectionLimitTests : IAsyncLifetime
{
    private readonly TestLog log = new();
    private MariaDbServer server = null!;
    private Installation installation = null!;
    private ExporterUnderTest exporter = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await MariaDbServer.StartAsync(new MariaDbServerOptions { Arguments = ["--max-connections=20"] }, TimeProvider.System, Cancel);
        installation = await Installation.CreateAsync(server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        for (var number = 2; number <= 6; number++)
        {
            await installation.AddServerAsync(
                installation.Organizations[0], new ServerDescription($"s{number}", $"s{number}") { Credentials = [new CredentialDescription("app")] }, Cancel);
        }
        foreach (var account in (string[])["exporter", "other"])
            await Administrator.ExecuteAsync(server, $"CREATE USER {account}@'127.0.0.1'; GRANT SELECT ON *.* TO {account}@'127.0.0.1'");
        var configuration = ExporterUnderTest.ConfigurationFor(server, installation);
        exporter = await ExporterUnderTest.StartAsync(
            configuration with
            {
                MainDatabase = configuration.MainDatabase with { Username = "exporter" },
                MessageDatabase = configuration.MessageDatabase with { Username = "exporter" },
            },
            TimeProvider.System, TestLog.CreateFactory(log));
        await exporter.ScrapeAsync();
        // The test's own connections are kept open from here on.
        await AcceptAsync();
        await AssertExactAsync(await exporter.ScrapeAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await exporter.DisposeAsync();
        installation.KeepDatabases = true;
        await installation.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task When_others_have_all_connections_those_of_the_exporter_go_on_and_new_ones_are_had_when_some_end()
    {
        var others = new List<MySqlConnection>();
        Assert.Equal(MySqlErrorCode.ConnectionCountError, await TakeAllAsync(others));
        await AcceptAsync();
        var connected = await exporter.ScrapeAsync();
        Assert.Equal(1, connected.Find("postal_up"));
        await AssertExactAsync(connected);

        // Those of the others alone are more than the new limit, however long the exporter's take to end.
        await Administrator.ExecuteAsync(server, "SET GLOBAL max_connections = 10");
        Assert.True(others.Count > 11);
        await Administrator.KillConnectionsAsync(server, "exporter");
        await AcceptAsync();
        var refused = await exporter.ScrapeAsync();
        Assert.Equal(0, refused.Find("postal_up"));
        Assert.All(installation.Servers, mail => Assert.Equal(0, refused.Find("postal_exporter_server_up", ("server", mail.Permalink))));
        Assert.Equal(connected.Sum("postal_messages_total"), refused.Sum("postal_messages_total"));
        const string Problem = "the host has no connection left: raise its max_connections, or find out who has them";
        Assert.Single(log.Lines, $"Warning Collector discovery failed: {Problem}");
        Assert.Single(log.Lines, $"Warning Collector tail failed: {Problem}");

        await Administrator.ExecuteAsync(server, "SET GLOBAL max_connections = 100");
        var again = await exporter.ScrapeAsync();
        Assert.Equal(1, again.Find("postal_up"));
        await AssertExactAsync(again);
        foreach (var other in others)
            await other.DisposeAsync();
    }

    [Fact]
    public async Task An_account_without_a_connection_left_is_asked_once_and_not_by_every_server()
    {
        await Administrator.ExecuteAsync(server, "ALTER USER exporter@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1");
        await Administrator.KillConnectionsAsync(server, "exporter");
        await AcceptAsync();
        var before = await Administrator.NumberAsync(server, ConnectionCount);

        var refused = await exporter.ScrapeAsync();

        // The one of this question, the one to the main database, and attempts for tail and message databases.
        Assert.InRange(await Administrator.NumberAsync(server, ConnectionCount) - before, 1, 4);
        Assert.Equal(1, refused.Find("postal_up"));
        Assert.All(installation.Servers, mail => Assert.Equal(0, refused.Find("postal_exporter_server_up", ("server", mail.Permalink))));
        Assert.Single(log.Lines, "Warning Collector tail failed: the account has no connection left: raise its MAX_USER_CONNECTIONS");

        await Administrator.ExecuteAsync(server, "ALTER USER exporter@'127.0.0.1' WITH MAX_USER_CONNECTIONS 10");
        await AssertExactAsync(await exporter.ScrapeAsync());
    }

    private const string ConnectionCount =
        "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'CONNECTIONS'";

    private async Task<MySqlErrorCode> TakeAllAsync(List<MySqlConnection> taken)
    {
        var account = new MySqlConnectionStringBuilder(server.ConnectionString) { UserID = "other", Pooling = false };
        while (true)
        {
            var connection = new MySqlConnection(account.ConnectionString);
            try
            {
                await connection.OpenAsync(Cancel);
                taken.Add(connection);
            }
            catch (MySqlException exception)
            {
                await connection.DisposeAsync();
                return exception.ErrorCode;
            }
        }
    }

    private async Task AcceptAsync()
    {
        foreach (var mail in installation.Servers)
            await mail.AcceptAsync(mail.Credentials[0], "a@example.com", Cancel);
    }

    private async Task AssertExactAsync(Exposition page)
    {
        Assert.All(installation.Servers, mail => Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", mail.Permalink))));
        foreach (var mail in installation.Servers)
            await TableCounts.AssertShownAsync(server.ConnectionString, mail, page, Cancel);
    }
}
