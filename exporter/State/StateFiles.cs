using System.Globalization;
using Microsoft.Data.Sqlite;

namespace PostalExporter.State;

/// <summary>
/// A state directory in the hands of a command: read beside a running exporter, or changed with the lock in hand.
/// </summary>
internal sealed class StateFiles : IDisposable
{
    private static readonly string[] Companions = ["", "-wal", "-shm"];

    private readonly StateLock? held;

    private StateFiles(string directory, StateLock? held)
    {
        Directory = directory;
        this.held = held;
    }

    /// <summary>The state directory.</summary>
    public string Directory { get; }

    /// <summary>The store's file.</summary>
    public string Path => System.IO.Path.Combine(Directory, StateStore.FileName);

    /// <summary>Whether an exporter runs on it.</summary>
    public bool InUse => held is null;

    /// <summary>Bytes of the store and its write-ahead log.</summary>
    public (long Store, long Log) Size => (Length(Path), Length(Path + "-wal"));

    /// <summary>Finds the store of a directory.</summary>
    /// <exception cref="StateStoreException">There is none, or it is not accessible.</exception>
    public static StateFiles Find(string directory)
    {
        var path = System.IO.Path.Combine(directory, StateStore.FileName);
        if (!File.Exists(path))
            throw new StateStoreException($"{path}: does not exist or is not accessible; name the directory with --state.path, or the exporter's configuration with --config.file");
        return Take(directory, path);
    }

    /// <summary>Finds the store of a directory, and keeps exporters from starting on it.</summary>
    /// <exception cref="StateStoreException">There is none, it is not accessible, or an exporter runs on it.</exception>
    public static StateFiles FindStopped(string directory) => Stopped(Find(directory));

    /// <summary>Makes the directory when it does not exist, and keeps exporters from starting on it.</summary>
    /// <exception cref="StateStoreException">It is not accessible, or an exporter runs on it.</exception>
    public static StateFiles MakeStopped(string directory)
    {
        var path = System.IO.Path.Combine(directory, StateStore.FileName);
        try
        {
            System.IO.Directory.CreateDirectory(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StateStoreException.From(path, exception);
        }
        return Stopped(Take(directory, path));
    }

    /// <summary>Opens the store without changing it, with or without a running exporter.</summary>
    /// <exception cref="StateStoreException">It cannot be read.</exception>
    public SqliteConnection OpenForReading() => Open(() => StateConnection.ForReading(Path, atRest: !InUse));

    /// <summary>Opens the store, and brings it to the present version.</summary>
    /// <exception cref="StateStoreException">It cannot be written.</exception>
    public SqliteConnection OpenForWriting(bool create) => Open(() =>
    {
        var connection = StateConnection.ForWriting(Path, create);
        try
        {
            StateSchema.Configure(connection);
            StateSchema.Migrate(connection, Path);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    });

    /// <summary>Changes the store, all or nothing.</summary>
    /// <param name="connection">From <see cref="OpenForWriting"/>.</param>
    /// <param name="write">Writes the changes.</param>
    /// <exception cref="StateStoreException">Nothing was changed.</exception>
    public void Change(SqliteConnection connection, Action<StateWriter> write)
    {
        try
        {
            using var writer = new StateWriter(connection);
            writer.Transact(() => write(writer));
        }
        catch (SqliteException exception)
        {
            throw StateStoreException.From(Path, exception);
        }
    }

    /// <summary>Writes a copy of the store beside it.</summary>
    /// <returns>The copy.</returns>
    /// <exception cref="StateStoreException">It cannot be written, or the store not be read.</exception>
    public string Backup(DateTimeOffset now)
    {
        var copy = BackupPath(now);
        using var connection = OpenForReading();
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = "VACUUM INTO $1";
            command.Parameters.AddWithValue("$1", copy);
            command.ExecuteNonQuery();
            return copy;
        }
        catch (SqliteException exception)
        {
            throw StateStoreException.From(Path, exception);
        }
    }

    /// <summary>Moves the store as it is to where a backup would be.</summary>
    /// <returns>Where it is.</returns>
    public string MoveAway(DateTimeOffset now)
    {
        var copy = BackupPath(now);
        foreach (var companion in Companions.Where(companion => File.Exists(Path + companion)))
            File.Move(Path + companion, copy + companion);
        return copy;
    }

    /// <summary>Removes the store.</summary>
    public void Delete()
    {
        foreach (var companion in Companions)
            File.Delete(Path + companion);
    }

    /// <inheritdoc/>
    public void Dispose() => held?.Dispose();

    private static StateFiles Take(string directory, string path)
    {
        try
        {
            return new StateFiles(directory, StateLock.TryTake(directory));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw StateStoreException.From(path, exception);
        }
    }

    private static StateFiles Stopped(StateFiles found) => found.InUse ? throw StateStoreException.InUse(found.Directory) : found;

    private static long Length(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;

    private string BackupPath(DateTimeOffset now) => System.IO.Path.Combine(
        Directory, string.Create(CultureInfo.InvariantCulture, $"state-backup-{now.UtcDateTime:yyyyMMdd'T'HHmmss.fff'Z'}.db"));

    private SqliteConnection Open(Func<SqliteConnection> open)
    {
        try
        {
            return open();
        }
        catch (SqliteException exception)
        {
            throw StateStoreException.From(Path, exception);
        }
    }
}
