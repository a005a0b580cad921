using Microsoft.Extensions.Logging.Console;

namespace PostalExporter.Logging;

/// <summary>How a log line is written.</summary>
internal enum LogFormat
{
    /// <summary><c>key=value</c> pairs.</summary>
    Logfmt,

    /// <summary>One JSON object per line.</summary>
    Json,
}

/// <summary>Options of <see cref="LineFormatter"/>.</summary>
internal sealed class LineFormatterOptions : ConsoleFormatterOptions
{
    /// <summary>How a line is written.</summary>
    public LogFormat Format { get; set; }

    /// <summary>Whether exceptions come with their stack.</summary>
    public bool WithStack { get; set; }
}

/// <summary>Sets up logging to standard error.</summary>
internal static class LogSetup
{
    /// <summary>Values of <c>--log.level</c>.</summary>
    public static readonly IReadOnlyDictionary<string, LogLevel> Levels = new Dictionary<string, LogLevel>
    {
        ["debug"] = LogLevel.Debug,
        ["info"] = LogLevel.Information,
        ["warn"] = LogLevel.Warning,
        ["error"] = LogLevel.Error,
    };

    /// <summary>Values of <c>--log.format</c>.</summary>
    public static readonly IReadOnlyDictionary<string, LogFormat> Formats = new Dictionary<string, LogFormat>
    {
        ["logfmt"] = LogFormat.Logfmt,
        ["json"] = LogFormat.Json,
    };

    /// <summary>Logs to standard error from <paramref name="level"/> on; what the framework says only from warning on.</summary>
    public static ILoggingBuilder AddLines(this ILoggingBuilder builder, LogLevel level, LogFormat format)
    {
        builder.SetMinimumLevel(level);
        foreach (var framework in (string[])["Microsoft", "System"])
            builder.AddFilter(framework, level < LogLevel.Warning ? LogLevel.Warning : level);

        // A failed start is told once, by the program itself.
        builder.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.AddConsole(options =>
        {
            options.FormatterName = LineFormatter.FormatterName;
            options.LogToStandardErrorThreshold = LogLevel.Trace;
        });
        return builder.AddConsoleFormatter<LineFormatter, LineFormatterOptions>(options =>
        {
            options.Format = format;
            options.WithStack = level <= LogLevel.Debug;
        });
    }
}
