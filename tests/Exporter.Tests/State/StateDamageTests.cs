using System.Globalization;
using Microsoft.Data.Sqlite;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Signals;
using PostalExporter.State;
using PostalExporter.Tail;

namespace PostalExporter.Tests.State;

/// <summary>Stores whose file or content is not what an exporter wrote.</summary>
public sealed class StateDamageTests : IDisposable
{
    private const int ManySeries = 20_000;

    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly string directory = Directory.CreateTempSubdirectory("postal-exporter-damage-").FullName;

    private string StorePath => Path.Combine(directory, StateStore.FileName);

    private string SetAside => StorePath + StateStore.SetAsideSuffix;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("cursor", "INSERT INTO cursor VALUES (99, 0, 1, 0, NULL, '0', 0, '0', x'', x'')")]
    [InlineData("cursor", "INSERT INTO cursor VALUES (5, 7, 1, 0, NULL, '0', 0, '0', x'', x'')")]
    [InlineData("cursor", "INSERT INTO cursor VALUES (5, 0, 1, 0, NULL, 'yesterday', 0, '0', x'', x'')")]
    [InlineData("cursor", "INSERT INTO cursor VALUES (5, 0, 1, 0, 'yesterday', '0', 0, '0', x'', x'')")]
    [InlineData("cursor", "INSERT INTO cursor VALUES (5, 0, 1, 0, NULL, '1e999', 0, '0', x'', x'')")]
    [InlineData("cursor", "INSERT INTO cursor VALUES (5, 0, 1, 0, NULL, '0', 0, '0', x'00112233', x'')")]
    [InlineData("cursor", "INSERT INTO cursor VALUES (5, 0, 1, 0, NULL, '0', 0, '0', x'020000000000000001000000000000000000000000000000', x'')")]
    [InlineData("mark", "INSERT INTO mark (server_id, kind, chunk, bits) VALUES (99, 1, 0, zeroblob(1024))")]
    [InlineData("mark", "INSERT INTO mark (server_id, kind, chunk, bits) VALUES (5, 9, 0, zeroblob(1024))")]
    [InlineData("mark", "INSERT INTO mark (server_id, kind, chunk, bits) VALUES (5, 1, 0, zeroblob(1023))")]
    [InlineData("mark", "INSERT INTO mark (server_id, kind, chunk, bits) VALUES (5, 1, 0, zeroblob(1025))")]
    [InlineData("score", "INSERT INTO score VALUES (99, 1, 0.5)")]
    [InlineData("recipients", "INSERT INTO recipients VALUES (99, 1, 0, x'')")]
    [InlineData("recipients", "INSERT INTO recipients VALUES (5, 1, 0, x'0011')")]
    [InlineData("recipients", "INSERT INTO recipients VALUES (5, 1, 0, zeroblob(520))")]
    [InlineData("series", "INSERT INTO series VALUES (7, 'postal_messages_total', 'acme'); INSERT INTO counter VALUES (7, 1)")]
    [InlineData("series", "INSERT INTO series VALUES (7, 'postal_messages_total', 'null'); INSERT INTO counter VALUES (7, 1)")]
    [InlineData("series", "INSERT INTO series VALUES (7, 'postal_messages_total', '[]'); INSERT INTO counter VALUES (7, -1)")]
    public void Content_that_no_exporter_writes_is_refused_with_file_table_and_remedy(string table, string sql)
    {
        using (var store = StateStore.Open(directory))
            store.Commit(Now, [new ServerState(5, "uuid", fromEnd: false) { IsNew = true }], [], NewCounters(), []);
        Execute(sql);

        using var damaged = StateStore.Open(directory);
        var refused = Assert.Throws<StateStoreException>(() =>
        {
            damaged.LoadCounters(NewCounters());
            damaged.LoadServers();
        });

        Assert.StartsWith($"{StorePath}: is damaged, table {table}: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("restore it from a backup", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_that_was_overwritten_at_rest_is_found_at_the_start()
    {
        WriteMany();
        Overwrite(from: 0.5, to: 0.5);

        var refused = Assert.Throws<StateStoreException>(() => StateStore.Open(directory));

        Assert.StartsWith($"{StorePath}: is damaged", refused.Message, StringComparison.Ordinal);
        Assert.Contains("state reset", refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(SetAside), "starting anew is the operator's decision");
    }

    [Fact]
    public void A_file_that_lost_its_tables_is_refused()
    {
        WriteMany();
        Execute("DROP TABLE counter");

        var refused = Assert.Throws<StateStoreException>(() => StateStore.Open(directory));

        Assert.StartsWith($"{StorePath}: is damaged or no state store; restore it from a backup", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    // A new series needs pages of the file: the save itself meets the damage.
    [InlineData(0.0, true, 15)]
    [InlineData(0.1, true, 15)]
    // All that is to be saved is in memory: the check of every five minutes meets it.
    [InlineData(0.1, false, 300)]
    public void A_file_that_is_damaged_while_it_is_in_use_is_written_anew_with_everything_in_it(double from, bool newSeries, int seconds)
    {
        WriteMany();
        var server = FullServer();
        var later = Now.AddSeconds(seconds);
        using (var store = StateStore.Open(directory))
        {
            store.Claim(new ShardOptions(1, 2));
            var counters = NewCounters();
            store.LoadCounters(counters);
            store.Commit(Now, [server], [], counters, []);
            Overwrite(from, to: 1);
            AddToAll(counters);
            if (newSeries)
                counters.Add(counters.Get(Families.RowsLate, "messages"), 3);

            var failed = Assert.Throws<StateStoreException>(() => store.Commit(later, [server], [], counters, []));
            Assert.StartsWith($"{StorePath}: was damaged while the exporter ran", failed.Message, StringComparison.Ordinal);
            Assert.Equal(1, counters.Get(Families.Rows, LongName(7)).Value);
            foreach (var series in counters.All.Where(series => series.Family == Families.Rows))
                counters.Add(series, 1);

            store.Commit(later, [server], [], counters, []);
            counters.Publish();
        }

        Assert.True(File.Exists(SetAside));
        AssertHoldsEverything(expected: 3);
    }

    [Fact]
    public void A_file_that_is_taken_away_while_it_is_in_use_is_written_anew_with_everything_in_it()
    {
        WriteMany();
        using (var store = StateStore.Open(directory))
        {
            store.Claim(new ShardOptions(1, 2));
            var counters = NewCounters();
            store.LoadCounters(counters);
            var server = FullServer();
            store.Commit(Now, [server], [], counters, []);
            File.Delete(StorePath);
            AddToAll(counters);
            AddToAll(counters);

            store.Commit(Now, [server], [], counters, []);
            counters.Publish();
        }

        AssertHoldsEverything(expected: 3);
    }

    [Fact]
    public void Another_copy_in_the_place_of_the_file_is_not_mixed_with_what_was_counted()
    {
        var counters = NewCounters();
        using var store = StateStore.Open(directory);
        var first = counters.Get(Families.Rows, "first");
        counters.Add(first, 1);
        store.Commit(Now, [], [], counters, []);
        counters.Publish();
        File.Copy(StorePath, StorePath + ".copy");
        counters.Add(first, 1);
        store.Commit(Now.AddSeconds(15), [], [], counters, []);
        counters.Publish();
        // Something goes wrong, and before it is over somebody puts the older copy back.
        Execute("CREATE TRIGGER broken BEFORE INSERT ON counter BEGIN SELECT RAISE(ABORT, 'broken'); END");
        counters.Add(counters.Get(Families.Rows, "second"), 1);
        Assert.Throws<StateStoreException>(() => store.Commit(Now.AddSeconds(30), [], [], counters, []));
        File.Move(StorePath + ".copy", StorePath, overwrite: true);

        store.Commit(Now.AddSeconds(45), [], [], counters, []);

        var restored = NewCounters();
        store.LoadCounters(restored);
        Assert.Equal((2, 1), (restored.Get(Families.Rows, "first").Value, restored.Get(Families.Rows, "second").Value));
        Assert.True(File.Exists(SetAside));
    }

    [Fact]
    public void A_store_that_another_program_keeps_locked_is_saved_when_it_is_free_again()
    {
        var counters = NewCounters();
        using var store = StateStore.Open(directory);
        counters.Add(counters.Get(Families.Rows, "messages"), 1);
        using (var other = Open())
        {
            using var transaction = other.BeginTransaction();
            var refused = Assert.Throws<StateStoreException>(() => store.Commit(Now, [], [], counters, []));
            Assert.Contains("another program keeps it locked", refused.Message, StringComparison.Ordinal);
        }

        store.Commit(Now, [], [], counters, []);

        var restored = NewCounters();
        store.LoadCounters(restored);
        Assert.Equal(1, restored.Get(Families.Rows, "messages").Value);
    }

    private static CounterTable NewCounters() => new(new MetricsPage());

    // Long, so that the file is larger than what SQLite keeps of it in memory.
    private static string LongName(int number) => number.ToString(CultureInfo.InvariantCulture).PadLeft(800, 'x');

    // A server with something of every kind.
    private static ServerState FullServer()
    {
        var server = new ServerState(5, "uuid", fromEnd: true) { IsNew = true };
        server.Rename("acme", "mail");
        server.Cursors[0] = new StreamCursor { Position = 100, Start = 40, Anchor = 1234567890.123456m, Latest = 1234567891.5m, Changed = true };
        server.Cursors[0]!.Skip(98, 99, TimeSpan.FromSeconds(30));
        server.Marks[MarkKind.Decided].Add(77);
        server.Scores.Observe(9, unknownRecipient: true);
        server.Windows.Take(new Note(9, 1_777_000_000, 42));
        return server;
    }

    private CounterTable WriteMany()
    {
        var counters = NewCounters();
        for (var i = 0; i < ManySeries; i++)
            counters.Get(Families.Rows, LongName(i));
        AddToAll(counters);
        using var store = StateStore.Open(directory);
        store.Claim(new ShardOptions(1, 2));
        store.Commit(Now, [], [], counters, []);
        counters.Publish();
        return counters;
    }

    private static void AddToAll(CounterTable counters)
    {
        foreach (var series in counters.All)
            counters.Add(series, 1);
    }

    private void AssertHoldsEverything(long expected)
    {
        using var store = StateStore.Open(directory);
        store.Claim(new ShardOptions(1, 2));
        var counters = NewCounters();
        store.LoadCounters(counters);
        Assert.InRange(counters.All.Count, ManySeries, ManySeries + 1);
        Assert.All(counters.All, series => Assert.Equal(expected, series.Value));
        var server = Assert.Single(store.LoadServers()).Value;
        Assert.Equal(("acme", "mail", "uuid", true), (server.Organization, server.Permalink, server.Uuid, server.FromEnd));
        Assert.Equal((100, 40, 1234567890.123456m), (server.Cursors[0]!.Position, server.Cursors[0]!.Start, server.Cursors[0]!.Anchor));
        Assert.True(server.Cursors[0]!.Missing.Contains(98));
        Assert.True(server.Marks[MarkKind.Decided].Contains(77));
        Assert.Equal(new RecipientScoreOptions().UnknownStep, server.Scores[9]);
        Assert.Equal(1, server.Windows.Estimate(DateTimeOffset.FromUnixTimeSeconds(1_777_000_000))[9]);
    }

    // Whole pages, from one part of the file to another: what a broken disk or a wrong copy leaves behind.
    private void Overwrite(double from, double to)
    {
        const int PageBytes = 4096;
        using var file = new FileStream(StorePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        var pages = file.Length / PageBytes;
        file.Position = (long)(pages * from) * PageBytes;
        var bytes = new byte[PageBytes];
        Array.Fill(bytes, (byte)0xA5);
        do
            file.Write(bytes);
        while (file.Position < (long)(pages * to) * PageBytes);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={StorePath};Pooling=False");
        connection.Open();
        return connection;
    }

    private void Execute(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
