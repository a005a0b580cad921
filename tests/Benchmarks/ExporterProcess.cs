using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MySqlConnector;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Benchmarks;

/// <summary>
/// The exporter as operators run it: a process of its own, built as the benchmarks are, with the account of <c>grants.sql</c>, and a
/// configuration and a state in a temporary folder. Disposing it ends the process.
/// </summary>
internal sealed class ExporterProcess : IAsyncDisposable
{
    /// <summary>The account that <c>grants.sql</c> makes.</summary>
    public const string Account = "postal_exporter";

    private static readonly TimeSpan ReadinessLimit = TimeSpan.FromSeconds(60);

    private readonly string directory = Directory.CreateTempSubdirectory("postal-exporter-bench-").FullName;
    private readonly int port = FreePort();
    private Process? process;

    private ExporterProcess()
    {
    }

    /// <summary>Where it is scraped.</summary>
    public Uri Metrics => new($"http://127.0.0.1:{port}/metrics");

    /// <summary>Process id.</summary>
    public int Id => process!.Id;

    /// <summary>Lines of its log that are no plain information, as they come.</summary>
    public ConcurrentQueue<string> Warnings { get; } = new();

    /// <summary>Bytes of all files of its state.</summary>
    public long StateBytes => new DirectoryInfo(StateDirectory).EnumerateFiles().Sum(file => file.Length);

    private string StateDirectory => Path.Combine(directory, "state");

    private string ConfigurationFile => Path.Combine(directory, "exporter.yml");

    /// <summary>Makes the account, starts the process and waits until it answers.</summary>
    /// <exception cref="InvalidOperationException">It does not come up; the message holds what it wrote.</exception>
    public static async Task<ExporterProcess> StartAsync(MariaDbServer database, Installation installation, CancellationToken cancellationToken)
    {
        var exporter = new ExporterProcess();
        try
        {
            await exporter.ConfigureAsync(database, installation, cancellationToken);
            await exporter.LaunchAsync(cancellationToken);
            return exporter;
        }
        catch
        {
            await exporter.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes the account, and starts nothing yet.</summary>
    public static async Task<ExporterProcess> CreateAsync(MariaDbServer database, Installation installation, CancellationToken cancellationToken)
    {
        var exporter = new ExporterProcess();
        try
        {
            await exporter.ConfigureAsync(database, installation, cancellationToken);
            return exporter;
        }
        catch
        {
            await exporter.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs <c>backfill</c> into a folder, on a state of its own.</summary>
    /// <param name="from">Value of <c>--from</c>.</param>
    /// <param name="output">The folder.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <returns>Seconds, the most resident memory in bytes, and what it wrote to standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public async Task<(double Seconds, long PeakBytes, string Text)> BackfillAsync(string from, string output, CancellationToken cancellationToken)
    {
        Directory.Delete(StateDirectory, recursive: true);
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "postal-exporter.dll"), "backfill", "--config.file", ConfigurationFile, "--from", from, "--output", output])
        { RedirectStandardOutput = true };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        var started = TimeProvider.System.GetTimestamp();
        using var run = Process.Start(start)!;
        try
        {
            var text = run.StandardOutput.ReadToEndAsync(cancellationToken);
            var ended = run.WaitForExitAsync(cancellationToken);
            var peak = 0L;
            while (!ended.IsCompleted)
            {
                peak = Math.Max(peak, PeakOf(run.Id));
                // The kernel keeps the peak only while the process lives.
                await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken));
            }
            await ended;
            var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
            return run.ExitCode == 0 ? (seconds, peak, (await text).TrimEnd()) : throw new InvalidOperationException($"backfill ended with status {run.ExitCode}");
        }
        finally
        {
            if (!run.HasExited)
                run.Kill();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }
        Directory.Delete(directory, recursive: true);
    }

    private static long PeakOf(int processId)
    {
        try
        {
            return ProcessFigures.Read(processId).PeakBytes;
        }
        catch (Exception exception) when (exception is IOException or KeyNotFoundException)
        {
            // It is ending.
            return 0;
        }
    }

    private async Task ConfigureAsync(MariaDbServer database, Installation installation, CancellationToken cancellationToken)
    {
        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var grants = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "grants.sql"), cancellationToken);
        // Names of accounts hold an @, which the client would take for a parameter.
        var administrator = new MySqlConnectionStringBuilder(database.ConnectionString) { AllowUserVariables = true };
        await using var connection = new MySqlConnection(administrator.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new MySqlCommand(grants.Replace("CHANGE-ME", password, StringComparison.Ordinal), connection);
        await command.ExecuteNonQueryAsync(cancellationToken);

        Directory.CreateDirectory(StateDirectory);
        string[] host = ["  host: 127.0.0.1", $"  port: {database.Port}", $"  username: {Account}", $"  password: {password}", "  tls_mode: disabled"];
        await File.WriteAllLinesAsync(
            ConfigurationFile,
            [
                "main_db:", .. host, $"  database: {installation.DatabasePrefix}",
                "message_db:", .. host, $"  database_name_prefix: {installation.DatabasePrefix}",
                "state:", $"  path: {StateDirectory}",
            ],
            cancellationToken);
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "postal-exporter.dll"), "serve", "--config.file", ConfigurationFile,
                "--web.listen-address", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
            ])
        { RedirectStandardError = true, RedirectStandardOutput = true };
        // As in the image and the unit.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_GCgen0size"] = "400000";
        process = Process.Start(start)!;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var client = new HttpClient();
        var started = TimeProvider.System.GetTimestamp();
        while (!await AnswersAsync(client, cancellationToken))
        {
            if (process.HasExited || TimeProvider.System.GetElapsedTime(started) > ReadinessLimit)
                throw new InvalidOperationException($"the exporter did not come up: {string.Join('\n', Warnings)}");
            // The process does not say when it listens: it is asked again.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    private async Task<bool> AnswersAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(new Uri(Metrics, "/-/healthy"), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is { } text && !text.Contains("level=info", StringComparison.Ordinal))
            Warnings.Enqueue(text);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
