using System.Globalization;
using Microsoft.Data.Sqlite;

namespace PostalExporter.State;

/// <summary>The state store cannot be used; the message names the file and says what to do.</summary>
internal sealed class StateStoreException(string message) : Exception(message)
{
    // The disk had no room for the index of the write-ahead log.
    private const int NoRoomForIndex = 4874;

    private const string Restore =
        "restore it from a backup, or forget it with `postal-exporter state reset` to start counting anew at the tables' end";

    /// <summary>Whether the file's content is wrong, so that no patience helps.</summary>
    public bool IsDamage { get; private init; }

    /// <summary>For an error of SQLite or of the file system.</summary>
    public static StateStoreException From(string path, Exception exception) =>
        exception as StateStoreException ?? new StateStoreException(Describe(path, exception))
        {
            // 1: tables that every store has are not there.
            IsDamage = exception is SqliteException { SqliteErrorCode: 1 or 11 or 26 },
        };

    /// <summary>For rows that no exporter writes.</summary>
    /// <param name="path">The store.</param>
    /// <param name="table">Where they are.</param>
    /// <param name="finding">What is wrong with them.</param>
    public static StateStoreException OfContent(string path, string table, string finding) =>
        new($"{path}: is damaged, table {table}: {finding}; {Restore}") { IsDamage = true };

    /// <summary>For a directory that another process has.</summary>
    public static StateStoreException InUse(string directory) =>
        new($"{directory}: another exporter uses this state directory; stop it, or give each its own state.path");

    private static string Describe(string path, Exception exception) => exception switch
    {
        SqliteException { SqliteErrorCode: 13 } or SqliteException { SqliteExtendedErrorCode: NoRoomForIndex } =>
            $"{path}: the disk is full; free space, and what was counted since the last save is saved and shown",
        SqliteException { SqliteErrorCode: 8 } => $"{path}: cannot be written; make disk and directory writable for the exporter's account",
        SqliteException { SqliteErrorCode: 14 } => $"{path}: cannot be opened; make the directory readable and writable for the exporter's account",
        SqliteException { SqliteErrorCode: 5 or 6 } => $"{path}: another program keeps it locked; end that program",
        SqliteException { SqliteErrorCode: 1 or 11 or 26 } => $"{path}: is damaged or no state store; {Restore}",
        SqliteException { SqliteErrorCode: 10 } sqlite => string.Create(
            CultureInfo.InvariantCulture, $"{path}: the disk cannot be read or written (SQLite error {sqlite.SqliteExtendedErrorCode}); look into the log of the kernel"),
        SqliteException sqlite => string.Create(
            CultureInfo.InvariantCulture, $"{path}: SQLite error {sqlite.SqliteExtendedErrorCode}; look at the disk, or {Restore}"),
        UnauthorizedAccessException => $"{path}: access denied; make the directory readable and writable for the exporter's account",
        _ => $"{path}: {exception.Message}",
    };
}
