using System.Globalization;
using MySqlConnector;
using PostalSimulator.Databases;

namespace PostalExporter.Benchmarks;

/// <summary>
/// The exporter as a process under mixed load for twenty minutes and ten thousand scrapes: what it holds must not grow, and at the end
/// it has counted what was written. Nothing is held against it but itself, in the second fifth of the time.
/// </summary>
internal sealed class SoakBenchmark : IBenchmark
{
    private const int Servers = 1_000;
    private const int BusyServers = 20;
    private const int Writers = 4;
    private const int DefaultMinutes = 20;
    private const int ScrapesOfDefault = 10_000;
    private const double Mebibyte = 1 << 20;

    // Enough for the heap to have found its size.
    private const int ScrapesBeforeLoad = 300;

    // Connections of clients and the threads that serve them come and go, and so does how busy the machine is.
    private const int AllowedHandles = 10;
    private const int AllowedThreads = 5;
    private const double AllowedLagSeconds = 0.5;

    // Recipients are kept for an hour in steps of ten minutes: a run of twenty minutes does not fill it.
    private const double AllowedStateRatio = 1.25;

    private static double Minutes =>
        Environment.GetEnvironmentVariable("SOAK_MINUTES") is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : DefaultMinutes;

    /// <inheritdoc/>
    public string Name => "soak";

    /// <inheritdoc/>
    public async Task RunAsync(ResultTable table, CancellationToken cancellationToken)
    {
        var duration = TimeSpan.FromMinutes(Minutes);
        // Every table stays open: tables that are opened anew would be the database's load, not the exporter's.
        await using var database = await MariaDbServer.StartAsync(
            new MariaDbServerOptions { BufferPoolMebibytes = 2048, RedoLogMebibytes = 1024, FlushLogAtCommit = 0, Arguments = ["--table-open-cache=12000"] },
            TimeProvider.System, cancellationToken);
        await using var installation = await ManyServers.CreateAsync(database, Servers, cancellationToken);
        var servers = await ReadServersAsync(database, cancellationToken);
        Console.WriteLine($"{Servers} servers made");

        await using var exporter = await ExporterProcess.StartAsync(database, installation, cancellationToken);
        var ledger = new SoakLedger();
        using var scrapers = new SoakScrapers(exporter, ledger, Servers);
        // It begins at the tables' ends: what is written from here on is counted.
        await scrapers.CountedAsync(cancellationToken);
        await MeasureMemoryAsync(table, exporter, scrapers, cancellationToken);
        var writers = Enumerable.Range(0, Writers)
            .Select(share => new SoakWriter([.. servers.Where(server => server.Id % Writers == share)], ledger, scrapers.CountedAsync, new Random(share))).ToList();
        await Task.WhenAll(writers.Select(writer => writer.FillAsync(database.ConnectionString, cancellationToken)));
        await scrapers.CountedAsync(cancellationToken);

        var samples = await LoadAsync(database, exporter, writers, scrapers, duration, cancellationToken);
        var last = await scrapers.CountedAsync(cancellationToken);
        foreach (var text in exporter.Warnings.Concat(scrapers.Failures).Take(20))
            Console.WriteLine(text);
        Judge(table, samples, scrapers, duration);
        Compare(table, last, servers);
    }

    /// <summary>What the exporter holds while nothing but scrapes happens, one after the other.</summary>
    private static async Task MeasureMemoryAsync(ResultTable table, ExporterProcess exporter, SoakScrapers scrapers, CancellationToken cancellationToken)
    {
        var resident = new List<double>();
        var series = 0;
        for (var i = 0; i < ScrapesBeforeLoad; i++)
        {
            series = (await scrapers.CountedAsync(cancellationToken)).Samples;
            resident.Add(ProcessFigures.Read(exporter.Id).ResidentBytes / Mebibyte);
        }
        var usual = ResultTable.Median(resident.TakeLast(ScrapesBeforeLoad / 3));
        table.Add(
            Text($"resident memory, {Servers:N0} servers, 10,000 credentials, {ScrapesBeforeLoad} scrapes"), Text($"{usual:F0} MiB, at most {resident.Max():F0} MiB"),
            Text($"{series:N0} series"), Text($"{usual:F0} MiB"), "≤ 150 MiB", usual <= 150);
    }

