using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace PostalExporter.State;

/// <summary>
/// The statements that run thousands of times in a save, by SQLite's own interface: the provider's looks up each
/// parameter by its name at each run, which costs as much as the statement.
/// </summary>
internal sealed class SeriesStatements(SqliteConnection connection) : IDisposable
{
    private readonly sqlite3_stmt insert = Prepare(connection, "INSERT INTO series (family, labels) VALUES (?, ?) ON CONFLICT (family, labels) DO NOTHING");
    private readonly sqlite3_stmt find = Prepare(connection, "SELECT id FROM series WHERE family = ? AND labels = ?");
    private readonly sqlite3_stmt upsert = Prepare(connection, "INSERT INTO counter VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value");

    /// <summary>The row id of a series, which is made when it does not exist.</summary>
    /// <exception cref="SqliteException">It cannot be written.</exception>
    public long Add(string family, string labels)
    {
        raw.sqlite3_bind_text(insert, 1, family);
        raw.sqlite3_bind_text(insert, 2, labels);
        Finish(insert, raw.sqlite3_step(insert));
        if (raw.sqlite3_changes(connection.Handle!) == 1)
            return raw.sqlite3_last_insert_rowid(connection.Handle!);
        raw.sqlite3_bind_text(find, 1, family);
        raw.sqlite3_bind_text(find, 2, labels);
        var result = raw.sqlite3_step(find);
        var id = raw.sqlite3_column_int64(find, 0);
        Finish(find, result);
        return id;
    }

    /// <summary>Sets the value of a series.</summary>
    /// <exception cref="SqliteException">It cannot be written.</exception>
    public void Write(long id, long value)
    {
        raw.sqlite3_bind_int64(upsert, 1, id);
        raw.sqlite3_bind_int64(upsert, 2, value);
        Finish(upsert, raw.sqlite3_step(upsert));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        insert.Dispose();
        find.Dispose();
        upsert.Dispose();
    }

    private static sqlite3_stmt Prepare(SqliteConnection connection, string sql)
    {
        var result = raw.sqlite3_prepare_v2(connection.Handle!, sql, out var statement);
        SqliteException.ThrowExceptionForRC(result, connection.Handle);
        return statement;
    }

    private void Finish(sqlite3_stmt statement, int result)
    {
        try
        {
            if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
                SqliteException.ThrowExceptionForRC(result, connection.Handle);
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }
}
