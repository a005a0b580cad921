using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using PostalExporter.Collectors;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Signals;
using PostalExporter.Tail;
using PostalSimulator.Installations;
using Installation = PostalSimulator.Installations.Installation;

namespace PostalExporter.Integration.Collectors;

/// <summary>
/// A Postal installation of the test's own: organization <c>acme</c> with the servers <c>mail</c> and <c>news</c>, and
/// organization <c>globex</c> with another <c>mail</c>.
/// </summary>
public abstract class CollectorTest(MariaDbFixture mariaDb) : IAsyncLifetime
{

    /// <summary>The least that discovery needs.</summary>
    protected static readonly string[] DiscoveryGrants =
    [
        "organizations (id, permalink, deleted_at, suspended_at)",
        "servers (id, organization_id, uuid, permalink, mode, deleted_at, suspended_at)",
        "credentials (id, server_id, name, type, hold, last_used_at)",
    ];

    private Installation? installation;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected Installation Postal => installation ?? throw new InvalidOperationException("not initialized");

    /// <summary>The time of the collection by the exporter's clock.</summary>
    protected DateTimeOffset Now { get; init; } = new(2025, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public async ValueTask InitializeAsync() =>
        installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, Description(), Cancellation);

    public async ValueTask DisposeAsync()
    {
        if (installation is not null)
            await installation.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected virtual InstallationDescription Description() => new()
    {
        DatabasePrefix = InstallationDescription.UniquePrefix(),
        Organizations =
        [
            new("Acme", "acme")
            {
                Servers =
                [
                    new("Mail", "mail") { Domains = ["acme.example"], Credentials = [new("app"), new("cron", "API")] },
                    new("News", "news"),
                ],
            },
            new("Globex", "globex") { Servers = [new("Mail", "mail")] },
        ],
    };

    /// <summary>Runs a statement in the main database as its administrator.</summary>
    protected async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await ConnectAsync();
        await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: Cancellation));
    }

    /// <summary>Runs a collector as the exporter does: schema, discovery, then the collector.</summary>
    private protected async Task<RecordingGauges> CollectAsync(
        IStateCollector collector, ExporterConfiguration? configuration = null, string account = "root", string sessionSettings = "")
    {
        var options = new MainDatabaseOptions { Host = "127.0.0.1", Port = mariaDb.Server.Port, Username = account, TlsMode = "disabled" };
        await using var main = new DatabaseSession(options, Postal.DatabasePrefix);
        if (sessionSettings.Length > 0)
            await (await main.OpenAsync(Cancellation)).ExecuteAsync(new CommandDefinition(sessionSettings, cancellationToken: Cancellation));
        var schema = await MainSchema.ReadAsync(main, Cancellation);
        var found = await new InstallationReader().ReadAsync(main, schema, Cancellation);
        var gauges = new RecordingGauges();
        await using var tail = new InstallationTail(
            configuration ?? Configuration(), [], new CounterTable(new MetricsPage()), new KeyedHash("0123456789abcdef"u8), TimeProvider.System, NullLogger<InstallationTail>.Instance);
        tail.Follow(found, first: true);
        var context = new CollectionContext(main, schema, found, tail.Servers, configuration ?? Configuration(), Now);
        await collector.CollectAsync(context, gauges, Cancellation);
        return gauges;
    }

    private protected static ExporterConfiguration Configuration() => new()
    {
        MainDatabase = new MainDatabaseOptions(),
        MessageDatabase = new MessageDatabaseOptions(),
    };

    /// <summary>Creates an account that can read the named columns of the main database, nothing else.</summary>
    /// <param name="grants">For example <c>queued_messages (server_id, locked_by)</c>.</param>
    /// <returns>The account's name.</returns>
    protected async Task<string> CreateReaderAsync(params string[] grants)
    {
        var account = $"reader-{Guid.NewGuid():N}"[..30];
        await ExecuteAsync($"CREATE USER '{account}'@'127.0.0.1'");
        foreach (var grant in grants)
        {
            var columns = grant.IndexOf('(', StringComparison.Ordinal);
            await ExecuteAsync($"GRANT SELECT {grant[columns..]} ON `{Postal.DatabasePrefix}`.`{grant[..columns].Trim()}` TO '{account}'@'127.0.0.1'");
        }

        return account;
    }

    private async Task<MySqlConnection> ConnectAsync()
    {
        var settings = new MySqlConnectionStringBuilder(mariaDb.Server.ConnectionString)
        {
            Database = Postal.DatabasePrefix, Pooling = false,
        };
        var connection = new MySqlConnection(settings.ConnectionString);
        await connection.OpenAsync(Cancellation);
        return connection;
    }
}
