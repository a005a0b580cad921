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

        var (ours, oursOfThird) = (new List<MariaDbWork>(), new List<MariaDbWork>());
        while (ours.Count < Hours * (TimeSpan.FromHours(1) / ScrapeInterval))
        {
            oursOfThird.Add(await third.ScrapeAsync(administrator, ScrapeInterval, cancellationToken));
            ours.Add(await whole.ScrapeAsync(administrator, ScrapeInterval, cancellationToken));
        }
        var theirsOfThird = await SqlExporter.CollectOnceAsync(administrator, database.Port, third.MessageDatabase, cancellationToken);
        var theirs = await SqlExporter.CollectOnceAsync(administrator, database.Port, whole.MessageDatabase, cancellationToken);
        AddTime(table, ours, theirs);
        AddGrowth(table, oursOfThird, ours, theirsOfThird, theirs);
        AddRowsRead(table, oursOfThird, ours, theirs);
    }

    private static void AddTime(ResultTable table, List<MariaDbWork> ours, MariaDbWork theirs)
    {
        // The processor's time, as from beginning to end a statement also waits for other programs.
        var times = theirs.ProcessorSeconds / ProcessorSeconds(ours);
        table.Add(
            Work("time in MariaDB"),
            string.Create(CultureInfo.InvariantCulture, $"{ProcessorSeconds(ours) * 1000:F2} ms of a processor, {ours.Average(work => work.BusySeconds) * 1000:F2} ms with waits"),
            string.Create(CultureInfo.InvariantCulture, $"a collection of prometheus-sql-exporter {theirs.ProcessorSeconds:F1} s, {theirs.BusySeconds:F1} s with waits"),
            string.Create(CultureInfo.InvariantCulture, $"{times:N0} times less"), "≥ 10,000", times >= 10_000);
    }

    private static void AddGrowth(
        ResultTable table, List<MariaDbWork> oursOfThird, List<MariaDbWork> ours, MariaDbWork theirsOfThird, MariaDbWork theirs)
    {
        // Sixty days with more mail leave a longer queue and more suppressions, which are counted: no growth at all is not to be had.
        var growth = ProcessorSeconds(ours) / ProcessorSeconds(oursOfThird);
        table.Add(
            Work("growth of that time"),
            string.Create(CultureInfo.InvariantCulture, $"{ProcessorSeconds(ours) * 1000:F2} ms; a third of the messages {ProcessorSeconds(oursOfThird) * 1000:F2} ms"),
            string.Create(CultureInfo.InvariantCulture, $"prometheus-sql-exporter {theirs.ProcessorSeconds:F1} s; a third {theirsOfThird.ProcessorSeconds:F1} s"),
            string.Create(CultureInfo.InvariantCulture, $"{growth:F2} for 3 times as many"), "≤ 1.25", growth <= 1.25);
    }

    private static void AddRowsRead(ResultTable table, List<MariaDbWork> oursOfThird, List<MariaDbWork> ours, MariaDbWork theirs)
    {
        // Beyond the last rows only the hourly look at held messages and the oldest one.
        var reached = new[] { oursOfThird, ours }.All(works => works.Count(work => work.RowsRead > 2) <= Hours);
        table.Add(
            Work("rows of messages and deliveries read"),
            string.Create(CultureInfo.InvariantCulture, $"{RowsRead(ours):N0}, the last of both tables; {ours.Max(work => work.RowsRead):N0} once an hour, with the held messages"),
            string.Create(CultureInfo.InvariantCulture, $"a third of the messages {RowsRead(oursOfThird):N0} and {oursOfThird.Max(work => work.RowsRead):N0}; prometheus-sql-exporter {theirs.RowsRead:N0}"),
            string.Create(CultureInfo.InvariantCulture, $"{RowsRead(ours):N0}"), "≤ 2 at both sizes", reached);
    }

    private static double ProcessorSeconds(List<MariaDbWork> works) => works.Average(work => work.ProcessorSeconds);

    private static double RowsRead(List<MariaDbWork> works) => ResultTable.Median(works.Select(work => work.RowsRead));

    private static string Work(string what) => string.Create(
        CultureInfo.InvariantCulture, $"idle scrape, one server with {BenchmarkInstallation.Messages:N0} messages, {what}");
}
