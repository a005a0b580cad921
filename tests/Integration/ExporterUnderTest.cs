using Microsoft.Extensions.Logging;
using PostalExporter.Collection;
using PostalExporter.Configuration;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Integration;

/// <summary>The exporter's collection on a real installation, with a state directory of its own.</summary>
internal sealed class ExporterUnderTest : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("postal-exporter-test-").FullName;
    private readonly TimeProvider time;
    private readonly ILoggerFactory loggers;
    private CollectionService service;

    private ExporterUnderTest(ExporterConfiguration configuration, TimeProvider time, ILoggerFactory loggers)
    {
        this.time = time;
        this.loggers = loggers;
        Configuration = configuration with { State = configuration.State with { Path = directory } };
        service = Create();
    }

    /// <summary>What it runs with; takes effect at the next restart.</summary>
    public ExporterConfiguration Configuration { get; set; }

    /// <summary>Its state directory.</summary>
    public string StateDirectory => directory;

    /// <summary>What the landing page shows.</summary>
    public Web.ExporterStatus Status => service.Status;

    public static Task<ExporterUnderTest> StartAsync(MariaDbServer server, Installation installation) =>
        StartAsync(ConfigurationFor(server, installation));

    public static Task<ExporterUnderTest> StartAsync(ExporterConfiguration configuration) =>
        StartAsync(configuration, TimeProvider.System, TestLog.CreateFactory());

    public static async Task<ExporterUnderTest> StartAsync(ExporterConfiguration configuration, TimeProvider time, ILoggerFactory loggers)
    {
        var exporter = new ExporterUnderTest(configuration, time, loggers);
        await exporter.service.StartAsync(TestContext.Current.CancellationToken);
        return exporter;
    }

    public static ExporterConfiguration ConfigurationFor(MariaDbServer server, Installation installation) => new()
    {
        MainDatabase = new MainDatabaseOptions
        {
            Host = "127.0.0.1", Port = server.Port, Username = "root", TlsMode = "disabled", Database = installation.DatabasePrefix,
        },
        MessageDatabase = new MessageDatabaseOptions
        {
            Host = "127.0.0.1", Port = server.Port, Username = "root", TlsMode = "disabled", DatabaseNamePrefix = installation.DatabasePrefix,
        },
    };

    /// <summary>Puts a configuration in force, as a reload does.</summary>
    public void Apply(ExporterConfiguration configuration) => service.Apply(configuration);

    public Task<Exposition> ScrapeAsync() => ScrapeAsync(TimeSpan.FromSeconds(20));

    public async Task<Exposition> ScrapeAsync(TimeSpan budget)
    {
        using var page = await service.ScrapeAsync(openMetrics: false, budget, TestContext.Current.CancellationToken);
        return Exposition.Parse(page.Pieces.SelectMany(piece => piece.ToArray()).ToArray());
    }

    /// <summary>Ends it and starts it again on the same state.</summary>
    public Task RestartAsync() => RestartAsync(() => { });

    /// <summary>Ends it and starts it again, on the state that something makes of it meanwhile.</summary>
    public async Task RestartAsync(Action whileDown)
    {
        await service.DisposeAsync();
        whileDown();
        service = Create();
        await service.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Takes the same configuration as a new one, as a reload does.</summary>
    public void Reload() => service.Apply(Configuration = Configuration with { });

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        loggers.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private CollectionService Create() => new(Configuration, new HashSet<string>(), time, loggers);
}