    /// <summary>Lets everything run for the time, and looks at the exporter meanwhile.</summary>
    private static async Task<List<Sample>> LoadAsync(
        MariaDbServer database, ExporterProcess exporter, List<SoakWriter> writers, SoakScrapers scrapers, TimeSpan duration, CancellationToken cancellationToken)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var samples = new List<Sample>();
        async Task EndAllAsync(Task task)
        {
            try
            {
                await task;
            }
            finally
            {
                // One that ends early has failed: the others need not go on.
                await until.CancelAsync();
            }
        }
        await Task.WhenAll(
        [
            .. writers.Select(writer => EndAllAsync(writer.RunAsync(database.ConnectionString, until.Token, cancellationToken))),
            EndAllAsync(scrapers.RunAsync(until.Token, cancellationToken)),
            EndAllAsync(SampleAsync(database, exporter, scrapers, samples, duration, until.Token, cancellationToken)),
        ]);
        return samples;
    }

    private static async Task SampleAsync(
        MariaDbServer database, ExporterProcess exporter, SoakScrapers scrapers, List<Sample> samples, TimeSpan duration,
        CancellationToken until, CancellationToken cancellationToken)
    {
        await using var connection = new MySqlConnection(database.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new MySqlCommand(
            $"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '{ExporterProcess.Account}'", connection);
        var started = TimeProvider.System.GetTimestamp();
        while (!until.IsCancellationRequested && TimeProvider.System.GetElapsedTime(started) < duration)
        {
            // Samples are taken at intervals: every ten seconds of twenty minutes.
            await Task.Delay(duration / 120, TimeProvider.System, cancellationToken);
            var connections = Convert.ToInt32(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
            var sample = new Sample(TimeProvider.System.GetElapsedTime(started), ProcessFigures.Read(exporter.Id), connections, exporter.StateBytes);
            samples.Add(sample);
            if (scrapers.Observations.LastOrDefault() is not { } seen)
                continue;
            Console.WriteLine(string.Join(", ",
            [
                Text($"{sample.At.TotalSeconds,5:F0} s: resident {sample.Process.ResidentBytes / Mebibyte:F0} MiB"),
                Text($"anonymous {sample.Process.AnonymousBytes / Mebibyte:F0} MiB, heap {seen.HeapBytes / Mebibyte:F0} MiB"),
                Text($"{sample.Process.Handles} handles, {sample.Process.Threads} threads, {connections} connections"),
                Text($"state {sample.StateBytes / Mebibyte:F1} MiB, lag {seen.LagSeconds:F1} s, backlog {seen.Backlog}"),
                Text($"{seen.Series} series, {scrapers.Scrapes} scrapes"),
            ]));
        }
    }

    private static void Judge(ResultTable table, List<Sample> samples, SoakScrapers scrapers, TimeSpan duration)
    {
        var resident = ResultTable.Median(samples.Select(sample => sample.Process.ResidentBytes / Mebibyte));
        var peak = samples[^1].Process.PeakBytes / Mebibyte;
        table.Add(
            Work("resident memory"), Text($"{peak:F0} MiB at most, median {resident:F0} MiB"),
            Text($"{Servers:N0} servers, {scrapers.Observations.Last().Series:N0} series"), "", "", reached: null);

        // Growth is what is held in the last fifth of the time beyond what was held in the second; the first warms up.
        void Compare(string what, string unit, IEnumerable<(TimeSpan At, double Value)> values, double limit, bool asRatio = false)
        {
            double Middle(int fifth) => ResultTable.Median(
                values.Where(value => value.At > duration * fifth / 5 && (fifth == 4 || value.At <= duration * (fifth + 1) / 5)).Select(value => value.Value));
            var (second, last) = (Middle(1), Middle(4));
            table.Add(
                Work(what), Text($"{last:0.##}{unit} in the last fifth"), Text($"{second:0.##}{unit} in the second fifth"),
                asRatio ? Text($"{last / second:F2} times") : Text($"{last - second:+0.##;-0.##;0}{unit}"),
                asRatio ? Text($"≤ {limit} times") : Text($"≤ {limit:+0.##;-0.##;0}{unit}"), (asRatio ? last / second : last - second) <= limit);
        }

        Compare("memory", " MiB", samples.Select(sample => (sample.At, sample.Process.ResidentBytes / Mebibyte)), 1.1, asRatio: true);
        Compare("handles", "", samples.Select(sample => (sample.At, (double)sample.Process.Handles)), AllowedHandles);
        Compare("threads", "", samples.Select(sample => (sample.At, (double)sample.Process.Threads)), AllowedThreads);
        Compare("connections to the database", "", samples.Select(sample => (sample.At, (double)sample.Connections)), 0);
        Compare("state on disk", " MiB", samples.Select(sample => (sample.At, sample.StateBytes / Mebibyte)), AllowedStateRatio, asRatio: true);
        Compare("lag from a commit to the page", " s", scrapers.Observations.Select(seen => (seen.At, seen.LagSeconds)), AllowedLagSeconds);

        var failed = scrapers.Failures.Count;
        table.Add(
            Work("scrapes"), Text($"{scrapers.Scrapes:N0} scrapes, {failed} failed"), Text($"{scrapers.Dropped} slow clients were dropped beside them"),
            Text($"{failed} failed"), duration.TotalMinutes >= DefaultMinutes ? Text($"0 failed of ≥ {ScrapesOfDefault:N0}") : "0 failed",
            failed == 0 && (duration.TotalMinutes < DefaultMinutes || scrapers.Scrapes >= ScrapesOfDefault));

        string Work(string what) => Text($"soak of {duration.TotalMinutes:0.#} min, {what}");
    }

    /// <summary>At rest the page shows every row that was written, server by server.</summary>
    private static void Compare(ResultTable table, ScrapedPage page, List<SoakServer> servers)
    {
        var messages = page.SumByServer("postal_messages_total");
        var deliveries = page.SumByServer("postal_deliveries_total");
        var wrong = servers.Count(server =>
        {
            var label = Text($"server-{server.Id}");
            return messages.GetValueOrDefault(label) != server.Messages || deliveries.GetValueOrDefault(label) != server.Deliveries;
        });
        var written = servers.Sum(server => server.Messages + server.Deliveries);
        table.Add(
            "soak, messages and deliveries at its end", Text($"{messages.Values.Sum() + deliveries.Values.Sum():N0} counted"), Text($"{written:N0} written"),
            Text($"{wrong} servers differ"), "0", wrong == 0);
    }

    private static async Task<List<SoakServer>> ReadServersAsync(MariaDbServer database, CancellationToken cancellationToken)
    {
        await using var connection = new MySqlConnection(database.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new MySqlCommand("SELECT server_id, id FROM postal.credentials ORDER BY id", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var credentials = new List<(int Server, int Id)>();
        while (await reader.ReadAsync(cancellationToken))
            credentials.Add((reader.GetInt32(0), reader.GetInt32(1)));
        return [.. credentials.GroupBy(credential => credential.Server).OrderBy(group => group.Key).Select(
            (group, index) => new SoakServer(group.Key, [.. group.Select(credential => credential.Id).Take(2)], busy: index < BusyServers))];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Sample(TimeSpan At, ProcessFigures Process, int Connections, long StateBytes);
}
