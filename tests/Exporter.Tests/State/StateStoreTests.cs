using Microsoft.Data.Sqlite;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Signals;
using PostalExporter.State;
using PostalExporter.Tail;

namespace PostalExporter.Tests.State;

public sealed class StateStoreTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly string directory = Directory.CreateTempSubdirectory("postal-exporter-state-").FullName;

    private string StorePath => Path.Combine(directory, StateStore.FileName);

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void What_was_committed_is_there_after_opening_again()
    {
        var counters = NewCounters();
        counters.Add(counters.Get(Families.Messages, "acme", "mail", "outgoing", "line\nbreak \" ü 😀"), 7);
        counters.Add(counters.Get(Families.Rows, "messages"), 3);
        var server = new ServerState(5, "uuid", fromEnd: true) { IsNew = true };
        server.Cursors[0] = new StreamCursor { Position = 100, Start = 40, Anchor = 1234567890.123456m, Latest = 1234567891.5m, Changed = true };
        server.Cursors[0]!.Skip(98, 99, TimeSpan.FromSeconds(30));
        server.Cursors[0]!.Abandoned.Add(50, 52, TimeSpan.FromMinutes(30));
        server.Marks[MarkKind.Failed].Add(77);
        server.Scores.Observe(9, unknownRecipient: true);
        server.Windows.Take(new Note(9, 1_777_000_000, 42));
        using (var store = StateStore.Open(directory))
        {
            Assert.True(store.IsEmpty);
            store.Commit(Now, [server], [], counters, []);
        }

        using var again = StateStore.Open(directory);
        var restored = NewCounters();
        again.LoadCounters(restored);
        var state = Assert.Single(again.LoadServers()).Value;

        Assert.False(again.IsEmpty);
        Assert.Equal(7, restored.Get(Families.Messages, "acme", "mail", "outgoing", "line\nbreak \" ü 😀").Value);
        Assert.Equal(3, restored.Get(Families.Rows, "messages").Value);
        Assert.Equal(("uuid", true, 100, 40), (state.Uuid, state.FromEnd, state.Cursors[0]!.Position, state.Cursors[0]!.Start));
        Assert.Equal((1234567890.123456m, 1234567891.5m), (state.Cursors[0]!.Anchor!.Value, state.Cursors[0]!.Latest));
        Assert.True(state.Cursors[0]!.Missing.Contains(99));
        Assert.Equal([new AbandonedIds.Span(50, 52, 0, TimeSpan.FromMinutes(30))], state.Cursors[0]!.Abandoned.Spans);
        Assert.Null(state.Cursors[1]);
        Assert.True(state.Marks[MarkKind.Failed].Contains(77));
        Assert.Equal(new RecipientScoreOptions().UnknownStep, state.Scores[9]);
        Assert.Equal(1, state.Windows.Estimate(DateTimeOffset.FromUnixTimeSeconds(1_777_000_000))[9]);
    }

    [Fact]
    public void A_server_that_is_dropped_with_unsaved_changes_leaves_a_store_that_opens()
    {
        var server = new ServerState(5, "uuid", fromEnd: false) { IsNew = true };
        using (var store = StateStore.Open(directory))
        {
            store.Commit(Now, [server], [], NewCounters(), []);
            // When no save succeeded during the time of grace, what was counted before it is still unsaved.
            server.Cursors[0] = new StreamCursor { Position = 5, Changed = true };
            server.Marks[MarkKind.Failed].Add(5);
            store.Commit(Now, [server], [5], NewCounters(), []);
        }

        using var again = StateStore.Open(directory);
        Assert.Empty(again.LoadServers());
    }

    [Fact]
    public void A_commit_that_fails_changes_nothing_and_the_next_one_saves_it_all()
    {
        var counters = NewCounters();
        var series = counters.Get(Families.Rows, "messages");
        counters.Add(series, 3);
        using var store = StateStore.Open(directory);
        // The commit breaks off in its middle, after other rows were written.
        Execute("CREATE TRIGGER broken BEFORE INSERT ON counter BEGIN SELECT RAISE(ABORT, 'broken'); END");
        Assert.Throws<StateStoreException>(() => store.Commit(Now, [], [], counters, []));
        Assert.True(store.IsEmpty);
        Execute("DROP TRIGGER broken");
        Assert.Equal((0, 0), (series.Value, series.StateId));
        counters.Add(series, 2);

        store.Commit(Now, [], [], counters, []);
        counters.Publish();

        Assert.Equal(5, series.Value);
        var restored = NewCounters();
        store.LoadCounters(restored);
        Assert.Equal(5, restored.Get(Families.Rows, "messages").Value);
    }

    [Fact]
    public void Dropped_servers_and_series_leave_nothing_behind()
    {
        var counters = NewCounters();
        counters.Add(counters.Get(Families.MessageBytes, "acme", "mail", "outgoing"), 7);
        var server = new ServerState(5, "uuid", fromEnd: false) { IsNew = true };
        server.Cursors[1] = new StreamCursor { Changed = true };
        server.Marks[MarkKind.Spam].Add(1);
        using var store = StateStore.Open(directory);
        store.Commit(Now, [server], [], counters, []);
        counters.Publish();

        store.Commit(Now, [], [5], counters, counters.OfServer("acme", "mail"));

        Assert.Empty(store.LoadServers());
        var restored = NewCounters();
        store.LoadCounters(restored);
        Assert.Empty(restored.Servers);
    }

    [Fact]
    public void A_server_keeps_its_names_and_takes_new_ones()
    {
        var server = new ServerState(5, "uuid", fromEnd: false) { IsNew = true };
        using var store = StateStore.Open(directory);
        server.Rename("acme", "mail");
        store.Commit(Now, [server], [], NewCounters(), []);
        var saved = Assert.Single(store.LoadServers()).Value;
        Assert.Equal(("acme", "mail", false), (saved.Organization, saved.Permalink, saved.IsChanged));

        server.Rename("acme", "post");
        store.Commit(Now, [server], [], NewCounters(), []);

        Assert.Equal("post", Assert.Single(store.LoadServers()).Value.Permalink);
        Assert.False(server.IsChanged);
    }

    [Fact]
    public void A_store_of_another_shard_is_refused_and_says_how_to_move()
    {
        using (var store = StateStore.Open(directory))
        {
            store.Claim(new ShardOptions(1, 2));
            store.Commit(Now, [], [], NewCounters(), []);
        }

        using var again = StateStore.Open(directory);
        again.Claim(new ShardOptions(1, 2));
        var refused = Assert.Throws<StateStoreException>(() => again.Claim(new ShardOptions(1, 3)));
        Assert.StartsWith($"{StorePath}: counts shard 1/2, the configuration says 1/3;", refused.Message, StringComparison.Ordinal);
        Assert.Contains("docs/scaling.md", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_without_a_shard_is_that_of_all_servers()
    {
        using (var store = StateStore.Open(directory))
            store.Commit(Now, [], [], NewCounters(), []);
        Execute("DELETE FROM meta WHERE key = 'shard'");

        using var again = StateStore.Open(directory);
        again.Claim(ShardOptions.Whole);
        Assert.Throws<StateStoreException>(() => again.Claim(new ShardOptions(0, 2)));
    }

    [Fact]
    public void A_second_exporter_on_the_same_directory_refuses_to_start()
    {
        using var store = StateStore.Open(directory);

        var refused = Assert.Throws<StateStoreException>(() => StateStore.Open(directory));

        Assert.Contains("another exporter uses this state directory", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_named_with_what_to_do()
    {
        File.WriteAllText(StorePath, new string('x', 8_192));

        var refused = Assert.Throws<StateStoreException>(() => StateStore.Open(directory));

        Assert.StartsWith(StorePath, refused.Message, StringComparison.Ordinal);
        Assert.Contains("restore it from a backup", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_of_a_newer_release_is_left_alone()
    {
        StateStore.Open(directory).Dispose();
        Execute("PRAGMA user_version = 99");

        Assert.Contains("has version 99", Assert.Throws<StateStoreException>(() => StateStore.Open(directory)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_the_place_of_the_directory_is_said()
    {
        var file = Path.Combine(directory, "file");
        File.WriteAllText(file, "");

        Assert.Contains("state.path names a directory", Assert.Throws<StateStoreException>(() => StateStore.Open(file)).Message, StringComparison.Ordinal);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={StorePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static CounterTable NewCounters() => new(new MetricsPage());
}
