using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using PostalExporter.Metrics;
using PostalExporter.Signals;
using PostalExporter.State;
using PostalExporter.Tail;
using SQLitePCL;

namespace PostalExporter.Benchmarks;

/// <summary>
/// The save that ends each collection, held against SQLite alone: a prepared upsert by integer key, run by SQLite's own
/// interface on a table of two integers, with the same journal and flush to disk, in turns with the exporter's save.
/// </summary>
internal sealed class StateCommitBenchmark : IBenchmark
{
    private const int Servers = 1_000;
    private const int Changed = 5_000;
    private const int Rounds = 60;
    private const int NewSeries = 5_000;
    private const string Bare = "bare upserts by integer key";

    private static readonly DateTimeOffset Start = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public string Name => "state-commit";

    /// <inheritdoc/>
    public Task RunAsync(ResultTable table, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("postal-bench-state-").FullName;
        try
        {
            var (series, bare) = Measure(Path.Combine(folder, "large"), existing: 100_000, among: 100_000, movedServers: 0, cancellationToken);
            AddRow(table, "state commit, 5,000 of 100,000 series changed", series, bare, Bare, 2);
            var (servers, bareAgain) = Measure(Path.Combine(folder, "servers"), existing: 100_000, among: 100_000, movedServers: 100, cancellationToken);
            AddRow(table, "state commit, the same with cursors, marks and scores of 100 servers", servers, bareAgain, Bare, 3);
            // The same series change in both: what differs is only what does not change.
            var (large, _) = Measure(Path.Combine(folder, "of-100000"), existing: 100_000, among: 10_000, movedServers: 0, cancellationToken);
            var (small, _) = Measure(Path.Combine(folder, "of-10000"), existing: 10_000, among: 10_000, movedServers: 0, cancellationToken);
            AddRow(table, "state commit, 5,000 changed, 100,000 series exist", large, small, "the same, 10,000 exist", 1.5);
            // Each new series enters an index of text keys.
            var (first, integers) = MeasureNewSeries(Path.Combine(folder, "new"), cancellationToken);
            AddRow(table, "state commit, 5,000 new series beside 100,000", first, integers, Bare, 15);
            MeasureStart(table, Path.Combine(folder, "large"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return Task.CompletedTask;
    }

    private static void AddRow(ResultTable table, string work, double exporter, double reference, string what, double target)
    {
        var ratio = exporter / reference;
        table.Add(
            work, Text($"{exporter:0.0} ms"), Text($"{reference:0.0} ms: {what}"), Text($"{ratio:0.00} times"), Text($"at most {target} times"), ratio <= target);
    }

    private static (double Exporter, double Bare) Measure(
        string directory, int existing, int among, int movedServers, CancellationToken cancellationToken)
    {
        var counters = new CounterTable(new MetricsPage());
        using var store = StateStore.Open(directory);
        var (servers, series) = Fill(store, counters, existing);
        using var bare = new BareTable(Path.Combine(directory, "bare.db"), existing);
        var (exporter, reference) = (new List<double>(), new List<double>());
        var random = new Random(1);
        for (var round = 0; round < Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var changed = Enumerable.Range(0, Changed).Select(_ => random.Next(among)).ToArray();
            foreach (var index in changed)
                counters.Add(series[index], 1);
            for (var i = 0; i < movedServers; i++)
                Touch(servers[random.Next(Servers)], round);
            var now = Start.AddSeconds(15 * (round + 1));
            exporter.Add(Time(() => store.Commit(now, servers, [], counters, [])));
            counters.Publish();
            reference.Add(Time(() => bare.Upsert(changed)));
        }
        return (ResultTable.Median(exporter), ResultTable.Median(reference));
    }

    private static (double Exporter, double Bare) MeasureNewSeries(string directory, CancellationToken cancellationToken)
    {
        var counters = new CounterTable(new MetricsPage());
        using var store = StateStore.Open(directory);
        var (servers, _) = Fill(store, counters, 100_000);
        using var bare = new BareTable(Path.Combine(directory, "bare.db"), 100_000);
        var (exporter, reference) = (new List<double>(), new List<double>());
        var random = new Random(1);
        for (var round = 0; round < 10; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var series in MakeSeries(counters, 100_000 + (round * NewSeries), NewSeries))
                counters.Add(series, 1);
            exporter.Add(Time(() => store.Commit(Start, servers, [], counters, [])));
            counters.Publish();
            reference.Add(Time(() => bare.Upsert([.. Enumerable.Range(0, NewSeries).Select(_ => random.Next(100_000))])));
        }
        return (ResultTable.Median(exporter), ResultTable.Median(reference));
    }

    private static void MeasureStart(ResultTable table, string directory)
    {
        var check = ResultTable.Median([.. Enumerable.Range(0, 9).Select(_ =>
        {
            using var connection = StateConnection.ForReading(Path.Combine(directory, StateStore.FileName), atRest: true);
            return Time(() => new StateReader(connection, directory).Check());
        })]);
        table.Add("state store, check of 100,000 series at start", Text($"{check:0.0} ms"), "the limit", Text($"{check:0.0} ms"), "below 100 ms", check < 100);
    }

    // As an exporter has them after months: all series saved, and a thousand servers with cursors and marks.
    private static (List<ServerState> Servers, CounterSeries[] Series) Fill(StateStore store, CounterTable counters, int existing)
    {
        var servers = Enumerable.Range(1, Servers).Select(id => new ServerState(id, $"uuid {id}", fromEnd: true) { IsNew = true }).ToList();
        foreach (var server in servers)
        {
            server.Rename("organization", Text($"server{server.Id}"));
            server.Cursors[0] = new StreamCursor { Position = 1_000 };
            server.Cursors[1] = new StreamCursor { Position = 1_000 };
            Touch(server, 0);
        }
        var series = MakeSeries(counters, 0, existing);
        foreach (var counted in series)
            counters.Add(counted, 1);
        store.Commit(Start, servers, [], counters, []);
        counters.Publish();
        return (servers, series);
    }

    private static CounterSeries[] MakeSeries(CounterTable counters, int first, int count) =>
        [.. Enumerable.Range(first, count).Select(number => counters.Get(
            Families.Messages, "organization", Text($"server{1 + (number % Servers)}"), "outgoing", Text($"credential {number / Servers}")))];

    private static void Touch(ServerState server, int round)
    {
        foreach (var cursor in server.Cursors)
            cursor!.Advance(cursor.Position + 1, 1_777_000_000 + round, TimeSpan.Zero);
        server.Marks[MarkKind.Decided].Add(server.Cursors[0]!.Position);
        server.Scores.Observe(server.Id, unknownRecipient: true);
    }

    private static double Time(Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // The reference: nothing but the statement.
    private sealed class BareTable : IDisposable
    {
        private readonly SqliteConnection connection;
        private readonly sqlite3_stmt upsert;
        private long value;

        public BareTable(string path, int rows)
        {
            connection = StateConnection.ForWriting(path, create: true);
            StateSchema.Configure(connection);
            using var fill = connection.CreateCommand();
            fill.CommandText = "CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL); "
                + "WITH RECURSIVE number (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM number WHERE id < $1) INSERT INTO counter SELECT id, 1 FROM number";
            fill.Parameters.AddWithValue("$1", rows);
            fill.ExecuteNonQuery();
            raw.sqlite3_prepare_v2(connection.Handle!, "INSERT INTO counter VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value", out upsert);
        }

        public void Upsert(int[] changed)
        {
            value++;
            using var transaction = connection.BeginTransaction();
            foreach (var index in changed)
            {
                raw.sqlite3_bind_int64(upsert, 1, index + 1);
                raw.sqlite3_bind_int64(upsert, 2, value);
                if (raw.sqlite3_step(upsert) != raw.SQLITE_DONE)
                    throw new InvalidOperationException("the upsert failed");
                raw.sqlite3_reset(upsert);
            }
            transaction.Commit();
        }

        public void Dispose()
        {
            upsert.Dispose();
            connection.Dispose();
        }
    }
}
