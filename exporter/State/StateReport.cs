using System.Globalization;
using PostalExporter.Configuration;
using PostalExporter.Tail;

namespace PostalExporter.State;

/// <summary>Says what a store holds, for a person.</summary>
internal static class StateReport
{
    /// <summary>Writes the report; the store may be in use.</summary>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public static void Write(StateFiles files, TextWriter output)
    {
        using var connection = files.OpenForReading();
        using var moment = connection.BeginTransaction(deferred: true);
        var reader = new StateReader(connection, files.Path);
        reader.Check();
        var servers = reader.Servers();
        var owners = StateExport.SeriesOwners(servers.Values);
        var series = 0;
        var counts = new Dictionary<int, int>();
        reader.Series(saved =>
        {
            series++;
            if (StateExport.OwnerOf(saved) is { } names && owners.TryGetValue(names, out var id))
                counts[id] = counts.GetValueOrDefault(id) + 1;
        });
        var (store, log) = files.Size;
        void Line(string name, string value) => output.WriteLine($"{name,-17} {Clean(value)}");

        Line("file", files.Path);
        Line("size", Text($"{store:N0} bytes, {log:N0} in the write-ahead log"));
        Line("schema", Text($"version {StateSchema.ReadVersion(connection, files.Path)}, this release writes {StateSchema.Version}"));
        Line("in use", files.InUse ? "by a running exporter; this is what it saved last" : "no");
        Line("shard", reader.Meta(StateMeta.Shard) ?? ShardOptions.Whole.ToString());
        Line("first collection", reader.Meta(StateMeta.FirstCollection) ?? "none yet");
        Line("last save", reader.Meta(StateMeta.LastSave) ?? "by an earlier release");
        Line("series", Text($"{series:N0}, {series - counts.Values.Sum():N0} of no server"));
        Line("servers", Text($"{servers.Count:N0}"));
        if (servers.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine($"{"id",8} {"messages",14} {"missing",9} {"deliveries",14} {"missing",9} {"series",7}  server");
        foreach (var server in servers.Values)
        {
            var (messages, deliveries) = (server.Cursors[(int)TailStream.Messages], server.Cursors[(int)TailStream.Deliveries]);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{server.Id,8} {Position(messages),14} {Missing(messages),9} {Position(deliveries),14} {Missing(deliveries),9} {counts.GetValueOrDefault(server.Id),7}  {Clean(NameOf(server))}"));
        }
    }

    private static string NameOf(ServerState server) =>
        server.Permalink.Length == 0 ? "name not saved yet" : $"{server.Organization}/{server.Permalink}";

    // A table that was never looked at has no position.
    private static string Position(StreamCursor? cursor) => cursor is null ? "-" : Text($"{cursor.Position}");

    private static string Missing(StreamCursor? cursor) => cursor is null ? "-" : Text($"{cursor.Missing.Ranges.Sum(range => range.Last - range.First + 1)}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // Names come from a database: none of them may steer the terminal.
    private static string Clean(string text) => string.Concat(text.Select(character => char.IsControl(character) ? '\uFFFD' : character));
}
