using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>What happens to the exporter's account: its password, its grants. Two servers, and an account that reads both.</summary>
public sealed class AccountFaultTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string Password = "secret-of-the-test";

    private readonly string account = $"exporter-{Guid.NewGuid():N}"[..20];
    private readonly TestLog log = new();
    private Installation installation = null!;
    private ExporterUnderTest exporter = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Mail => installation.Servers[0];

    private MailServer Second => installation.Servers[1];

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        await installation.AddServerAsync(
            installation.Organizations[0], new ServerDescription("second", "second") { Credentials = [new CredentialDescription("app")] }, Cancel);
        await ExecuteAsync($"CREATE USER '{account}'@'127.0.0.1' IDENTIFIED BY '{Password}'");
        foreach (var database in (string[])[installation.DatabasePrefix, Mail.DatabaseName, Second.DatabaseName])
            await ExecuteAsync($"GRANT SELECT ON `{database}`.* TO '{account}'@'127.0.0.1'");
        var configuration = ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation);
        exporter = await ExporterUnderTest.StartAsync(
            configuration with
            {
                MainDatabase = configuration.MainDatabase with { Username = account, Password = Password },
                MessageDatabase = configuration.MessageDatabase with { Username = account, Password = Password },
            },
            TimeProvider.System, TestLog.CreateFactory(log));
        await exporter.ScrapeAsync();
        await AcceptAsync();
        await AssertExactAsync(await exporter.ScrapeAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await exporter.DisposeAsync();
        await ExecuteAsync($"DROP USER '{account}'@'127.0.0.1'");
        await installation.DisposeAsync();
    }

    [Fact]
    public async Task A_password_that_is_changed_counts_from_the_next_connection_on_and_is_said_and_never_shown()
    {
        await ExecuteAsync($"ALTER USER '{account}'@'127.0.0.1' IDENTIFIED BY 'another-secret'");
        await AcceptAsync();
        var connected = await exporter.ScrapeAsync();
        Assert.Equal(1, connected.Find("postal_up"));
        await AssertExactAsync(connected);

        await Administrator.KillConnectionsAsync(mariaDb.Server, account);
        await AcceptAsync();
        for (var i = 0; i < 2; i++)
        {
            var refused = await exporter.ScrapeAsync();
            Assert.Equal(0, refused.Find("postal_up"));
            Assert.All(["mail", "second"], server => Assert.Equal(0, refused.Find("postal_exporter_server_up", ("server", server))));
            Assert.Equal(connected.Sum("postal_messages_total"), refused.Sum("postal_messages_total"));
            Assert.DoesNotContain(Password, refused.Text, StringComparison.Ordinal);
        }
        // Said once, by every part that cannot work.
        Assert.Single(log.Lines, line => line.StartsWith("Warning Collector discovery failed: access denied: check username and password", StringComparison.Ordinal));
        Assert.Single(log.Lines, line => line.StartsWith("Warning Collector tail failed: access denied: check username and password", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains(Password, StringComparison.Ordinal));

        await ExecuteAsync($"ALTER USER '{account}'@'127.0.0.1' IDENTIFIED BY '{Password}'");
        var again = await exporter.ScrapeAsync();
        Assert.Equal(1, again.Find("postal_up"));
        await AssertExactAsync(again);
        Assert.Single(log.Lines, "Information Collector discovery works again");
    }

    [Fact]
    public async Task Grants_withdrawn_for_one_message_database_cost_the_others_nothing_and_are_named()
    {
        await ExecuteAsync($"REVOKE SELECT ON `{Second.DatabaseName}`.* FROM '{account}'@'127.0.0.1'");
        await AcceptAsync();
        for (var i = 0; i < 2; i++)
        {
            var page = await exporter.ScrapeAsync();
            Assert.Equal(1, page.Find("postal_up"));
            Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", "mail")));
            Assert.Equal(0, page.Find("postal_exporter_server_up", ("server", "second")));
            await TableCounts.AssertShownAsync(mariaDb.Server.ConnectionString, Mail, page, Cancel);
            Assert.Equal(1, page.Sum("postal_messages_total", ("server", "second")));
        }
        Assert.Contains("grant SELECT", exporter.Status.Servers.Single(status => status.Server == "second").Problem, StringComparison.Ordinal);
        Assert.Single(log.Lines, $"Warning Cannot read the message database of acme/second (id {Second.Id}): access denied: grant SELECT (see exporter/grants.sql)");

        await ExecuteAsync($"GRANT SELECT ON `{Second.DatabaseName}`.* TO '{account}'@'127.0.0.1'");
        var again = await exporter.ScrapeAsync();
        Assert.Equal(1, again.Find("postal_exporter_server_up", ("server", "second")));
        await AssertExactAsync(again);
        Assert.Single(log.Lines, $"Information The message database of acme/second (id {Second.Id}) is read again");
    }

    [Fact]
    public async Task Grants_withdrawn_for_one_table_of_a_message_database_leave_the_rest_of_it()
    {
        await ExecuteAsync($"REVOKE SELECT ON `{Second.DatabaseName}`.* FROM '{account}'@'127.0.0.1'");
        foreach (var table in (string[])["messages", "deliveries"])
            await ExecuteAsync($"GRANT SELECT ON `{Second.DatabaseName}`.{table} TO '{account}'@'127.0.0.1'");
        await AcceptAsync();

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", "second")));
        Assert.Equal(0, page.Find("postal_exporter_collector_success", ("collector", "message_database")));
        Assert.NotNull(page.Find("postal_held_messages", ("server", "mail")));
        Assert.Null(page.Find("postal_held_messages", ("server", "second")));
        await AssertExactAsync(page);
        Assert.Single(log.Lines, line => line.StartsWith("Warning Collector message_database failed", StringComparison.Ordinal)
            && line.Contains($"acme/second (id {Second.Id})", StringComparison.Ordinal) && line.Contains("grant SELECT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Grants_withdrawn_for_the_main_database_leave_the_servers_that_are_known()
    {
        await ExecuteAsync($"REVOKE SELECT ON `{installation.DatabasePrefix}`.* FROM '{account}'@'127.0.0.1'");
        await ExecuteAsync($"GRANT SELECT (id) ON `{installation.DatabasePrefix}`.servers TO '{account}'@'127.0.0.1'");
        // MariaDB looks at the grants for a connection's own database when it is opened.
        await Administrator.KillConnectionsAsync(mariaDb.Server, account);
        await exporter.ScrapeAsync();
        await AcceptAsync();
        var page = await exporter.ScrapeAsync();

        Assert.Equal(0, page.Find("postal_up"));
        Assert.Equal(1, page.Find("postal_exporter_server_up", ("server", "mail")));
        await AssertExactAsync(page);
        // The first scrape still asked for columns that could be read a moment ago.
        Assert.Single(log.Lines, "Warning Collector discovery failed: access denied: grant SELECT (see exporter/grants.sql)");
        Assert.Single(log.Lines, "Warning Collector discovery failed: cannot read organizations(id, permalink) of the main database: grant SELECT on it (see exporter/grants.sql)");
    }

    private async Task AcceptAsync()
    {
        foreach (var server in installation.Servers)
            await server.AcceptAsync(server.Credentials[0], "a@example.com", Cancel);
    }

    private async Task AssertExactAsync(Exposition page)
    {
        foreach (var server in installation.Servers)
            await TableCounts.AssertShownAsync(mariaDb.Server.ConnectionString, server, page, Cancel);
        Assert.Equal(0, page.Sum("postal_exporter_rows_lost_total"));
    }

    private Task ExecuteAsync(string sql) => Administrator.ExecuteAsync(mariaDb.Server, sql);
}
