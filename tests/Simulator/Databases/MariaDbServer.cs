using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MySqlConnector;

namespace PostalSimulator.Databases;

/// <summary>
/// A private MariaDB server on the loopback address with its data in a temporary folder, for tests, demo and benchmarks.
/// Disposing it ends the process and removes the folder.
/// </summary>
public sealed class MariaDbServer : IAsyncDisposable
{
    private static readonly TimeSpan ReadinessLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ReadinessInterval = TimeSpan.FromMilliseconds(50);

    private readonly MariaDbServerOptions options;
    private readonly TimeProvider time;
    private readonly string directory;
    private Process? process;

    private MariaDbServer(MariaDbServerOptions options, TimeProvider time, string directory, int port)
    {
        this.options = options;
        this.time = time;
        this.directory = directory;
        Port = port;
    }

    /// <summary>TCP port on 127.0.0.1; stays the same over restarts.</summary>
    public int Port { get; }

    /// <summary>Connection string of the administrator, who has no password. Names no database.</summary>
    public string ConnectionString => new MySqlConnectionStringBuilder
    {
        Server = IPAddress.Loopback.ToString(),
        Port = (uint)Port,
        UserID = "root",
        AllowLoadLocalInfile = true,
        SslMode = MySqlSslMode.None,
    }.ConnectionString;

    private string DataDirectory => Path.Combine(directory, "data");

    private string ErrorLog => Path.Combine(DataDirectory, "error.log");

    /// <summary>Creates the data folder, starts the server and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">MariaDB is not installed, or does not start; the message holds its last words.</exception>
    public static Task<MariaDbServer> StartAsync(CancellationToken cancellationToken) =>
        StartAsync(new MariaDbServerOptions(), TimeProvider.System, cancellationToken);

    /// <inheritdoc cref="StartAsync(CancellationToken)"/>
    public static async Task<MariaDbServer> StartAsync(MariaDbServerOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        var directory = CreateDirectory(options.ParentDirectory);
        var server = new MariaDbServer(options, time, directory, options.Port == 0 ? FreePort() : options.Port);
        try
        {
            await server.InstallAsync(cancellationToken);
            await server.LaunchAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the server as an administrator would (SIGTERM) and waits for its end.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => EndAsync(ProcessSignal.Terminate, cancellationToken);

    /// <summary>Ends the server as a crash would (SIGKILL) and waits for its end.</summary>
    public Task KillAsync(CancellationToken cancellationToken) => EndAsync(ProcessSignal.Kill, cancellationToken);

    /// <summary>Starts the server again on the same port and data, stopping it first if it runs.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await StopAsync(cancellationToken);
        await LaunchAsync(cancellationToken);
    }

    /// <summary>Freezes the server (SIGSTOP): connections stay open, nothing answers.</summary>
    public void Suspend()
    {
        var process = Running().Id;
        ProcessSignal.Send(process, ProcessSignal.Stop);
        // On a busy machine a thread may answer once more before the signal reaches it.
        SpinWait.SpinUntil(() => Directory.EnumerateDirectories($"/proc/{process}/task").All(IsStopped));
    }

    /// <summary>Lets a frozen server go on (SIGCONT).</summary>
    public void Resume() => ProcessSignal.Send(Running().Id, ProcessSignal.Continue);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync(CancellationToken.None);
        await using (var connection = new MySqlConnection(ConnectionString))
            await MySqlConnection.ClearPoolAsync(connection);
        Directory.Delete(directory, recursive: true);
    }

    private static bool IsStopped(string task)
    {
        // The state follows the name in parentheses, which may hold anything.
        var status = File.ReadAllText(Path.Combine(task, "stat"));
        return status[status.LastIndexOf(')') + 2] == 'T';
    }

