using System.CommandLine;
using PostalExporter.Collectors;
using PostalExporter.Configuration;
using PostalExporter.Logging;
using PostalExporter.Web;

namespace PostalExporter.Cli;

/// <summary>The flags of <c>serve</c>, validated.</summary>
internal sealed record ServeOptions
{
    /// <summary><c>--config.file</c>, or null when it is not given.</summary>
    public string? ConfigFile { get; init; }

    /// <summary><c>--web.*</c>.</summary>
    public required WebOptions Web { get; init; }

    /// <summary><c>--log.level</c>.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary><c>--log.format</c>.</summary>
    public LogFormat LogFormat { get; init; }

    /// <summary>Names of the collectors that <c>--no-collector.NAME</c> switches off.</summary>
    public IReadOnlySet<string> DisabledCollectors { get; init; } = new HashSet<string>();
}

/// <summary>Declares the flags of <c>serve</c> and reads them.</summary>
internal sealed class ServeFlags
{
    private readonly Option<string> configFile = ConfigFileFlag();
    private readonly Option<string[]> listenAddress = new("--web.listen-address")
    {
        Description = "Address to listen on, :PORT, HOST:PORT or [IPV6]:PORT; can be repeated.",
        HelpName = "address",
        DefaultValueFactory = _ => [WebOptions.DefaultListenAddress],
    };

    private readonly Option<string> telemetryPath = new("--web.telemetry-path")
    {
        Description = "Path of the metrics.",
        HelpName = "path",
        DefaultValueFactory = _ => WebOptions.DefaultTelemetryPath,
    };

    private readonly Option<string> webConfigFile = WebConfigFileFlag();
    private readonly Option<bool> enableLifecycle = new("--web.enable-lifecycle") { Description = "Reload the configuration on POST /-/reload." };
    private readonly Option<string> logLevel = Choice("--log.level", "Lowest level that is logged.", "info", [.. LogSetup.Levels.Keys]);
    private readonly Option<string> logFormat = Choice("--log.format", "Format of log lines.", "logfmt", [.. LogSetup.Formats.Keys]);
    private readonly List<(string Name, Option<bool> On, Option<bool> Off)> collectors = [];

    /// <summary>Declares the flags.</summary>
    /// <param name="stateCollectors">The collectors that can be switched.</param>
    public ServeFlags(IEnumerable<IStateCollector> stateCollectors)
    {
        listenAddress.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => ListenAddress.TryParse(token.Value) is null))
                result.AddError($"--web.listen-address {token.Value}: not an address; write :PORT, HOST:PORT or [IPV6]:PORT");
        });
        telemetryPath.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && WebOptions.ProblemOfTelemetryPath(token.Value) is { } problem)
                result.AddError($"--web.telemetry-path {token.Value}: {problem}");
        });
        foreach (var collector in stateCollectors)
        {
            collectors.Add((
                collector.Name,
                new Option<bool>($"--collector.{collector.Name}") { Description = $"{collector.Description} On by default." },
                new Option<bool>($"--no-collector.{collector.Name}") { Description = $"Switch the collector {collector.Name} off." }));
        }
    }

    /// <summary>The flag that names the configuration.</summary>
    public static Option<string> ConfigFileFlag() => new("--config.file")
    {
        Description = $"Configuration. Without it {ConfigurationLoader.DefaultFile} is read when it exists, else the environment alone.",
        HelpName = "file",
    };

    /// <summary>The flag that names the web configuration.</summary>
    public static Option<string> WebConfigFileFlag() => new("--web.config.file")
    {
        Description = "TLS and basic authentication, in the format of Prometheus' exporter-toolkit.",
        HelpName = "file",
    };

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var flag in (Option[])[configFile, listenAddress, telemetryPath, webConfigFile, enableLifecycle, logLevel, logFormat])
            command.Add(flag);
        foreach (var (name, on, off) in collectors)
        {
            command.Add(on);
            command.Add(off);
            command.Validators.Add(result =>
            {
                if (result.GetResult(on) is { Implicit: false } && result.GetResult(off) is { Implicit: false })
                    result.AddError($"--collector.{name} and --no-collector.{name} contradict each other; keep one of them");
            });
        }
    }

    /// <summary>Reads the flags.</summary>
    public ServeOptions Read(ParseResult result) => new()
    {
        ConfigFile = result.GetValue(configFile),
        Web = new WebOptions
        {
            ListenAddresses = [.. result.GetRequiredValue(listenAddress).Select(text => ListenAddress.TryParse(text)!)],
            TelemetryPath = result.GetRequiredValue(telemetryPath),
            ConfigFile = result.GetValue(webConfigFile),
            EnableLifecycle = result.GetValue(enableLifecycle),
        },
        LogLevel = LogSetup.Levels[result.GetRequiredValue(logLevel)],
        LogFormat = LogSetup.Formats[result.GetRequiredValue(logFormat)],
        DisabledCollectors = collectors.Where(collector => result.GetValue(collector.Off)).Select(collector => collector.Name).ToHashSet(),
    };

    private static Option<string> Choice(string name, string description, string standard, string[] words)
    {
        var option = new Option<string>(name) { Description = description, HelpName = string.Join('|', words), DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value))
                result.AddError($"{name} {token.Value}: unknown value; {NearMiss.Remedy(token.Value, words)}");
        });
        return option;
    }
}
