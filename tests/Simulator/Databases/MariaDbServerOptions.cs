namespace PostalSimulator.Databases;

/// <summary>How a private MariaDB server is set up. The defaults trade durability for speed: data is thrown away anyway.</summary>
public sealed record MariaDbServerOptions
{
    /// <summary>Folder in which the server's own temporary folder is made; the system's temporary folder when null.</summary>
    public string? ParentDirectory { get; init; }

    /// <summary>InnoDB buffer pool, in mebibytes.</summary>
    public int BufferPoolMebibytes { get; init; } = 256;

    /// <summary>InnoDB redo log, in mebibytes.</summary>
    public int RedoLogMebibytes { get; init; } = 256;

    /// <summary>
    /// <c>innodb_flush_log_at_trx_commit</c>. 0 and 2 may lose the last second when the machine fails; 2 keeps every
    /// commit when only the server process is killed, 0 does not.
    /// </summary>
    public int FlushLogAtCommit { get; init; } = 2;

    /// <summary>TCP port on the loopback address; 0 lets the operating system choose.</summary>
    public int Port { get; init; }

    /// <summary>Further arguments of <c>mariadbd</c>, each as <c>--name=value</c>.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
