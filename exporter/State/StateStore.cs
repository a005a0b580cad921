using System.Globalization;
using Microsoft.Data.Sqlite;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Signals;

namespace PostalExporter.State;

/// <summary>
/// The embedded store of counters and cursors, an SQLite file of one exporter. Everything a collection changed is
/// saved in one transaction, on disk before the page shows it.
/// </summary>
/// <remarks>
/// A running exporter has in memory all that the file holds. So a file that is damaged or taken away meanwhile loses
/// nothing: it is set aside and written anew. A file that is damaged at the start is refused: starting to count anew
/// takes back values that were shown, which only the operator can decide.
/// </remarks>
internal sealed class StateStore : IDisposable
{
    /// <summary>Name of the file within the directory of the configuration.</summary>
    public const string FileName = "state.db";

    /// <summary>Name of the file that a backfill fills; it becomes <see cref="FileName"/> when it is complete.</summary>
    public const string BackfillFileName = "backfill.db";

    /// <summary>Added to the name of a file that was damaged while the exporter ran.</summary>
    public const string SetAsideSuffix = ".damaged";

    // A save reads only the pages that it changes. Damage elsewhere would be found at the next start, when it is too late.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(5);

    private static readonly string[] Companions = ["", "-wal", "-shm"];

    private readonly StateLock held;
    private readonly HashKeyFile hashKey;
    private readonly string path;
    private SqliteConnection? connection;
    private StateWriter? writer;
    private string? firstCollection;
    private string? lastSave;
    private DateTimeOffset? lastCheck;
    private ShardOptions shard = ShardOptions.Whole;

    // The file no longer holds what was saved: everything is to be written.
    private bool lost;

    private StateStore(StateLock held, HashKeyFile hashKey, string path)
    {
        this.held = held;
        this.hashKey = hashKey;
        this.path = path;
    }

    /// <summary>Why nothing could be saved at the start, although what was saved can be read; null when all is well.</summary>
    public string? Problem { get; private set; }

    /// <summary>Hashes recipients with the secret that belongs to the store.</summary>
    public KeyedHash Hash => hashKey.Hash;

    /// <summary>What a backfill notes with each save, so that it can go on; null when there is none.</summary>
    public string? Backfill { get; set; }

    /// <summary>Whether no collection was ever saved here.</summary>
    public bool IsEmpty => firstCollection is null;

    /// <summary>
    /// Opens the store of a directory, and makes both when they do not exist. A store that is sound and cannot be
    /// written is opened too; see <see cref="Problem"/>.
    /// </summary>
    /// <exception cref="StateStoreException">It cannot be used; the message says why and what to do.</exception>
    public static StateStore Open(string directory)
    {
        if (File.Exists(Path.Combine(directory, BackfillFileName)) && !File.Exists(Path.Combine(directory, FileName)))
        {
            throw new StateStoreException(
                $"{Path.Combine(directory, BackfillFileName)}: a backfill has not ended; run `postal-exporter backfill` again to end it, or delete the file to count from the tables' end");
        }
        return Open(directory, FileName);
    }

    /// <summary>Opens the store that a backfill fills, beside that of the exporter, which must have counted nothing yet.</summary>
    /// <exception cref="StateStoreException">It cannot be used; the message says why and what to do.</exception>
    public static StateStore OpenForBackfill(string directory)
    {
        var store = Open(directory, BackfillFileName);
        if (store.Problem is not { } problem)
            return store;
        store.Dispose();
        throw new StateStoreException(problem);
    }

    /// <summary>Makes the store that was filled that of the exporter. It cannot be used any more, only disposed.</summary>
    /// <exception cref="StateStoreException">The file cannot be moved.</exception>
    public void HandOver()
    {
        Close();
        try
        {
            foreach (var suffix in Companions.Reverse().Where(suffix => File.Exists(path + suffix)))
                File.Move(path + suffix, Path.Combine(Path.GetDirectoryName(path)!, FileName) + suffix);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StateStoreException.From(path, exception);
        }
    }

    /// <summary>Deletes a store that a backfill did not begin to fill. It cannot be used any more, only disposed.</summary>
    public void Discard()
    {
        Close();
        DeleteFiles(path);
    }

