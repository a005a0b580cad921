using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using PostalExporter.Collection;
using PostalExporter.Configuration;
using PostalExporter.Web;
using PostalSimulator.Databases;

namespace PostalExporter.Benchmarks;

/// <summary>Scrapes of many message databases, idle and with some that moved, held against the bare statements for the last ids.</summary>
/// <param name="servers">How many there are.</param>
internal sealed class ServersBenchmark(int servers) : IBenchmark
{
    private const int DatabasesPerStatement = 100;
    private const int Rounds = 15;
    private const int Moved = 50;
    private const int MovedRows = 200;

    /// <inheritdoc/>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"servers-{servers}");

    /// <inheritdoc/>
    public async Task RunAsync(ResultTable table, CancellationToken cancellationToken)
    {
        await using var database = await MariaDbServer.StartAsync(
            new MariaDbServerOptions { BufferPoolMebibytes = 2048, RedoLogMebibytes = 1024, FlushLogAtCommit = 0, Arguments = ["--userstat=1"] },
            TimeProvider.System, cancellationToken);
        var started = TimeProvider.System.GetTimestamp();
        await using var installation = await ManyServers.CreateAsync(database, servers, cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{servers} servers made in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F0} s"));
        var state = Directory.CreateTempSubdirectory("postal-exporter-bench-").FullName;
        try
        {
            var configuration = BenchmarkInstallation.ConfigurationFor(database, installation) with { State = new StateOptions { Path = state } };
            await using var service = new CollectionService(configuration, new HashSet<string>(), TimeProvider.System, NullLoggerFactory.Instance);
            await service.StartAsync(cancellationToken);
            await using var connection = new MySqlConnection(database.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            // The first opens every table, as does the first bare statement.
            for (var i = 0; i < 3; i++)
            {
                using (await ScrapeAsync(service, cancellationToken))
                    await ReadLastIdsAsync(connection, cancellationToken);
            }

            var idle = new List<double>();
            var tail = new List<double>();
            var bare = new List<double>();
            var statements = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                bare.Add(await TimeAsync(() => ReadLastIdsAsync(connection, cancellationToken)));
                var before = await StatementsAsync(connection, cancellationToken);
                IScrapePage? scraped = null;
                idle.Add(await TimeAsync(async () => Read(scraped = await ScrapeAsync(service, cancellationToken))));
                using var page = scraped!;
                statements.Add(await StatementsAsync(connection, cancellationToken) - before - 1);
                tail.Add(Value(Text(page), "postal_exporter_collector_duration_seconds{collector=\"tail\"}"));
            }
            string last;
            using (var page = await ScrapeAsync(service, cancellationToken))
                last = Text(page);
            foreach (var line in last.Split('\n').Where(line => line.StartsWith("postal_exporter_collector_duration_seconds{", StringComparison.Ordinal)))
                Console.WriteLine(line);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{last.Count(character => character == '\n'):N0} lines, {last.Length:N0} bytes"));
            AddRow(table, "idle scrape, the tail", ResultTable.Median(tail), ResultTable.Median(bare), "≤ 2", 2);
            AddRow(table, "idle scrape, the whole answer", ResultTable.Median(idle), ResultTable.Median(bare), "≤ 2", 2);
            table.Add(
                Work("idle scrape"), string.Create(CultureInfo.InvariantCulture, $"{statements.Max():F0} statements"), "main and message databases together",
                string.Create(CultureInfo.InvariantCulture, $"{statements.Max():F0}"), servers <= 1000 ? "≤ 25" : "shown", servers > 1000 || statements.Max() <= 25);
            await BusyAsync(table, service, connection, ResultTable.Median(idle), cancellationToken);
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    private async Task BusyAsync(ResultTable table, CollectionService service, MySqlConnection connection, double idle, CancellationToken cancellationToken)
    {
        var added = new Dictionary<int, double>();
        var read = 0.0;
        foreach (var moved in (int[])[Moved / 5, Moved])
        {
            var times = new List<double>();
            for (var round = 0; round < 5; round++)
            {
                await ManyServers.MoveAsync(connection, moved, MovedRows, cancellationToken);
                var before = await RowsReadAsync(connection, cancellationToken);
                times.Add(await TimeAsync(async () =>
                {
                    using var page = await ScrapeAsync(service, cancellationToken);
                    Read(page);
                }));
                // The last ids of all tables are one row each.
                read = (await RowsReadAsync(connection, cancellationToken) - before - (2.0 * servers)) / (2.0 * moved * MovedRows);
            }
            added[moved] = ResultTable.Median(times) - idle;
        }
        // Beyond MariaDB's table cache the idle scrape alone varies by more than fifty servers add.
        if (servers <= 1_000)
            AddGrowth(table, added, idle);
        table.Add(
            Work("busy scrape"), string.Create(CultureInfo.InvariantCulture, $"{read:F2} rows read for each new row"), "new rows of both tables",
            string.Create(CultureInfo.InvariantCulture, $"{read:F2}"), "≤ 3", read <= 3);
    }

    private void AddGrowth(ResultTable table, Dictionary<int, double> added, double idle)
    {
        var growth = added[Moved] / added[Moved / 5];
        table.Add(
            Work(string.Create(CultureInfo.InvariantCulture, $"busy scrape, {Moved} moved by {MovedRows} messages and deliveries")),
            string.Create(CultureInfo.InvariantCulture, $"{added[Moved] * 1000:F0} ms more than idle"),
            string.Create(CultureInfo.InvariantCulture, $"{Moved / 5} moved: {added[Moved / 5] * 1000:F0} ms more; idle: {idle * 1000:F0} ms"),
            string.Create(CultureInfo.InvariantCulture, $"{growth:F1} for 5 times as many"), "≤ 6", growth <= 6);
    }

    private void AddRow(ResultTable table, string work, double ours, double bare, string target, double limit) => table.Add(
        Work(work),
        string.Create(CultureInfo.InvariantCulture, $"{ours * 1000:F1} ms"),
        string.Create(CultureInfo.InvariantCulture, $"bare UNION ALL of the last ids {bare * 1000:F1} ms"),
        string.Create(CultureInfo.InvariantCulture, $"{ours / bare:F2}"), target, ours / bare <= limit);

    private string Work(string work) => string.Create(CultureInfo.InvariantCulture, $"{work}, {servers:N0} servers");

    private async Task ReadLastIdsAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        foreach (var chunk in Enumerable.Range(1, servers).Chunk(DatabasesPerStatement))
        {
            var sql = new StringBuilder();
            foreach (var id in chunk)
                sql.Append(CultureInfo.InvariantCulture, $"{(sql.Length == 0 ? "" : " UNION ALL ")}SELECT {id}, (SELECT MAX(id) FROM `postal-server-{id}`.messages), (SELECT MAX(id) FROM `postal-server-{id}`.deliveries)");
            await using var command = new MySqlCommand(sql.ToString(), connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
            }
        }
    }

    private static Task<IScrapePage> ScrapeAsync(CollectionService service, CancellationToken cancellationToken) =>
        service.ScrapeAsync(openMetrics: false, TimeSpan.FromMinutes(5), cancellationToken);

    // The page is written while it is read.
    private static void Read(IScrapePage page)
    {
        foreach (var piece in page.Pieces)
            Stream.Null.Write(piece.Span);
    }

    private static string Text(IScrapePage page) => string.Concat(page.Pieces.Select(piece => Encoding.UTF8.GetString(piece.Span)));

    private static double Value(string page, string series)
    {
        var begin = page.IndexOf($"\n{series} ", StringComparison.Ordinal) + series.Length + 2;
        return double.Parse(page.AsSpan(begin, page.IndexOf('\n', begin) - begin), CultureInfo.InvariantCulture);
    }

    private static async Task<double> TimeAsync(Func<Task> action)
    {
        var started = TimeProvider.System.GetTimestamp();
        await action();
        return TimeProvider.System.GetElapsedTime(started).TotalSeconds;
    }

    private static Task<double> StatementsAsync(MySqlConnection connection, CancellationToken cancellationToken) =>
        ScalarAsync(connection, "SELECT CAST(VARIABLE_VALUE AS DOUBLE) FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'QUESTIONS'", cancellationToken);

    private static Task<double> RowsReadAsync(MySqlConnection connection, CancellationToken cancellationToken) =>
        ScalarAsync(connection, "SELECT CAST(COALESCE(SUM(ROWS_READ), 0) AS DOUBLE) FROM information_schema.TABLE_STATISTICS WHERE TABLE_NAME IN ('messages', 'deliveries')", cancellationToken);

    private static async Task<double> ScalarAsync(MySqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new MySqlCommand(sql, connection);
        return (double)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
