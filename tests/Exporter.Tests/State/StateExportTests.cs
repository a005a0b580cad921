using System.Globalization;
using System.Text.Json;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Signals;
using PostalExporter.State;
using PostalExporter.Tail;
using PostalExporter.Tests.Signals;

namespace PostalExporter.Tests.State;

/// <summary>Exports, and what imports make of them.</summary>
public sealed class StateExportTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
    private readonly string folder = Directory.CreateTempSubdirectory("postal-exporter-export-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_value_survives_export_and_import()
    {
        WriteStore("old", ShardOptions.Whole, [.. Enumerable.Range(1, 3).Select(FullServer)]);
        var export = Export("old");
        Directory.CreateDirectory(PathOf("new"));
        File.Copy(Path.Combine(PathOf("old"), HashKeyFile.FileName), Path.Combine(PathOf("new"), HashKeyFile.FileName));

        var done = Import("new", ShardOptions.Whole, export);

        Assert.Equal((3, 0, 0), (done.Servers, done.Kept, done.Dropped));
        Assert.Equal(Content("old"), Content("new"));
        Assert.Null(done.Backup);
    }

    [Fact]
    public void Without_the_key_of_their_hashes_recipients_are_left_out_and_learnt_anew()
    {
        WriteStore("old", ShardOptions.Whole, [FullServer(5)]);

        Import("new", ShardOptions.Whole, Export("old"));

        using var store = StateStore.Open(PathOf("new"));
        var server = store.LoadServers()[5];
        Assert.Empty(server.Windows.Keys);
        Assert.Null(server.Memories.History.Next);
        Assert.Equal((105, 3), (server.Cursors[0]!.Position, server.Cursors[(int)TailStream.Clicks]!.Position));
    }

    [Fact]
    public void The_lines_are_those_of_the_documentation()
    {
        WriteStore("old", new ShardOptions(1, 2), [FullServer(5)]);

        var lines = File.ReadAllLines(Export("old"));

        Assert.Equal(
            """{"header":{"format":"postal-exporter-state","version":1,"shard":"1/2","exported":"2026-05-04T12:00:00+00:00","first_collection":"2026-05-04T12:00:00.0000000\u002B00:00","hash_key":"KEY"}}"""
                .Replace("KEY", HashKeyFile.Open(PathOf("old")).Id, StringComparison.Ordinal),
            lines[0]);
        var bits = new byte[1024];
        bits[9] = 32;
        Assert.Equal(
            """{"server":{"id":5,"uuid":"uuid 5","organization":"acme","permalink":"mail5","from_end":true,"marks":[{"kind":"decided","chunk":0,"bits":"BITS"}],"scores":[{"credential_id":9,"value":2.302585092994046}],"recipients":[{"credential_id":9,"step":2961666,"counter":"KgAAAAAAAAA="}],"messages":{"position":105,"start":40,"latest":1234567891.5,"restored_through":90,"counted_until":1234567000.25,"missing":[[98,99,30000],[101,102,30000,1234567000250000]],"abandoned":[],"anchor":1234567890.123456},"other_streams":{"clicks":{"position":3,"start":0,"latest":0,"restored_through":0,"counted_until":0,"missing":[],"abandoned":[]}},"memories":[{"kind":"history","key":0,"data":"BwAAAAAAAAA="}]}}"""
                .Replace("BITS", Convert.ToBase64String(bits), StringComparison.Ordinal),
            lines[1]);
        Assert.Equal("""{"series":{"family":"postal_messages_total","labels":["acme","mail5","outgoing","app"],"value":15,"server":5}}""", lines[2]);
        Assert.Equal("""{"series":{"family":"postal_exporter_rows_total","labels":["messages"],"value":7}}""", lines[3]);
        Assert.Equal("""{"end":{"servers":1,"series":2}}""", lines[4]);
        Assert.Equal(5, lines.Length);
    }

    [Fact]
    public void The_store_of_a_running_exporter_is_exported_as_it_was_saved()
    {
        using var store = StateStore.Open(PathOf("old"));
        var counters = NewCounters();
        counters.Add(counters.Get(Families.Rows, "messages"), 7);
        store.Commit(Now, [FullServer(5)], [], counters, []);
        counters.Add(counters.Get(Families.Rows, "messages"), 1);

        using var files = StateFiles.Find(PathOf("old"));
        Assert.True(files.InUse);
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        var end = StateExport.Write(files, Now, output);

        Assert.Equal(new ExportEnd(1, 1), end);
        Assert.Contains("\"value\":7", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_export_is_of_one_moment_while_an_exporter_saves()
    {
        using var store = StateStore.Open(PathOf("old"));
        var counters = NewCounters();
        // Both counters move with each save: an export that mixes two saves shows a difference.
        void Save()
        {
            counters.Add(counters.Get(Families.Rows, "messages"), 1);
            counters.Add(counters.Get(Families.Rows, "deliveries"), 1);
            store.Commit(Now, [], [], counters, []);
            counters.Publish();
        }

        Save();
        using var files = StateFiles.Find(PathOf("old"));
        using var output = new SavingWriter(Save);
        StateExport.Write(files, Now, output);

        var values = output.ToString().Split('\n').Where(line => line.StartsWith("{\"series", StringComparison.Ordinal))
            .Select(line => JsonSerializer.Deserialize<ExportLine>(line, StateExport.Json)!.Series!.Value);
        Assert.Equal([1, 1], values);
        Assert.Equal(5, counters.Get(Families.Rows, "messages").Value);
    }

    [Fact]
    public void Each_new_shard_takes_its_own_from_the_old_ones_and_drops_the_rest()
    {
        var servers = Enumerable.Range(1, 60).ToList();
        for (var index = 0; index < 2; index++)
        {
            var shard = new ShardOptions(index, 2);
            WriteStore($"shard{index}", shard, [.. servers.Where(id => shard.Owns(id)).Select(FullServer)]);
        }
        string[] exports = [Export("shard0"), Export("shard1")];

        var results = Enumerable.Range(0, 3).Select(index => Import($"shard{index}", new ShardOptions(index, 3), exports)).ToList();

        var seen = new List<int>();
        for (var index = 0; index < 3; index++)
        {
            var (state, counters) = Load($"shard{index}");
            Assert.All(state.Values, server => Assert.True(new ShardOptions(index, 3).Owns(server.Id)));
            Assert.All(state.Values, server => Assert.Equal(10 + server.Id, counters.Get(Families.Messages, "acme", $"mail{server.Id}", "outgoing", "app").Value));
            Assert.Equal(state.Count, counters.Servers.Count);
            // What an exporter counts about itself stays with its number.
            Assert.Equal(index < 2 ? 7 : 0, counters.Get(Families.Rows, "messages").Value);
            seen.AddRange(state.Keys);
        }
        Assert.Equal(servers, seen.Order());
        Assert.Equal([0, 0], results.Take(2).Select(result => result.Servers));
        Assert.Equal(results.Take(2).Sum(result => result.Dropped), results[2].Servers);
        Assert.All(results.Take(2), result => Assert.True(File.Exists(result.Backup)));
    }

    [Fact]
    public void Fewer_shards_take_what_the_last_one_had()
    {
        for (var index = 0; index < 3; index++)
        {
            var shard = new ShardOptions(index, 3);
            WriteStore($"shard{index}", shard, [.. Enumerable.Range(1, 30).Where(id => shard.Owns(id)).Select(FullServer)]);
        }
        string[] exports = [Export("shard0"), Export("shard1"), Export("shard2")];

        Import("shard0", ShardOptions.Whole, exports);

        Assert.Equal(Enumerable.Range(1, 30), Load("shard0").Servers.Keys.Order());
    }

    [Fact]
    public void An_import_that_is_done_twice_changes_nothing_more()
    {
        WriteStore("old", ShardOptions.Whole, [FullServer(1), FullServer(2), FullServer(3)]);
        var export = Export("old");
        Import("new", new ShardOptions(1, 2), export);
        var once = Content("new");

        var again = Import("new", new ShardOptions(1, 2), export);

        Assert.Equal((0, 0, 0), (again.Servers, again.Series, again.Dropped));
        Assert.Equal(once, Content("new"));
    }

    [Fact]
    public void Of_two_servers_that_had_a_name_the_last_one_takes_its_series_along()
    {
        var (gone, present) = (FullServer(4), FullServer(1));
        // 4 is of shard 0 and 1 of shard 1 of 3; the later one has the higher id.
        gone.Rename("acme", "mail");
        present.Rename("acme", "mail");
        WriteStore("old", ShardOptions.Whole, [gone, present]);
        var export = Export("old");

        Import("zero", new ShardOptions(0, 3), export);
        Import("one", new ShardOptions(1, 3), export);

        Assert.Single(Load("zero").Counters.Servers);
        Assert.Empty(Load("one").Counters.Servers);
        Assert.Equal([1], Load("one").Servers.Keys);
    }

    [Fact]
    public void A_store_that_was_read_further_since_is_refused()
    {
        WriteStore("old", ShardOptions.Whole, [FullServer(5)]);
        var export = Export("old");
        using (var store = StateStore.Open(PathOf("old")))
        {
            var servers = store.LoadServers();
            servers[5].Cursors[0]!.Advance(106, 1234567892m, TimeSpan.FromSeconds(1));
            store.Commit(Now, servers.Values, [], NewCounters(), []);
        }
        var before = Content("old");

        var refused = Assert.Throws<StateStoreException>(() => Import("old", ShardOptions.Whole, export));

        Assert.Contains("server 5 was read further since; export again while all exporters are stopped", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Content("old"));
    }

    [Fact]
    public void Exports_that_do_not_belong_together_are_refused()
    {
        WriteStore("a", new ShardOptions(0, 2), [FullServer(4)]);
        WriteStore("b", new ShardOptions(0, 3), [FullServer(5)]);
        WriteStore("c", new ShardOptions(1, 2), [FullServer(4)]);
        var (a, b, c) = (Export("a"), Export("b"), Export("c"));

        Assert.Contains("the exports of shard 1/2 are needed too", Refused(a), StringComparison.Ordinal);
        Assert.Contains("give exports that were made at the same time", Refused(a, b), StringComparison.Ordinal);
        Assert.Contains("give one export of each shard", Refused(a, a), StringComparison.Ordinal);
        Assert.Contains("has server 4, as", Refused(a, c), StringComparison.Ordinal);
        // A store of its own that the exports know nothing of.
        WriteStore("new", new ShardOptions(0, 4), [FullServer(5)]);
        WriteStore("whole", ShardOptions.Whole, [FullServer(5)]);
        Assert.Contains("counts shard 0/4, the exports are of 1 shards", Refused(Export("whole")), StringComparison.Ordinal);

        string Refused(params string[] files) => Assert.Throws<StateStoreException>(() => Import("new", new ShardOptions(0, 2), files)).Message;
    }

    [Theory]
    [InlineData(0, """{"header":{"format":"another","version":1,"shard":"0/1","exported":"2026-05-04T12:00:00+00:00"}}""", ":1: ", "does not begin with a header")]
    [InlineData(0, """{"header":{"format":"postal-exporter-state","version":2,"shard":"0/1","exported":"2026-05-04T12:00:00+00:00"}}""", ":1: ", "of version 2")]
    [InlineData(0, """{"header":{"format":"postal-exporter-state","version":1,"shard":"1/1","exported":"2026-05-04T12:00:00+00:00"}}""", ":1: ", "no shard 1/1")]
    [InlineData(1, """{"server":{"id":5}}""", ":2: ", "uuid")]
    [InlineData(1, """{"servers":{"id":5}}""", ":2: ", "servers")]
    [InlineData(1, "", ":2: ", "")]
    [InlineData(2, """{"series":{"family":"postal_messages_total","labels":["acme"],"value":15,"server":5}}""", ":3: ", "does not name it")]
    [InlineData(2, """{"series":{"family":"postal_messages_total","labels":["acme","mail5","outgoing","app"],"value":-15,"server":5}}""", ":3: ", "negative")]
    [InlineData(4, """{"end":{"servers":1,"series":3}}""", ":6: ", "the end is missing")]
    [InlineData(4, null, ":5: ", "the end is missing")]
    public void A_file_that_is_no_whole_export_is_refused_with_its_line(int line, string? text, string place, string finding)
    {
        WriteStore("old", ShardOptions.Whole, [FullServer(5)]);
        var export = Export("old");
        var lines = File.ReadAllLines(export).ToList();
        if (text is null)
            lines.RemoveAt(line);
        else
            lines[line] = text;
        File.WriteAllLines(export, lines);

        var refused = Assert.Throws<StateStoreException>(() => Import("new", ShardOptions.Whole, export)).Message;

        Assert.StartsWith(export + place, refused, StringComparison.Ordinal);
        Assert.Contains(finding, refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Neither_store_nor_export_holds_an_address()
    {
        const string Address = "someone.private@recipient.example";
        var server = FullServer(5);
        var counters = NewCounters();
        var effects = new RowEffects();
        var tail = new ServerTail(TestServer(), new DomainNames([]), server, counters, SignalContexts.Of(new LimitOptions()), TimeProvider.System);
        tail.Signals.Observe(new MessageEvent(1, true, 9, 0, 100, Address, 1_777_000_000), effects);
        effects.Apply(counters);
        using (var store = StateStore.Open(PathOf("old")))
            store.Commit(Now, [server], [], counters, []);

        var text = File.ReadAllText(Export("old"));
        var bytes = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(PathOf("old"), StateStore.FileName)));

        Assert.Equal(2, server.Windows.Estimate(DateTimeOffset.FromUnixTimeSeconds(1_777_000_000))[9]);
        foreach (var part in (string[])[Address, "someone", "private", "recipient.example"])
        {
            Assert.DoesNotContain(part, text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(part, bytes, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static MailServer TestServer() => new()
    {
        Id = 5, Uuid = "uuid 5", OrganizationId = 1, Organization = "acme", Permalink = "mail5", Mode = "Live", Suspended = false,
        Credentials = new Dictionary<int, Credential> { [9] = new(9, "app", "SMTP", false, null) },
    };

    // A server with something of every kind.
    private static ServerState FullServer(int id)
    {
        var server = new ServerState(id, $"uuid {id}", fromEnd: true) { IsNew = true };
        server.Rename("acme", $"mail{id}");
        server.Cursors[0] = new StreamCursor
        {
            Position = 100 + id, Start = 40, Anchor = 1234567890.123456m, Latest = 1234567891.5m, RestoredThrough = 90, CountedUntil = 1234567000.25m, Changed = true,
        };
        server.Cursors[0]!.Skip(98, 99, TimeSpan.FromSeconds(30));
        server.Cursors[0]!.Skip(101, 102, TimeSpan.FromSeconds(30), 1234567000.25m);
        server.Marks[MarkKind.Decided].Add(77);
        server.Scores.Observe(9, unknownRecipient: true);
        server.Windows.Take(new Note(9, 1_777_000_000, 42));
        server.Cursors[(int)TailStream.Clicks] = new StreamCursor { Position = 3, Changed = true };
        server.Memories.History.Next = 7;
        return server;
    }

    private static CounterTable NewCounters() => new(new MetricsPage());

    private string PathOf(string name) => Path.Combine(folder, name);

    // As an exporter leaves it: 10 and its id messages of each server, 7 rows read.
    private void WriteStore(string name, ShardOptions shard, IReadOnlyCollection<ServerState> servers)
    {
        var counters = NewCounters();
        foreach (var server in servers)
            counters.Add(counters.Get(Families.Messages, server.Organization, server.Permalink, "outgoing", "app"), 10 + server.Id);
        counters.Add(counters.Get(Families.Rows, "messages"), 7);
        using var store = StateStore.Open(PathOf(name));
        store.Claim(shard);
        store.Commit(Now, servers, [], counters, []);
    }

    private string Export(string name) => Export(name, PathOf(name + ".jsonl"));

    private string Export(string name, string file)
    {
        using var files = StateFiles.Find(PathOf(name));
        using var writer = new StreamWriter(file);
        StateExport.Write(files, Now, writer);
        return file;
    }

    private ImportResult Import(string name, ShardOptions shard, params string[] exports)
    {
        using var files = StateFiles.MakeStopped(PathOf(name));
        var import = new StateImport(files, shard);
        foreach (var export in exports)
            import.Add(export);
        return import.Run(Now);
    }

    private (Dictionary<int, ServerState> Servers, CounterTable Counters) Load(string name)
    {
        using var store = StateStore.Open(PathOf(name));
        var counters = NewCounters();
        store.LoadCounters(counters);
        return (store.LoadServers(), counters);
    }

    private string Content(string name) => File.ReadAllText(Export(name, PathOf("content")));

    // Saves while it is written to.
    private sealed class SavingWriter(Action save) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            save();
        }
    }
}