    private static StateStore Open(string directory, string fileName)
    {
        var path = Path.Combine(directory, fileName);
        StateStore? store = null;
        try
        {
            Directory.CreateDirectory(directory);
            var held = StateLock.TryTake(directory) ?? throw StateStoreException.InUse(directory);
            try
            {
                if (fileName == BackfillFileName)
                    RemoveEmpty(Path.Combine(directory, FileName));
                store = new StateStore(held, HashKeyFile.Open(directory), path);
            }
            catch
            {
                held.Dispose();
                throw;
            }
            store.Start();
            return store;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException or StateStoreException)
        {
            store?.Dispose();
            throw File.Exists(directory)
                ? new StateStoreException($"{directory}: is a file; state.path names a directory")
                : StateStoreException.From(path, exception);
        }
    }

    /// <summary>Says which servers are counted here.</summary>
    /// <exception cref="StateStoreException">The store belongs to another shard.</exception>
    public void Claim(ShardOptions configured)
    {
        var saved = new StateReader(connection!, path).Meta(StateMeta.Shard) ?? ShardOptions.Whole.ToString();
        if (!IsEmpty && saved != configured.ToString())
        {
            throw new StateStoreException(
                $"{path}: counts shard {saved}, the configuration says {configured}; put shard.index and shard.count back, "
                + "or move the state of all exporters with `postal-exporter state export` and `state import` (docs/scaling.md)");
        }
        shard = configured;
    }

    /// <summary>Puts the saved counters into a table.</summary>
    /// <exception cref="StateStoreException">They cannot be read.</exception>
    public void LoadCounters(CounterTable counters)
    {
        var families = Families.All.Where(family => family.Type != FamilyType.Gauge).ToDictionary(family => family.Name);
        new StateReader(connection!, path).Series(saved =>
        {
            // A family of another release, or with other labels, stays in the store and is not shown.
            if (families.TryGetValue(saved.Family, out var family) && saved.Labels.Length == family.Labels.Length)
                counters.Get(family, saved.Labels).Restore(saved.Id, saved.Value);
        });
    }

    /// <summary>The saved servers with their cursors and marks, by id.</summary>
    /// <remarks>What was hashed with a key that is gone is left out, to be learnt anew.</remarks>
    /// <exception cref="StateStoreException">They cannot be read.</exception>
    public Dictionary<int, ServerState> LoadServers()
    {
        var reader = new StateReader(connection!, path);
        var servers = reader.Servers();
        if (reader.Meta(StateMeta.HashKey) is { } saved && saved != hashKey.Id)
        {
            foreach (var server in servers.Values)
                server.ForgetHashes();
        }
        return servers;
    }

    /// <summary>Saves what a collection changed, all or nothing, and flushes it to disk.</summary>
    /// <param name="now">Time of the collection.</param>
    /// <param name="servers">All servers, changed or not.</param>
    /// <param name="goneServers">Ids whose state is to be dropped.</param>
    /// <param name="counters">The table whose pending increments are saved; the caller publishes them after.</param>
    /// <param name="goneSeries">Series to be dropped.</param>
    /// <exception cref="StateStoreException">Nothing was saved, and everything is still there to be saved again.</exception>
    public void Commit(
        DateTimeOffset now,
        IEnumerable<ServerState> servers,
        IReadOnlyCollection<int> goneServers,
        CounterTable counters,
        IReadOnlyCollection<CounterSeries> goneSeries)
    {
        var time = now.ToString("O", CultureInfo.InvariantCulture);
        var added = new List<CounterSeries>();
        var saved = new List<ServerState>();
        var isSaved = false;
        var isConnectionSound = false;
        try
        {
            // Hashes in a store whose key is lost are lost with it.
            hashKey.Save();
            OpenForWriting();
            CheckNowAndThen(now);
            if (lost)
                ForgetRows(servers, counters);
            saved.AddRange(servers.Where(server => server.IsChanged && !goneServers.Contains(server.Id)));
            var series = lost ? counters.All.Where(counted => counted.Value + counted.Pending > 0).ToList() : counters.Dirty;
            writer!.Transact(() =>
            {
                writer.WriteMeta(StateMeta.FirstCollection, firstCollection ?? time);
                writer.WriteMeta(StateMeta.LastSave, time);
                writer.WriteMeta(StateMeta.Shard, shard.ToString());
                writer.WriteMeta(StateMeta.HashKey, hashKey.Id);
                if (Backfill is { } backfill)
                    writer.WriteMeta(StateMeta.Backfill, backfill);
                foreach (var id in goneServers)
                    writer.DropServer(id);
                foreach (var server in saved)
                    writer.WriteServer(server);
                foreach (var gone in goneSeries.Where(gone => gone.StateId != 0))
                    writer.DropSeries(gone.StateId);
                writer.WriteSeries(goneSeries.Count == 0 ? series : [.. series.Except(goneSeries)], added);
            });
            isSaved = true;
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException or StateStoreException)
        {
            // Full or locked: the same connection will do when that is over. Anything else may be over for a new one only.
            isConnectionSound = exception is SqliteException { SqliteErrorCode: 5 or 6 or 13 };
            throw Failed(exception);
        }
        finally
        {
            // Whatever went wrong: these rows do not exist.
            if (!isSaved)
                added.ForEach(series => series.StateId = 0);
            if (!isSaved && !isConnectionSound)
                Close();
        }
        firstCollection ??= time;
        lastSave = time;
        lost = false;
        foreach (var gone in goneSeries)
            gone.StateId = 0;
        foreach (var server in saved)
            server.Saved();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        held.Dispose();
    }

