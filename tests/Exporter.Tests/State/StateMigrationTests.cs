using System.Globalization;
using Microsoft.Data.Sqlite;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Signals;
using PostalExporter.State;

namespace PostalExporter.Tests.State;

/// <summary>Stores of earlier releases, written by their own SQL.</summary>
public sealed class StateMigrationTests : IDisposable
{
    /// <summary>What version 1 wrote, with something in every table.</summary>
    private const string Version1 = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE server (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, from_end INTEGER NOT NULL);
        CREATE TABLE cursor (
            server_id INTEGER NOT NULL, stream INTEGER NOT NULL, position INTEGER NOT NULL, start INTEGER NOT NULL,
            anchor TEXT, latest TEXT NOT NULL, restored_through INTEGER NOT NULL, counted_until TEXT NOT NULL, missing BLOB NOT NULL,
            PRIMARY KEY (server_id, stream)) WITHOUT ROWID;
        CREATE TABLE mark (
            server_id INTEGER NOT NULL, kind INTEGER NOT NULL, chunk INTEGER NOT NULL, bits BLOB NOT NULL,
            PRIMARY KEY (server_id, kind, chunk)) WITHOUT ROWID;
        CREATE TABLE score (
            server_id INTEGER NOT NULL, credential_id INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (server_id, credential_id)) WITHOUT ROWID;
        CREATE TABLE recipients (
            server_id INTEGER NOT NULL, credential_id INTEGER NOT NULL, step INTEGER NOT NULL, counter BLOB NOT NULL,
            PRIMARY KEY (server_id, credential_id, step)) WITHOUT ROWID;
        CREATE TABLE series (id INTEGER PRIMARY KEY, family TEXT NOT NULL, labels TEXT NOT NULL, UNIQUE (family, labels));
        CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL);
        INSERT INTO meta VALUES ('first_collection', '2026-01-02T03:04:05.0000000+00:00');
        INSERT INTO server VALUES (5, 'uuid', 1), (6, 'other', 0);
        INSERT INTO cursor VALUES (5, 0, 100, 40, '1234567890.123456', '1234567891.5', 90, '1234567000.25',
            x'620000000000000063000000000000003075000000000000'), (6, 1, 7, 0, NULL, '0', 0, '0', x'');
        INSERT INTO mark VALUES (5, 1, 0, x'02' || zeroblob(1023));
        INSERT INTO score VALUES (5, 9, 2.5);
        INSERT INTO recipients VALUES (5, 9, 2961666, x'2A00000000000000');
        INSERT INTO series VALUES (1, 'postal_messages_total', '["acme","mail","outgoing","app"]'), (2, 'postal_exporter_rows_total', '["messages"]'),
            (3, 'postal_of_another_release_total', '["acme","mail"]');
        INSERT INTO counter VALUES (1, 12), (2, 34), (3, 56);
        PRAGMA user_version = 1;
        """;

    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly string directory = Directory.CreateTempSubdirectory("postal-exporter-migration-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void A_store_of_version_1_goes_on_under_this_release_with_everything_in_it()
    {
        Execute(Version1);
        using (var store = StateStore.Open(directory))
        {
            Assert.False(store.IsEmpty);
            store.Claim(ShardOptions.Whole);
            var counters = NewCounters();
            store.LoadCounters(counters);
            var servers = store.LoadServers();
            AssertContent(counters, servers);

            servers[5].Rename("acme", "mail");
            counters.Add(counters.Get(Families.Messages, "acme", "mail", "outgoing", "app"), 1);
            store.Commit(Now, servers.Values, [], counters, []);
            counters.Publish();
        }

        using var again = StateStore.Open(directory);
        var restored = NewCounters();
        again.LoadCounters(restored);
        var named = again.LoadServers();
        Assert.Equal(13, restored.Get(Families.Messages, "acme", "mail", "outgoing", "app").Value);
        Assert.Equal(("acme", "mail", ""), (named[5].Organization, named[5].Permalink, named[6].Permalink));
        Assert.Equal((long)StateSchema.Version, Scalar("PRAGMA user_version"));
        Assert.Equal(56L, Scalar("SELECT value FROM counter JOIN series USING (id) WHERE family = 'postal_of_another_release_total'"));
        Assert.Equal("2026-01-02T03:04:05.0000000+00:00", Scalar("SELECT value FROM meta WHERE key = 'first_collection'"));
    }

    [Fact]
    public void Every_step_leads_to_the_tables_of_a_new_store()
    {
        Execute(Version1);
        StateStore.Open(directory).Dispose();
        var migrated = Columns();
        Directory.Delete(directory, recursive: true);
        StateStore.Open(directory).Dispose();

        Assert.Equal(Columns(), migrated);
    }

    [Fact]
    public void A_store_of_version_1_can_be_shown_and_is_not_changed_by_it()
    {
        Execute(Version1);
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using (var files = StateFiles.Find(directory))
            StateReport.Write(files, output);

        Assert.Matches(@"schema +version 1, this release writes \d", output.ToString());
        Assert.Matches(@"5 +100 +2 +- +- +0  name not saved yet", output.ToString());
        Assert.Equal(1L, Scalar("PRAGMA user_version"));
    }

    [Fact]
    public void A_store_of_version_1_is_not_exported_before_it_has_names()
    {
        Execute(Version1);
        using var files = StateFiles.Find(directory);

        var refused = Assert.Throws<StateStoreException>(() => StateExport.Write(files, Now, TextWriter.Null));

        Assert.Contains("let this release collect once", refused.Message, StringComparison.Ordinal);
    }

    private static void AssertContent(CounterTable counters, Dictionary<int, ServerState> servers)
    {
        Assert.Equal(12, counters.Get(Families.Messages, "acme", "mail", "outgoing", "app").Value);
        Assert.Equal(34, counters.Get(Families.Rows, "messages").Value);
        Assert.Equal([5, 6], servers.Keys);
        var (server, cursor) = (servers[5], servers[5].Cursors[0]!);
        Assert.Equal(("uuid", true, ""), (server.Uuid, server.FromEnd, server.Permalink));
        Assert.Equal((100, 40, 1234567890.123456m, 1234567891.5m), (cursor.Position, cursor.Start, cursor.Anchor!.Value, cursor.Latest));
        Assert.Equal((90, 1234567000.25m), (cursor.RestoredThrough, cursor.CountedUntil));
        Assert.Equal((98, 99, TimeSpan.FromSeconds(30)), (cursor.Missing.Ranges[0].First, cursor.Missing.Ranges[0].Last, cursor.Missing.Ranges[0].Left));
        Assert.True(server.Marks[MarkKind.Failed].Contains(1));
        Assert.Equal(2.5, server.Scores[9]);
        // They were hashed without a secret.
        Assert.Empty(server.Windows.Keys);
        Assert.Null(server.Memories.History.Next);
        Assert.Equal((null, 7), (servers[6].Cursors[0], servers[6].Cursors[1]!.Position));
        Assert.Null(servers[6].Cursors[1]!.Anchor);
    }

    private static CounterTable NewCounters() => new(new MetricsPage());

    private List<string> Columns()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT m.name, c.name, c.type, c."notnull", c.pk FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, c.cid
            """;
        using var reader = command.ExecuteReader();
        var columns = new List<string>();
        while (reader.Read())
            columns.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)));
        return columns;
    }

    private object? Scalar(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private void Execute(string sql)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        Directory.CreateDirectory(directory);
        var connection = new SqliteConnection($"Data Source={Path.Combine(directory, StateStore.FileName)};Pooling=False");
        connection.Open();
        return connection;
    }
}
