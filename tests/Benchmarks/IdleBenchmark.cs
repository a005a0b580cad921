using System.Globalization;
using MySqlConnector;
using PostalSimulator.Databases;
using PostalSimulator.Scenarios;

namespace PostalExporter.Benchmarks;

/// <summary>
/// Scrapes of one server on which no mail moves, held against Debian's <c>prometheus-sql-exporter</c> with GROUP BY queries. Every
/// side has an account of its own, whose time MariaDB itself measures. The server is there twice, once with a third of the messages;
/// both are scraped in turn, so that whatever else the machine does meets both alike.
/// </summary>
internal sealed class IdleBenchmark : IBenchmark
{
    // All that is not done at every scrape has its share: the schema is read every minute, the gauges of message databases
    // every few minutes, and held messages are counted every hour.
    private const int Hours = 5;
    private static readonly TimeSpan ScrapeInterval = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public string Name => "idle";

    /// <inheritdoc/>
    public async Task RunAsync(ResultTable table, CancellationToken cancellationToken)
    {
        await using var database = await MariaDbServer.StartAsync(
            new MariaDbServerOptions { BufferPoolMebibytes = 6144, RedoLogMebibytes = 1024, FlushLogAtCommit = 0, Arguments = ["--userstat=1"] },
            TimeProvider.System, cancellationToken);
        await using var administrator = new MySqlConnection(database.ConnectionString);
        await administrator.OpenAsync(cancellationToken);
        var scenario = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "demo.yml"));
        await using var third = await IdleServer.CreateAsync(database, scenario, "third", BenchmarkInstallation.Messages / 3, cancellationToken);
        await using var whole = await IdleServer.CreateAsync(database, scenario, "whole", BenchmarkInstallation.Messages, cancellationToken);

        var scrapes = (int)(TimeSpan.FromHours(Hours) / ScrapeInterval);
        var before = (Third: await third.WorkAsync(administrator, cancellationToken), Whole: await whole.WorkAsync(administrator, cancellationToken));
        for (var scrape = 0; scrape < scrapes; scrape++)
        {
            await third.ScrapeAsync(ScrapeInterval, cancellationToken);
            await whole.ScrapeAsync(ScrapeInterval, cancellationToken);
        }
        var ours = (
            Third: (await third.WorkAsync(administrator, cancellationToken) - before.Third) / scrapes,
            Whole: (await whole.WorkAsync(administrator, cancellationToken) - before.Whole) / scrapes);
        var theirs = (
            Third: await SqlExporter.CollectOnceAsync(administrator, database.Port, third.MessageDatabase, cancellationToken),
            Whole: await SqlExporter.CollectOnceAsync(administrator, database.Port, whole.MessageDatabase, cancellationToken));
        AddRows(table, ours, theirs);
    }

    private static void AddRows(ResultTable table, (MariaDbWork Third, MariaDbWork Whole) ours, (MariaDbWork Third, MariaDbWork Whole) theirs)
    {
        var work = string.Create(CultureInfo.InvariantCulture, $"idle scrape, one server with {BenchmarkInstallation.Messages:N0} messages");
        // Processor time and not the time from beginning to end, in which a statement also waits for other programs.
        var times = theirs.Whole.ProcessorSeconds / ours.Whole.ProcessorSeconds;
        table.Add(
            $"{work}, time in MariaDB",
            string.Create(CultureInfo.InvariantCulture, $"{ours.Whole.ProcessorSeconds * 1000:F2} ms of a processor, {ours.Whole.BusySeconds * 1000:F2} ms in all"),
            string.Create(CultureInfo.InvariantCulture, $"a collection of prometheus-sql-exporter {theirs.Whole.ProcessorSeconds:F1} s, {theirs.Whole.BusySeconds:F1} s in all"),
            string.Create(CultureInfo.InvariantCulture, $"{times:N0} times less"), "≥ 10,000", times >= 10_000);
        var growth = ours.Whole.ProcessorSeconds / ours.Third.ProcessorSeconds;
        table.Add(
            $"{work}, growth of that time",
            string.Create(CultureInfo.InvariantCulture, $"a third of the messages {ours.Third.ProcessorSeconds * 1000:F2} ms"),
            string.Create(CultureInfo.InvariantCulture, $"prometheus-sql-exporter {theirs.Third.ProcessorSeconds:F1} s, growth {theirs.Whole.ProcessorSeconds / theirs.Third.ProcessorSeconds:F2}"),
            string.Create(CultureInfo.InvariantCulture, $"{growth:F2} for 3 times as many"), "≤ 1.25", growth <= 1.25);
        // Of both tables the last row at each scrape, and once an hour the first one and those that are held.
        table.Add(
            $"{work}, rows of messages and deliveries read",
            string.Create(CultureInfo.InvariantCulture, $"{ours.Whole.RowsRead:F3}: the last of both tables; a third of the messages {ours.Third.RowsRead:F3}"),
            string.Create(CultureInfo.InvariantCulture, $"prometheus-sql-exporter {theirs.Whole.RowsRead:N0}"),
            string.Create(CultureInfo.InvariantCulture, $"{ours.Whole.RowsRead:F3}"), "≤ 2.1", ours.Whole.RowsRead <= 2.1);
    }
}
