using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using PostalExporter.Collection;
using PostalExporter.Configuration;
using PostalSimulator.Databases;
using PostalSimulator.History;
using PostalSimulator.Scenarios;
using Installation = PostalSimulator.Installations.Installation;

namespace PostalExporter.Benchmarks;

/// <summary>An installation of one server with sixty days of mail, and the exporter on it with the account that the project ships.</summary>
internal sealed class IdleServer : IAsyncDisposable
{
    private readonly Installation installation;
    private readonly ScrapeClock clock = new();
    private readonly CollectionService service;
    private readonly string account;
    private readonly string state;

    private IdleServer(Installation installation, ExporterConfiguration configuration)
    {
        this.installation = installation;
        account = configuration.MainDatabase.Username;
        state = configuration.State.Path;
        service = new CollectionService(configuration, new HashSet<string>(), clock, NullLoggerFactory.Instance);
    }

    /// <summary>Name of the message database.</summary>
    public string MessageDatabase => installation.Servers[0].DatabaseName;

    /// <summary>Writes the messages, and scrapes until only what is idle is left.</summary>
    /// <param name="database">Where.</param>
    /// <param name="scenario">Its first server is taken.</param>
    /// <param name="name">Of the main database, and with what the account's name ends.</param>
    /// <param name="messages">How many.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<IdleServer> CreateAsync(
        MariaDbServer database, Scenario scenario, string name, int messages, CancellationToken cancellationToken)
    {
        var organization = scenario.Organizations[0];
        var one = scenario with { Organizations = [organization with { Servers = [organization.Servers[0]] }] };
        var installation = await Installation.CreateAsync(database.ConnectionString, one.Describe(name), cancellationToken);
        installation.KeepDatabases = true;
        var end = TimeProvider.System.GetUtcNow();
        var written = await new HistoryWriter(installation, one).WriteExactlyAsync(one.Servers.Single().Path, messages, end.AddDays(-60), end, cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{written.Messages} messages and {written.Deliveries} deliveries written in {written.Elapsed.TotalSeconds:F0} s"));

        // What MariaDB finds out by itself after a while; the queries of the other side are planned with it.
        var server = installation.Servers[0];
        await ExecuteAsync(database, $"ANALYZE TABLE {server.Table("messages")}, {server.Table("deliveries")}", cancellationToken);

        var idle = new IdleServer(installation, await ConfigureAsync(database, installation, cancellationToken));
        try
        {
            await idle.service.StartAsync(cancellationToken);
            // The first collection finds the tables' ends, and looks for rows that are on their way there.
            for (var scrape = 0; scrape < 3; scrape++)
                await idle.ScrapeAsync(cancellationToken);
            return idle;
        }
        catch
        {
            await idle.DisposeAsync();
            throw;
        }
    }

    /// <summary>Scrapes once.</summary>
    /// <param name="administrator">To MariaDB.</param>
    /// <param name="interval">Time since the scrape before, which passes at once.</param>
    /// <param name="cancellationToken">Ends the scrape.</param>
    /// <returns>What the scrape had MariaDB do.</returns>
    /// <exception cref="InvalidOperationException">A part of the collection failed.</exception>
    public async Task<MariaDbWork> ScrapeAsync(MySqlConnection administrator, TimeSpan interval, CancellationToken cancellationToken)
    {
        clock.Pass(interval);
        var before = await MariaDbWork.OfAsync(administrator, account, MessageDatabase, cancellationToken);
        await ScrapeAsync(cancellationToken);
        return await MariaDbWork.OfAsync(administrator, account, MessageDatabase, cancellationToken) - before;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        await installation.DisposeAsync();
        Directory.Delete(state, recursive: true);
    }

    /// <summary>Makes the account, with the rights that the project's own file gives it, and a configuration that uses it.</summary>
    private static async Task<ExporterConfiguration> ConfigureAsync(MariaDbServer database, Installation installation, CancellationToken cancellationToken)
    {
        var (account, password) = ($"postal_exporter_{installation.DatabasePrefix}", RandomNumberGenerator.GetHexString(32, lowercase: true));
        var grants = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "grants.sql"), cancellationToken);
        var adapted = grants.Replace("`postal", $"`{installation.DatabasePrefix}", StringComparison.Ordinal)
            .Replace("'postal_exporter'", $"'{account}'", StringComparison.Ordinal).Replace("CHANGE-ME", password, StringComparison.Ordinal);
        await ExecuteAsync(database, adapted, cancellationToken);
        var root = BenchmarkInstallation.ConfigurationFor(database, installation);
        return root with
        {
            MainDatabase = root.MainDatabase with { Username = account, Password = password },
            MessageDatabase = root.MessageDatabase with { Username = account, Password = password },
            State = new StateOptions { Path = Directory.CreateTempSubdirectory("postal-exporter-bench-").FullName },
        };
    }

    private async Task ScrapeAsync(CancellationToken cancellationToken)
    {
        using var page = await service.ScrapeAsync(openMetrics: false, TimeSpan.FromMinutes(5), cancellationToken);
        var failed = service.Status.Collectors.Where(collector => collector.Success is false).Select(collector => collector.Name)
            .Concat(service.Status.Servers.Where(server => !server.Up).Select(server => $"{server.Server}: {server.Problem}")).ToList();
        if (failed.Count > 0)
            throw new InvalidOperationException($"the collection failed: {string.Join(", ", failed)}");
    }

    private static async Task ExecuteAsync(MariaDbServer database, string sql, CancellationToken cancellationToken)
    {
        // The names of accounts hold "@", which is no variable there.
        await using var connection = new MySqlConnection(new MySqlConnectionStringBuilder(database.ConnectionString) { AllowUserVariables = true }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new MySqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
