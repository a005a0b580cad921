using PostalExporter.Cli;

namespace PostalExporter.Conformance;

/// <summary>The exporter's process with the arguments and the configuration of a file of the repository, moved to a temporary folder and to loopback.</summary>
internal sealed class DeployedExporter : IAsyncDisposable
{
    private const string ConfigurationFolder = "/etc/postal-exporter/";

    private readonly string folder = Directory.CreateTempSubdirectory("postal-deployed-").FullName;
    private LoopbackProgram program = null!;

    private DeployedExporter()
    {
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => program.Address;

    /// <summary>Process id.</summary>
    public int Id => program.Id;

    /// <summary>Everything it has logged so far.</summary>
    public string Log => program.Log;

    /// <summary>Starts it, and waits until it listens.</summary>
    /// <param name="arguments">Arguments, which name a configuration in <c>/etc/postal-exporter/</c>.</param>
    /// <param name="configuration">The configuration. Its hosts are replaced: nothing answers there.</param>
    /// <param name="secrets">Folder of the passwords that the configuration names.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">It did not start; the message holds its log.</exception>
    public static async Task<DeployedExporter> StartAsync(
        IEnumerable<string> arguments, string configuration, string secrets, CancellationToken cancellationToken)
    {
        var exporter = new DeployedExporter();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(exporter.folder, "password"), "a password\n", cancellationToken);
            await File.WriteAllTextAsync(
                Path.Combine(exporter.folder, "exporter.yml"),
                configuration.Replace(secrets, exporter.folder, StringComparison.Ordinal).Replace("mariadb.example.com", "127.0.0.1\n  port: 1", StringComparison.Ordinal)
                    + $"state: {{path: {exporter.folder}/state}}\n",
                cancellationToken);
            var moved = arguments.Select(argument => argument.Replace(ConfigurationFolder, $"{exporter.folder}/", StringComparison.Ordinal)).ToList();
            var listen = moved.IndexOf("--web.listen-address");
            if (listen >= 0)
                moved.RemoveRange(listen, 2);
            exporter.program = await LoopbackProgram.StartAsync(
                "dotnet", [typeof(CommandLine).Assembly.Location, .. moved, "--web.listen-address", "127.0.0.1:0"], cancellationToken);
            return exporter;
        }
        catch
        {
            Directory.Delete(exporter.folder, recursive: true);
            throw;
        }
    }

    /// <summary>Ends the process and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
