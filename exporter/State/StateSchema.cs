using System.Globalization;
using Microsoft.Data.Sqlite;

namespace PostalExporter.State;

/// <summary>Tables of the state store, and the steps from each version to the next.</summary>
internal static class StateSchema
{
    // Step N leads from version N to N + 1; a step that was released is never changed.
    private static readonly string[] Steps =
    [
        """
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
        """,
        // Series carry names: with them the store says by itself which series are whose. A table without row ids puts the end of
        // a chunk of marks on a page of its own: each save wrote two pages where one is enough.
        """
        ALTER TABLE cursor ADD COLUMN abandoned BLOB NOT NULL DEFAULT x'';
        ALTER TABLE server ADD COLUMN organization TEXT NOT NULL DEFAULT '';
        ALTER TABLE server ADD COLUMN permalink TEXT NOT NULL DEFAULT '';
        ALTER TABLE mark RENAME TO mark_1;
        CREATE TABLE mark (
            id INTEGER PRIMARY KEY, server_id INTEGER NOT NULL, kind INTEGER NOT NULL, chunk INTEGER NOT NULL, bits BLOB NOT NULL,
            UNIQUE (server_id, kind, chunk));
        INSERT INTO mark (server_id, kind, chunk, bits) SELECT server_id, kind, chunk, bits FROM mark_1;
        DROP TABLE mark_1;
        """,
        // Recipients are hashed with a secret from here on: those of the last hour, which were not, are forgotten.
        """
        CREATE TABLE memory (
            id INTEGER PRIMARY KEY, server_id INTEGER NOT NULL, kind INTEGER NOT NULL, key INTEGER NOT NULL, data BLOB NOT NULL,
            UNIQUE (server_id, kind, key));
        DELETE FROM recipients;
        """,
    ];

    /// <summary>The version that this release writes.</summary>
    public static int Version => Steps.Length;

    /// <summary>The version of a store; 0 for an empty file.</summary>
    /// <exception cref="StateStoreException">The store was written by a newer release.</exception>
    public static int ReadVersion(SqliteConnection connection, string path)
    {
        using var query = connection.CreateCommand();
        query.CommandText = "PRAGMA user_version";
        var version = Convert.ToInt32(query.ExecuteScalar(), CultureInfo.InvariantCulture);
        return version <= Version ? version : throw new StateStoreException(
            $"{path}: has version {version}, this exporter knows up to {Version}; use the release that wrote it or a newer one");
    }

    /// <summary>Sets the connection up for writing.</summary>
    /// <exception cref="SqliteException">The file cannot be read, or not be written.</exception>
    public static void Configure(SqliteConnection connection) =>
        // FULL: a value that was exposed must survive a power failure, not only the end of the process.
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;");

    /// <summary>Brings an older store, or an empty file, to the present version.</summary>
    /// <exception cref="StateStoreException">The store was written by a newer release.</exception>
    public static void Migrate(SqliteConnection connection, string path)
    {
        var version = ReadVersion(connection, path);
        if (version == Steps.Length)
            return;
        using var transaction = connection.BeginTransaction();
        for (; version < Steps.Length; version++)
            Execute(connection, Steps[version], transaction);
        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Steps.Length}"), transaction);
        transaction.Commit();
    }

    private static void Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

/// <summary>Keys of the table <c>meta</c>: what a store says about itself.</summary>
internal static class StateMeta
{
    /// <summary>Time of the first collection that was saved, ISO 8601.</summary>
    public const string FirstCollection = "first_collection";

    /// <summary>Time of the last save, ISO 8601. Tells two copies of a store apart.</summary>
    public const string LastSave = "last_save";

    /// <summary>Id of the key with which recipients were hashed; see <see cref="HashKeyFile"/>.</summary>
    public const string HashKey = "hash_key";

    /// <summary>What a backfill that has not ended needs to go on.</summary>
    public const string Backfill = "backfill";

    /// <summary>The shard whose servers are counted here, <c>INDEX/COUNT</c>; none means all servers.</summary>
    public const string Shard = "shard";
}
