using System.Text.Json;
using System.Text.Json.Serialization;
using PostalExporter.Configuration;
using PostalExporter.Metrics;

namespace PostalExporter.State;

/// <summary>Writes everything a store holds as JSON lines. docs/state.md describes the format.</summary>
internal static class StateExport
{
    /// <summary>Name of the format, in its first line.</summary>
    public const string Format = "postal-exporter-state";

    /// <summary>Version of the format, in its first line.</summary>
    public const int Version = 1;

    /// <summary>How lines are written and read.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private static readonly HashSet<string> FamiliesOfServers = [.. Families.All.Where(family => family.IsOfServer).Select(family => family.Name)];

    /// <summary>Writes the store as it is at one moment, also while an exporter saves to it.</summary>
    /// <exception cref="StateStoreException">It cannot be read, or lacks the names of its servers.</exception>
    public static ExportEnd Write(StateFiles files, DateTimeOffset now, TextWriter output)
    {
        using var connection = files.OpenForReading();
        using var moment = connection.BeginTransaction(deferred: true);
        var reader = new StateReader(connection, files.Path);
        var firstCollection = reader.Meta(StateMeta.FirstCollection);
        if (firstCollection is not null && reader.Meta(StateMeta.LastSave) is null)
        {
            throw new StateStoreException(
                $"{files.Path}: was last saved by an earlier release, which kept no names of servers; let this release collect once");
        }
        var shard = reader.Meta(StateMeta.Shard) ?? ShardOptions.Whole.ToString();
        void WriteLine(ExportLine line) => output.WriteLine(JsonSerializer.Serialize(line, Json));

        WriteLine(new ExportLine { Header = new ExportHeader(Format, Version, shard, now, firstCollection, reader.Meta(StateMeta.HashKey)) });
        var servers = reader.Servers();
        foreach (var server in servers.Values)
            WriteLine(new ExportLine { Server = ExportedServer.Of(server) });
        var owners = SeriesOwners(servers.Values);
        var series = 0;
        reader.Series(saved =>
        {
            series++;
            int? owner = OwnerOf(saved) is { } names && owners.TryGetValue(names, out var id) ? id : null;
            WriteLine(new ExportLine { Series = new ExportedSeries(saved.Family, saved.Labels, saved.Value, owner) });
        });
        var end = new ExportEnd(servers.Count, series);
        WriteLine(new ExportLine { End = end });
        return end;
    }

    /// <summary>The server that a series names, or null for a series of the exporter itself.</summary>
    public static (string Organization, string Permalink)? OwnerOf(SavedSeries series) =>
        FamiliesOfServers.Contains(series.Family) && series.Labels.Length >= 2
            ? (series.Labels[0], series.Labels[1])
            : null;

    /// <summary>Whose series are of a name: of servers that had it one after the other, the last one's.</summary>
    public static Dictionary<(string Organization, string Permalink), int> SeriesOwners(IEnumerable<ServerState> servers) =>
        servers.Where(server => server.Permalink.Length > 0)
            .GroupBy(server => (server.Organization, server.Permalink))
            .ToDictionary(group => group.Key, group => group.Max(server => server.Id));
}
