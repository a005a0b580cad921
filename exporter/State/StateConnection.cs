using Microsoft.Data.Sqlite;

namespace PostalExporter.State;

/// <summary>Opens the file of a state store.</summary>
internal static class StateConnection
{
    // Another program may hold the file for a moment; a scrape cannot wait for it longer.
    private const int BusyTimeoutSeconds = 2;

    /// <summary>Opens it for the process that has the lock.</summary>
    /// <param name="path">The file.</param>
    /// <param name="create">Whether to make it when it does not exist.</param>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteConnection ForWriting(string path, bool create) =>
        Open(path, create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite);

    /// <summary>Opens it without changing anything.</summary>
    /// <param name="path">The file.</param>
    /// <param name="atRest">Whether no process writes it, as the caller has the lock.</param>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static SqliteConnection ForReading(string path, bool atRest)
    {
        var log = new FileInfo(path + "-wal");
        // Without a write-ahead log the file is all there is, and nothing has to be made beside it: this works on a
        // disk that is full or cannot be written, and leaves no files of another account behind.
        var complete = atRest && (!log.Exists || log.Length == 0);
        return Open(complete ? new Uri(Path.GetFullPath(path)).AbsoluteUri + "?immutable=1" : path, SqliteOpenMode.ReadOnly);
    }

    private static SqliteConnection Open(string source, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source, Mode = mode, Pooling = false, DefaultTimeout = BusyTimeoutSeconds,
        }.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
