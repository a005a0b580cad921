namespace PostalSimulator.Databases;

/// <summary>
/// How a private MariaDB server is set up. Data is thrown away anyway, so nothing is ever flushed to the disk: what is committed
/// survives the end of the server process, not that of the machine.
/// </summary>
public sealed record MariaDbServerOptions
{
    /// <summary>Folder in which the server's own temporary folder is made; the system's temporary folder when null.</summary>
    public string? ParentDirectory { get; init; }

    /// <summary>InnoDB buffer pool, in mebibytes.</summary>
    public int BufferPoolMebibytes { get; init; } = 256;

    /// <summary>InnoDB redo log, in mebibytes.</summary>
    public int RedoLogMebibytes { get; init; } = 256;

    /// <summary>
    /// <c>innodb_flush_log_at_trx_commit</c>. With 2 every commit survives a killed server process; with 0 the last second may be lost.
    /// </summary>
    public int FlushLogAtCommit { get; init; } = 2;

    /// <summary>TCP port on the loopback address; 0 lets the operating system choose.</summary>
    public int Port { get; init; }

    /// <summary>Further arguments of <c>mariadbd</c>, each as <c>--name=value</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
