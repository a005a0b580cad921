using System.Globalization;
using PostalExporter.Configuration;

namespace PostalExporter.State;

/// <summary>
/// Makes a store that of another shard: takes from exports what belongs to it, keeps what it has already, drops what belongs
/// to others. Changes the number of shards, and moves an exporter to another machine.
/// </summary>
/// <param name="files">The store, of which no exporter runs.</param>
/// <param name="shard">What it is to be.</param>
internal sealed class StateImport(StateFiles files, ShardOptions shard)
{
    private readonly HashKeyFile hashKey = HashKeyFile.Open(files.Directory);
    private readonly List<ExportFile> exports = [];
    private readonly Dictionary<int, (ExportedServer Server, ExportFile From)> offered = [];

    /// <summary>Reads an export whole.</summary>
    /// <exception cref="StateStoreException">It is none, is cut off, or does not go with those before it.</exception>
    public void Add(string path)
    {
        var export = ExportFile.Read(path);
        if (exports.Find(other => other.Header.Shard == export.Header.Shard) is { } twice)
            throw new StateStoreException($"{path}: is of shard {export.Header.Shard}, as {twice.Path} is; give one export of each shard");
        exports.Add(export);
        foreach (var server in export.Servers)
        {
            if (!offered.TryAdd(server.Id, (server, export)))
                throw new StateStoreException($"{path}: has server {server.Id}, as {offered[server.Id].From.Path} has; give exports that were made at the same time");
        }
    }

    /// <summary>Writes the store.</summary>
    /// <exception cref="StateStoreException">Nothing was changed.</exception>
    public ImportResult Run(DateTimeOffset now)
    {
        using var connection = files.OpenForWriting(create: true);
        var reader = new StateReader(connection, files.Path);
        var firstCollection = reader.Meta(StateMeta.FirstCollection);
        if (firstCollection is not null && reader.Meta(StateMeta.LastSave) is null)
            throw new StateStoreException($"{files.Path}: was last saved by an earlier release, which kept no names of servers; let this release collect once");
        var own = firstCollection is null ? null : reader.Meta(StateMeta.Shard) ?? ShardOptions.Whole.ToString();
        RequireAllShards(own);
        var servers = reader.Servers();
        var owners = StateExport.SeriesOwners(servers.Values);
        var series = new List<SavedSeries>();
        reader.Series(series.Add);

        var missing = new List<ServerState>();
        foreach (var (server, from) in offered.Values.Where(offer => shard.Owns(offer.Server.Id)))
        {
            if (!servers.TryGetValue(server.Id, out var present))
                missing.Add(ToState(server, from));
            else if (!IsSame(server, present))
                throw new StateStoreException($"{from.Path}: server {server.Id} was read further since; export again while all exporters are stopped");
        }
        var foreign = servers.Values.Where(server => !shard.Owns(server.Id)).ToList();
        var foreignSeries = series.Where(saved => StateExport.OwnerOf(saved) is { } names && owners.TryGetValue(names, out var owner) && !shard.Owns(owner)).ToList();
        var missingSeries = MissingSeries([.. servers.Values.Except(foreign), .. missing], missing, series.Except(foreignSeries)).ToList();

        var backup = firstCollection is null ? null : files.Backup(now);
        var began = exports.Select(export => export.Header.FirstCollection).Append(firstCollection).Where(time => time is not null).Min(StringComparer.Ordinal);
        hashKey.Save();
        files.Change(connection, writer =>
        {
            foreach (var server in foreign)
                writer.DropServer(server.Id);
            foreach (var saved in foreignSeries)
                writer.DropSeries(saved.Id);
            foreach (var server in missing)
                writer.WriteServer(server);
            foreach (var exported in missingSeries)
                writer.WriteValue(writer.AddSeries(exported.Family, exported.Labels), exported.Value);
            if (began is not null)
                writer.WriteMeta(StateMeta.FirstCollection, began);
            writer.WriteMeta(StateMeta.LastSave, now.ToString("O", CultureInfo.InvariantCulture));
            writer.WriteMeta(StateMeta.Shard, shard.ToString());
            writer.WriteMeta(StateMeta.HashKey, hashKey.Id);
        });
        return new ImportResult(missing.Count, missingSeries.Count, servers.Count - foreign.Count, foreign.Count, backup);
    }

    private IEnumerable<ExportedSeries> MissingSeries(IEnumerable<ServerState> all, IEnumerable<ServerState> missing, IEnumerable<SavedSeries> present)
    {
        var owners = StateExport.SeriesOwners(all);
        var missingIds = missing.Select(server => server.Id).ToHashSet();
        var known = present.Select(saved => (saved.Family, Key(saved.Labels))).ToHashSet();
        foreach (var export in exports)
        {
            foreach (var exported in export.Series)
            {
                // What counts for no server that is known goes with the number of the shard.
                if (exported.Server is { } id
                    ? missingIds.Contains(id) && owners.GetValueOrDefault((exported.Labels[0], exported.Labels[1])) == id
                    : export.Index == shard.Index && known.Add((exported.Family, Key(exported.Labels))))
                    yield return exported;
            }
        }

        static string Key(string[] labels) => string.Join('\u001f', labels);
    }

    // A server of a shard that is left out would be taken for one that just appeared, and counted from its first row.
    private void RequireAllShards(string? own)
    {
        var counts = exports.Select(export => export.Count).Distinct().ToList();
        if (counts.Count > 1)
            throw new StateStoreException($"{exports[0].Path}: is one of {counts[0]} shards, another export one of {counts[1]}; give exports that were made at the same time");
        var known = exports.Select(export => export.Header.Shard).Append(own).ToHashSet();
        var absent = Enumerable.Range(0, counts[0]).Select(index => new ShardOptions(index, counts[0]).ToString()).Where(name => !known.Contains(name)).ToList();
        if (absent.Count > 0)
            throw new StateStoreException($"{exports[0].Path}: is one of {counts[0]} shards; the exports of shard {string.Join(", ", absent)} are needed too");
        if (own is not null && own != shard.ToString() && !own.EndsWith($"/{counts[0]}", StringComparison.Ordinal))
            throw new StateStoreException($"{files.Path}: counts shard {own}, the exports are of {counts[0]} shards; give exports that were made when this one was");
    }

    // Hashes of another key would never be met again: everything would seem to be new.
    private ServerState ToState(ExportedServer server, ExportFile from)
    {
        var state = server.ToState();
        if (from.Header.HashKey != hashKey.Id)
            state.ForgetHashes();
        return state;
    }

    private static bool IsSame(ExportedServer exported, ServerState present) =>
        exported.Uuid == present.Uuid
        && exported.Messages?.Position == present.Cursors[0]?.Position
        && exported.Deliveries?.Position == present.Cursors[1]?.Position;
}

/// <summary>What an import did.</summary>
/// <param name="Servers">Servers that were taken from the exports.</param>
/// <param name="Series">Their series.</param>
/// <param name="Kept">Servers that the store had already.</param>
/// <param name="Dropped">Servers that now belong to other shards.</param>
/// <param name="Backup">The store as it was before; null when it was empty.</param>
internal sealed record ImportResult(int Servers, int Series, int Kept, int Dropped, string? Backup);
