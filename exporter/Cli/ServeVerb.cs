using System.CommandLine;
using System.Runtime.InteropServices;
using PostalExporter.Collectors;
using PostalExporter.Configuration;
using PostalExporter.Logging;
using PostalExporter.Web;

namespace PostalExporter.Cli;

/// <summary>Makes what answers scrapes.</summary>
/// <param name="configuration">The configuration at the start.</param>
/// <param name="disabledCollectors">Names of state collectors that do not run.</param>
/// <param name="time">Clock.</param>
/// <param name="loggers">Where it logs.</param>
internal delegate IScrapeService ScrapeServiceFactory(
    ExporterConfiguration configuration, IReadOnlySet<string> disabledCollectors, TimeProvider time, ILoggerFactory loggers);

/// <summary><c>serve</c>: runs the exporter until SIGTERM or SIGINT; SIGHUP reloads the configuration.</summary>
/// <param name="createService">Makes what answers scrapes.</param>
/// <param name="loader">Loads the configuration.</param>
/// <param name="time">Clock.</param>
internal sealed class ServeVerb(ScrapeServiceFactory createService, ConfigurationLoader loader, TimeProvider time)
{
    /// <summary>Adds the verb, and its flags to the root: it is what runs without a verb.</summary>
    public void AddTo(RootCommand root)
    {
        var verb = new Command("serve", "Serve metrics. This is what happens without a command.");
        foreach (var command in (Command[])[verb, root])
        {
            var flags = new ServeFlags(StateCollectors.All);
            flags.AddTo(command);
            command.SetAction((result, cancellationToken) => RunAsync(flags.Read(result), cancellationToken));
        }

        root.Add(verb);
    }

    private async Task<int> RunAsync(ServeOptions options, CancellationToken cancellationToken)
    {
        using var loggers = LoggerFactory.Create(builder =>
        {
            builder.Services.AddSingleton(time);
            builder.AddLines(options.LogLevel, options.LogFormat);
        });
        var logger = loggers.CreateLogger<ServeVerb>();
        try
        {
            ServeLog.Starting(logger, BuildInformation.Version, BuildInformation.Revision);
            await ServeAsync(options, loggers, logger, cancellationToken);
            ServeLog.Stopped(logger);
            return ExitStatus.Success;
        }
        catch (ConfigurationException exception)
        {
            foreach (var problem in exception.Problems)
                ServeLog.BadConfiguration(logger, problem.ToString());
            return ExitStatus.Failure;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            ServeLog.Failed(logger, exception);
            return ExitStatus.Failure;
        }
    }

    private async Task ServeAsync(ServeOptions options, ILoggerFactory loggers, ILogger logger, CancellationToken cancellationToken)
    {
        var loaded = loader.Load(options.ConfigFile);
        ConfigurationLog.Notices(logger, loaded);
        await using var service = createService(loaded.Configuration, options.DisabledCollectors, time, loggers);
        var reload = new ConfigurationReload(
            () => loader.Load(options.ConfigFile), loaded.Configuration, service.Apply, service.ReportReloadFailure,
            loggers.CreateLogger<ConfigurationReload>());

        // Everything that a flag or file can have wrong is found before the state store is opened.
        await using var server = await WebServer.BuildAsync(options.Web, service, reload, loggers, cancellationToken);
        await service.StartAsync(cancellationToken);
        await server.StartAsync(cancellationToken);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            reload.Reload();
        });
        await server.WaitForShutdownAsync(cancellationToken);
    }
}
