using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Signals;
using PostalExporter.State;
using PostalExporter.Tail;
using PostalSimulator.Databases;
using PostalSimulator.History;
using PostalSimulator.Scenarios;
using Installation = PostalSimulator.Installations.Installation;

namespace PostalExporter.Benchmarks;

/// <summary>
/// The tail works off a backlog, held against a bare <see cref="MySqlDataReader"/> that reads the same statements' pages and does
/// nothing with the rows.
/// </summary>
internal sealed class CatchUpBenchmark : IBenchmark
{
    private const int Rounds = 3;
    private const string Server = "northwind/transactional";

    // What a row says by itself: no memory, no estimate, no reason.
    private static readonly Func<ServerView, ISignal?>[] CountersOnly = [view => new MessagesSignal(view), view => new DeliveriesSignal(view)];

    /// <inheritdoc/>
    public string Name => "catch-up";

    /// <inheritdoc/>
    public async Task RunAsync(ResultTable table, CancellationToken cancellationToken)
    {
        await using var database = await MariaDbServer.StartAsync(
            new MariaDbServerOptions { BufferPoolMebibytes = 4096, RedoLogMebibytes = 1024, FlushLogAtCommit = 0 }, TimeProvider.System, cancellationToken);
        var scenario = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "demo.yml"));
        await using var installation = await Installation.CreateAsync(database.ConnectionString, scenario.Describe("postal"), cancellationToken);
        installation.KeepDatabases = true;
        var end = TimeProvider.System.GetUtcNow();
        var written = await new HistoryWriter(installation, scenario).WriteExactlyAsync(Server, BenchmarkInstallation.Messages, end.AddDays(-60), end, cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{written.Messages} messages and {written.Deliveries} deliveries written in {written.Elapsed.TotalSeconds:F0} s"));

        var configuration = BenchmarkInstallation.ConfigurationFor(database, installation);
        var discovered = await BenchmarkInstallation.DiscoverAsync(configuration, cancellationToken);
        var server = discovered.Servers.Single(candidate => $"{candidate.Organization}/{candidate.Permalink}" == Server);
        var only = new Postal.Installation([server], discovered.Domains);
        double secondsOfAll = 0, secondsOfCounters = 0;
        foreach (var reader in TableReader.Mail.Reverse())
        {
            var (rows, others) = reader.Stream == TailStream.Messages ? (written.Messages, written.Deliveries) : (written.Deliveries, written.Messages);
            var tail = new List<double>();
            var countersOnly = new List<double>();
            var bare = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                tail.Add(rows / await TailAsync(configuration, only, reader.Stream, SignalSet.All, rows, others, cancellationToken));
                countersOnly.Add(rows / await TailAsync(configuration, only, reader.Stream, CountersOnly, rows, others, cancellationToken));
                bare.Add(rows / await BareAsync(configuration, server, reader, rows, cancellationToken));
            }
            // The target is that of deliveries, which are joined and classified; a bare reader of messages has next to nothing to do, and most
            // signals look at messages.
            var target = reader.Stream == TailStream.Deliveries ? 0.75 : 0.33;
            var ratio = ResultTable.Median(tail) / ResultTable.Median(bare);
            table.Add(
                string.Create(CultureInfo.InvariantCulture, $"catch-up, {rows:N0} {reader.Table}, all signals"),
                string.Create(CultureInfo.InvariantCulture, $"{ResultTable.Median(tail):N0} rows/s"),
                string.Create(CultureInfo.InvariantCulture, $"bare reader {ResultTable.Median(bare):N0} rows/s"),
                string.Create(CultureInfo.InvariantCulture, $"{ratio:F2}"), string.Create(CultureInfo.InvariantCulture, $"≥ {target}"), ratio >= target);
            secondsOfAll += rows / ResultTable.Median(tail);
            secondsOfCounters += rows / ResultTable.Median(countersOnly);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{reader.Table}: all signals leave {ResultTable.Median(tail) / ResultTable.Median(countersOnly):F2} of counters only"));
        }
        // Both streams, as they come with mail: a message has its row and those of its deliveries.
        var all = written.Messages + written.Deliveries;
        var share = secondsOfCounters / secondsOfAll;
        table.Add(
            "catch-up, messages and deliveries, what all signals leave of counters only",
            string.Create(CultureInfo.InvariantCulture, $"{all / secondsOfAll:N0} rows/s"),
            string.Create(CultureInfo.InvariantCulture, $"counters only {all / secondsOfCounters:N0} rows/s"),
            string.Create(CultureInfo.InvariantCulture, $"{share:F2}"), "≥ 0.7", share >= 0.7);
    }

    private static async Task<double> TailAsync(
        ExporterConfiguration configuration, Postal.Installation installation, TailStream stream, IReadOnlyList<Func<ServerView, ISignal?>> signals, long rows, long otherRows, CancellationToken cancellationToken)
    {
        var counters = new CounterTable(new MetricsPage());
        var state = new ServerState(installation.Servers[0].Id, installation.Servers[0].Uuid, fromEnd: false);
        state.Cursors[1 - (int)stream] = new StreamCursor { Position = otherRows };
        state.Cursors[(int)stream] = new StreamCursor();
        await using var tail = new InstallationTail(
            configuration, new Dictionary<int, ServerState> { [state.Id] = state }, counters, new KeyedHash("0123456789abcdef"u8), TimeProvider.System, NullLogger<InstallationTail>.Instance, signals);
        tail.Follow(installation, first: false);
        var settings = new TableTail.Settings(configuration.Collection.PageRows, configuration.State.SettleTime, Discovered: true);
        var started = TimeProvider.System.GetTimestamp();
        await tail.ReadAsync(settings, long.MaxValue, cancellationToken);
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        var read = counters.Get(Families.Rows, stream == TailStream.Messages ? "messages" : "deliveries").Pending;
        return read == rows ? seconds : throw new InvalidOperationException($"{read} rows were counted of {rows}; {tail.Servers.First().Problem}");
    }

    private static async Task<double> BareAsync(
        ExporterConfiguration configuration, Postal.MailServer server, TableReader reader, long rows, CancellationToken cancellationToken)
    {
        await using var session = new DatabaseSession(configuration.MessageDatabase, database: null);
        var connection = await session.OpenAsync(cancellationToken);
        var schema = SchemaName.OfServer(configuration.MessageDatabase.DatabaseNamePrefix, server.Id);
        var started = TimeProvider.System.GetTimestamp();
        long position = 0, read = 0;
        while (true)
        {
            var sql = reader.Select(
                schema, string.Create(CultureInfo.InvariantCulture, $"t.id > {position} AND t.id <= {long.MaxValue}"), (0, "p.id <= 0"), configuration.Collection.PageRows);
            await using var command = new MySqlCommand(sql, connection);
            await using var page = await command.ExecuteReaderAsync(cancellationToken);
            var before = read;
            while (page.Read())
            {
                position = page.GetInt64(0);
                read++;
            }
            if (read == before)
                break;
        }
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        return read == rows ? seconds : throw new InvalidOperationException($"{read} rows were read of {rows}");
    }
}