    private static string CreateDirectory(string? parent)
    {
        var path = Path.Combine(parent ?? Path.GetTempPath(), $"postal-mariadb-{Guid.NewGuid():N}");
        // The server runs as another user when this program runs as root, and has to reach its folder inside this one.
        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        return path;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string[] UserArguments() => Environment.IsPrivilegedProcess ? ["--user=mysql"] : [];

    private static ProcessStartInfo Command(string program, IEnumerable<string> arguments) =>
        new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };

    private static Process Start(ProcessStartInfo command)
    {
        try
        {
            return Process.Start(command)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"cannot start {command.FileName} ({e.Message}): install MariaDB, e.g. apt install mariadb-server", e);
        }
    }

    private async Task InstallAsync(CancellationToken cancellationToken)
    {
        using var installer = Start(Command("mariadb-install-db",
        [
            "--no-defaults", $"--datadir={DataDirectory}", "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=16M", .. UserArguments(),
        ]));
        string[] output;
        try
        {
            output = await Task.WhenAll(
                installer.StandardOutput.ReadToEndAsync(cancellationToken), installer.StandardError.ReadToEndAsync(cancellationToken));
            await installer.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The script's server would go on writing into the folder that is about to be removed.
            installer.Kill(entireProcessTree: true);
            await installer.WaitForExitAsync(CancellationToken.None);
            throw;
        }
        if (installer.ExitCode != 0)
            throw new InvalidOperationException($"mariadb-install-db ended with status {installer.ExitCode}: {string.Join(' ', output).Trim()}");
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        // The socket's path is relative to the data folder: an absolute one may not be longer than 107 bytes.
        process = Start(Command("mariadbd",
        [
            "--no-defaults", $"--datadir={DataDirectory}", $"--tmpdir={DataDirectory}", $"--log-error={ErrorLog}",
            "--socket=s", $"--pid-file={DataDirectory}/pid", "--bind-address=127.0.0.1", $"--port={Port}",
            "--skip-name-resolve", "--character-set-server=utf8mb4", "--skip-log-bin", "--innodb-doublewrite=0", "--innodb-flush-method=nosync",
            "--innodb-sort-buffer-size=16M",
            $"--innodb-buffer-pool-size={options.BufferPoolMebibytes}M", $"--innodb-log-file-size={options.RedoLogMebibytes}M",
            $"--innodb-flush-log-at-trx-commit={options.FlushLogAtCommit}", "--innodb-flush-neighbors=0",
            .. UserArguments(), .. options.Arguments,
        ]));
        // Nobody reads these pipes: everything of interest goes to the error log.
        process.StandardInput.Close();
        var started = time.GetTimestamp();
        while (!await AnswersAsync(cancellationToken))
        {
            if (process.HasExited || time.GetElapsedTime(started) > ReadinessLimit)
                throw new InvalidOperationException($"mariadbd did not come up on port {Port}: {LastWords()}");
            // The server does not say when it is ready: it is asked again.
            await Task.Delay(ReadinessInterval, time, cancellationToken);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        var probe = new MySqlConnectionStringBuilder(ConnectionString) { Pooling = false, ConnectionTimeout = 5 };
        await using var connection = new MySqlConnection(probe.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (MySqlException)
        {
            return false;
        }
    }

    private string LastWords() =>
        File.Exists(ErrorLog) ? string.Join(' ', File.ReadLines(ErrorLog).TakeLast(5)) : "it wrote no error log";

    private Process Running() =>
        process is { HasExited: false } running ? running : throw new InvalidOperationException("the MariaDB server is not running");

    private async Task EndAsync(int signal, CancellationToken cancellationToken)
    {
        if (process is null)
            return;
        if (!process.HasExited)
        {
            // A frozen process acts on SIGTERM only after it goes on.
            ProcessSignal.Send(process.Id, signal);
            ProcessSignal.Send(process.Id, ProcessSignal.Continue);
        }
        await process.WaitForExitAsync(cancellationToken);
        process.Dispose();
        process = null;
    }
}
