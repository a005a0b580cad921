using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Integration;

/// <summary>The exporter as operators run it: a process of its own, scraped over HTTP, that can be killed.</summary>
internal sealed class ExporterProcess : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("postal-exporter-process-").FullName;
    private readonly HttpClient client = new();
    private readonly int port = FreePort();
    private readonly Confinement? confinement;
    private Process? process;

    private ExporterProcess(Confinement? confinement) => this.confinement = confinement;

    /// <summary>Everything it wrote, over all starts.</summary>
    public StringWriter Log { get; } = new(CultureInfo.InvariantCulture);

    /// <summary>What has arrived of it so far.</summary>
    public string LogText
    {
        get
        {
            lock (Log)
                return Log.ToString();
        }
    }

    /// <summary>Address of the landing page.</summary>
    public Uri Address => new($"http://127.0.0.1:{port}/");

    /// <summary>Process id of the present start.</summary>
    public int Id => process!.Id;

    private string Program => Path.Combine(confinement is null ? AppContext.BaseDirectory : Path.Combine(directory, "program"), "postal-exporter.dll");

    public static Task<ExporterProcess> StartAsync(MariaDbServer server, Installation installation, params string[] settings) =>
        StartAsync(null, server, installation, settings);

    /// <summary>Starts it without rights, when a confinement is given.</summary>
    public static async Task<ExporterProcess> StartAsync(Confinement? confinement, MariaDbServer server, Installation installation, params string[] settings)
    {
        var exporter = new ExporterProcess(confinement);
        await exporter.ConfigureAsync(server, installation, exporter.StateDirectory, settings);
        if (confinement is not null)
            await Confinement.PrepareAsync(AppContext.BaseDirectory, exporter.directory, exporter.StateDirectory, TestContext.Current.CancellationToken);
        await exporter.LaunchAsync();
        return exporter;
    }

    /// <summary>One that is not started yet.</summary>
    public static async Task<ExporterProcess> CreateAsync(MariaDbServer server, Installation installation)
    {
        var exporter = new ExporterProcess(null);
        await exporter.ConfigureAsync(server, installation, exporter.StateDirectory, []);
        return exporter;
    }

    /// <summary>One that is not started yet, on a state directory that may be another's.</summary>
    public static async Task<ExporterProcess> CreateAsync(MariaDbServer server, Installation installation, string stateDirectory)
    {
        var exporter = new ExporterProcess(null);
        await exporter.ConfigureAsync(server, installation, stateDirectory, []);
        return exporter;
    }

    /// <summary>The configuration file it runs with.</summary>
    public string ConfigurationFile => Path.Combine(directory, "exporter.yml");

    /// <summary>Its state directory.</summary>
    public string StateDirectory => Path.Combine(directory, "state");

    /// <summary>What it is started through, such as a program that changes the account.</summary>
    public IReadOnlyList<string> Through { get; set; } = [];

    /// <summary>Flags of its next start, beside those that it needs.</summary>
    public IReadOnlyList<string> Flags { get; set; } = [];

    /// <summary>Environment variables of its next start, beside those of the tests.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Starts the process, and waits until it answers.</summary>
    public async Task LaunchAsync()
    {
        Start();
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var response = await client.GetAsync(new Uri(Address, "-/healthy"), TestContext.Current.CancellationToken);
                response.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException refused) when (refused.StatusCode is null && !process!.HasExited && deadline.Elapsed < TimeSpan.FromSeconds(60))
            {
                // The process does not say when it listens: it is asked again.
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>Starts a process that does not come up.</summary>
    /// <returns>Its exit status.</returns>
    public async Task<int> LaunchInVainAsync()
    {
        Start();
        await process!.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    public async Task<Exposition> ScrapeAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, "metrics"));
        request.Headers.Add("X-Prometheus-Scrape-Timeout-Seconds", "20");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return Exposition.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Runs another verb of the program, with the same configuration.</summary>
    /// <returns>Its exit status, and what it wrote.</returns>
    public async Task<(int Status, string Text)> RunAsync(params string[] arguments)
    {
        using var run = Process.Start(StartInfo(["dotnet", Program, .. arguments, "--config.file", ConfigurationFile]))!;
        var output = run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (run.ExitCode, await output + await error);
    }

    /// <summary>Starts another verb of the program, with the same configuration, to be killed amid its work.</summary>
    public VerbProcess StartVerb(params string[] arguments) =>
        new(Process.Start(StartInfo(["dotnet", Program, .. arguments, "--config.file", ConfigurationFile]))!);

    /// <summary>Lets it read its configuration file anew.</summary>
    public async Task ReloadAsync()
    {
        using var response = await client.PostAsync(new Uri(Address, "-/reload"), content: null, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>SIGKILL, at whatever it is doing.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>The exit status.</returns>
    public async Task<int> TerminateAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
            await KillAsync();
        process?.Dispose();
        client.Dispose();
        TestContext.Current.TestOutputHelper?.WriteLine(Log.ToString());
        await Log.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private Task ConfigureAsync(MariaDbServer server, Installation installation, string stateDirectory, string[] settings) => File.WriteAllLinesAsync(
        ConfigurationFile,
        [
            "main_db:", "  host: 127.0.0.1", $"  port: {server.Port}", "  username: root", "  tls_mode: disabled", $"  database: {installation.DatabasePrefix}",
            "message_db:", "  host: 127.0.0.1", $"  port: {server.Port}", "  username: root", "  tls_mode: disabled",
            $"  database_name_prefix: {installation.DatabasePrefix}",
            "state:", $"  path: {stateDirectory}",
            .. settings,
        ],
        TestContext.Current.CancellationToken);

    private void Start()
    {
        process?.Dispose();
        IEnumerable<string> command =
            ["dotnet", Program, "serve", "--config.file", ConfigurationFile, "--web.listen-address", $"127.0.0.1:{port}", "--web.enable-lifecycle", .. Flags];
        command = confinement?.Wrap(StateDirectory, command) ?? command;
        process = Process.Start(StartInfo([.. Through, .. command]))!;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private ProcessStartInfo StartInfo(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true };
        // As in the image and the unit: the debugger's socket would need /tmp.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return start;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (Log)
            Log.WriteLine(line.Data);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>A verb that runs.</summary>
internal sealed class VerbProcess : IAsyncDisposable
{
    private readonly Process process;

    public VerbProcess(Process process)
    {
        this.process = process;
        // What nobody reads must not keep it waiting.
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Whether it ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }
}
