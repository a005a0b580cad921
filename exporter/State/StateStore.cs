using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PostalExporter.Metrics;
using PostalExporter.Signals;
using PostalExporter.Tail;

namespace PostalExporter.State;

/// <summary>
/// The embedded store of counters and cursors, an SQLite file of one exporter. Everything a collection changed is
/// saved in one transaction, on disk before the page shows it.
/// </summary>
internal sealed class StateStore : IDisposable
{
    /// <summary>Name of the file within the directory of the configuration.</summary>
    public const string FileName = "state.db";

    private readonly FileStream lockFile;
    private readonly SqliteConnection connection;
    private readonly string path;

    private StateStore(FileStream lockFile, SqliteConnection connection, string path)
    {
        this.lockFile = lockFile;
        this.connection = connection;
        this.path = path;
    }

    /// <summary>Opens the store of a directory, and makes both when they do not exist.</summary>
    /// <exception cref="StateStoreException">It cannot be used; the message says why and what to do.</exception>
    public static StateStore Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        FileStream? lockFile = null;
        SqliteConnection? connection = null;
        try
        {
            Directory.CreateDirectory(directory);
            // The lock goes with the process, also by SIGKILL; the file stays and means nothing.
            lockFile = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 2 }.ConnectionString);
            connection.Open();
            StateSchema.Prepare(connection, path);
            return new StateStore(lockFile, connection, path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or SqliteException or StateStoreException)
        {
            connection?.Dispose();
            var locked = lockFile is null && exception is IOException && File.Exists(Path.Combine(directory, "lock"));
            lockFile?.Dispose();
            throw exception as StateStoreException ?? new StateStoreException(
                locked ? $"{directory}: another exporter uses this state directory; give each its own state.path"
                : File.Exists(directory) ? $"{directory}: is a file; state.path names a directory"
                : StateStoreException.Describe(path, exception));
        }
    }

    /// <summary>Whether a collection was ever saved here.</summary>
    public bool IsEmpty => ReadMeta("first_collection") is null;

    /// <summary>Puts the saved counters into a table.</summary>
    public void LoadCounters(CounterTable counters)
    {
        var families = Families.All.Where(family => family.Type == FamilyType.Counter).ToDictionary(family => family.Name);
        Read("SELECT s.id, s.family, s.labels, c.value FROM series s JOIN counter c ON c.id = s.id", row =>
        {
            var labels = JsonSerializer.Deserialize<string[]>(row.GetString(2)) ?? [];
            // A family of another release, or with other labels, stays in the store and is not shown.
            if (families.TryGetValue(row.GetString(1), out var family) && labels.Length == family.Labels.Length)
                counters.Get(family, labels).Restore(row.GetInt64(0), row.GetInt64(3));
        });
    }

    /// <summary>The saved servers with their cursors and marks, by id.</summary>
    public Dictionary<int, ServerState> LoadServers()
    {
        var servers = new Dictionary<int, ServerState>();
        Read("SELECT id, uuid, from_end FROM server", row =>
            servers.Add(row.GetInt32(0), new ServerState(row.GetInt32(0), row.GetString(1), row.GetBoolean(2))));
        Read("SELECT server_id, stream, position, start, anchor, latest, restored_through, counted_until, missing, abandoned FROM cursor", row =>
            servers[row.GetInt32(0)].Cursors[row.GetInt32(1)] = new StreamCursor
            {
                Position = row.GetInt64(2),
                Start = row.GetInt64(3),
                Anchor = row.IsDBNull(4) ? null : ToDecimal(row.GetString(4)),
                Latest = ToDecimal(row.GetString(5)),
                RestoredThrough = row.GetInt64(6),
                CountedUntil = ToDecimal(row.GetString(7)),
                Missing = MissingIds.FromBytes(row.GetFieldValue<byte[]>(8)),
                Abandoned = AbandonedIds.FromBytes(row.GetFieldValue<byte[]>(9)),
            });
        Read("SELECT server_id, kind, chunk, bits FROM mark", row =>
            servers[row.GetInt32(0)].Marks[(MarkKind)row.GetInt32(1)].Restore(row.GetInt64(2), row.GetFieldValue<byte[]>(3)));
        Read("SELECT server_id, credential_id, value FROM score", row =>
            servers[row.GetInt32(0)].Scores.Restore(row.GetInt32(1), row.GetDouble(2)));
        Read("SELECT server_id, credential_id, step, counter FROM recipients", row =>
            servers[row.GetInt32(0)].Windows.Restore(row.GetInt32(1), row.GetInt64(2), row.GetFieldValue<byte[]>(3)));
        return servers;
    }

    /// <summary>Saves what a collection changed, all or nothing, and flushes it to disk.</summary>
    /// <param name="now">Time of the collection.</param>
    /// <param name="servers">Servers that may have changed.</param>
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
        var saved = servers.ToList();
        var added = new List<CounterSeries>();
        try
        {
            using var transaction = connection.BeginTransaction();
            new StateWriter(connection, transaction).Write(now, saved, goneServers, counters.Dirty, goneSeries, added);
            transaction.Commit();
        }
        catch (SqliteException exception)
        {
            foreach (var series in added)
                series.StateId = 0;
            throw new StateStoreException(StateStoreException.Describe(path, exception));
        }
        foreach (var server in saved)
            server.Saved();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        connection.Dispose();
        lockFile.Dispose();
    }

    private string? ReadMeta(string key)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE key = $key";
        command.Parameters.AddWithValue("$key", key);
        return command.ExecuteScalar() as string;
    }

    private void Read(string query, Action<SqliteDataReader> read)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = query;
            using var reader = command.ExecuteReader();
            while (reader.Read())
                read(reader);
        }
        catch (SqliteException exception)
        {
            throw new StateStoreException(StateStoreException.Describe(path, exception));
        }
    }

    private static decimal ToDecimal(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>The state store cannot be used; the message names the file and says what to do.</summary>
internal sealed class StateStoreException(string message) : Exception(message)
{
    /// <summary>The message for an error of SQLite or of the file system.</summary>
    public static string Describe(string path, Exception exception) => exception switch
    {
        SqliteException { SqliteErrorCode: 13 } => $"{path}: the disk is full; free space, counting goes on from the last save",
        SqliteException { SqliteErrorCode: 8 } => $"{path}: cannot be written; make the directory writable for the exporter's account",
        SqliteException { SqliteErrorCode: 14 } => $"{path}: cannot be opened; make the directory readable and writable for the exporter's account",
        SqliteException { SqliteErrorCode: 11 or 26 } =>
            $"{path}: is damaged or no state store; restore it from a backup, or move it away to start counting anew at the tables' end",
        SqliteException sqlite => $"{path}: SQLite error {sqlite.SqliteErrorCode}",
        UnauthorizedAccessException => $"{path}: access denied; make the directory readable and writable for the exporter's account",
        _ => $"{path}: {exception.Message}",
    };
}