    private void Start()
    {
        try
        {
            connection = StateConnection.ForWriting(path, create: true);
            StateSchema.Configure(connection);
            new StateReader(connection, path).Check();
            StateSchema.Migrate(connection, path);
            writer = new StateWriter(connection);
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is 8 or 10 or 13 or 14 && File.Exists(path))
        {
            // The disk is full or cannot be written. What was saved can be shown all the same.
            Close();
            connection = StateConnection.ForReading(path, atRest: true);
            new StateReader(connection, path).Check();
            if (StateSchema.ReadVersion(connection, path) == 0)
                throw;
            Problem = StateStoreException.From(path, exception).Message;
        }
        var reader = new StateReader(connection, path);
        firstCollection = reader.Meta(StateMeta.FirstCollection);
        lastSave = reader.Meta(StateMeta.LastSave);
        if (Path.GetFileName(path) == BackfillFileName)
            Backfill = reader.Meta(StateMeta.Backfill);
    }

    // An exporter that was started and reached no database leaves a store in which nothing was counted.
    private static void RemoveEmpty(string live)
    {
        if (!File.Exists(live))
            return;
        using (var opened = StateConnection.ForReading(live, atRest: true))
        {
            if (StateSchema.ReadVersion(opened, live) > 0 && new StateReader(opened, live).Meta(StateMeta.FirstCollection) is not null)
            {
                throw new StateStoreException(
                    $"{live}: an exporter has counted here already, and history on top of that would count twice; name an empty directory in state.path, "
                    + "or forget what was counted with `postal-exporter state reset`, which leaves a copy");
            }
        }
        DeleteFiles(live);
    }

    private static void DeleteFiles(string file)
    {
        foreach (var suffix in Companions)
            File.Delete(file + suffix);
    }

    // Opens the file again after a failure. It must be the one that was written last: if it is not, or is gone, it is
    // made anew.
    private void OpenForWriting()
    {
        lost |= !File.Exists(path);
        if (writer is not null && !lost)
            return;
        Close();
        if (!lost)
        {
            connection = StateConnection.ForWriting(path, create: false);
            Prepare(connection);
            lost = new StateReader(connection, path).Meta(StateMeta.LastSave) != lastSave;
        }
        if (lost)
        {
            Close();
            foreach (var suffix in Companions.Where(suffix => File.Exists(path + suffix)))
                File.Move(path + suffix, path + SetAsideSuffix + suffix, overwrite: true);
            connection = StateConnection.ForWriting(path, create: true);
            Prepare(connection);
        }
        writer = new StateWriter(connection!);
    }

    private void CheckNowAndThen(DateTimeOffset now)
    {
        lastCheck ??= now;
        if (now - lastCheck < CheckInterval)
            return;
        lastCheck = now;
        // A connection of its own: the other one has pages in memory, whatever became of them on disk.
        using var own = StateConnection.ForReading(path, atRest: false);
        new StateReader(own, path).Check();
    }

    private void Prepare(SqliteConnection opened)
    {
        StateSchema.Configure(opened);
        StateSchema.Migrate(opened, path);
    }

    private StateStoreException Failed(Exception exception)
    {
        var described = StateStoreException.From(path, exception);
        if (!described.IsDamage)
            return described;
        lost = true;
        return new StateStoreException(
            $"{path}: was damaged while the exporter ran; look at the disk. Nothing is lost: the next collection writes the store anew and keeps this file as {FileName}{SetAsideSuffix}");
    }

    private void Close()
    {
        writer?.Dispose();
        writer = null;
        connection?.Dispose();
        connection = null;
    }

    private static void ForgetRows(IEnumerable<ServerState> servers, CounterTable counters)
    {
        foreach (var server in servers)
            server.IsNew = true;
        foreach (var series in counters.All)
            series.StateId = 0;
    }
}
