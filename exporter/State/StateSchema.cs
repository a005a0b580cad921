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
        "ALTER TABLE cursor ADD COLUMN abandoned BLOB NOT NULL DEFAULT x''",
    ];

    /// <summary>Sets the connection up and brings an older store, or an empty file, to the present version.</summary>
    /// <exception cref="StateStoreException">The store was written by a newer release.</exception>
    public static void Prepare(SqliteConnection connection, string path)
    {
        // FULL: a value that was exposed must survive a power failure, not only the end of the process.
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
        using var query = connection.CreateCommand();
        query.CommandText = "PRAGMA user_version";
        var version = Convert.ToInt32(query.ExecuteScalar(), CultureInfo.InvariantCulture);
        if (version > Steps.Length)
            throw new StateStoreException($"{path}: has version {version}, this exporter knows up to {Steps.Length}; use the release that wrote it or a newer one");
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
