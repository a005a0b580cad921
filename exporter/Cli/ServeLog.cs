namespace PostalExporter.Cli;

/// <summary>Log lines of start and stop: event ids 3200 to 3299.</summary>
internal static partial class ServeLog
{
    [LoggerMessage(EventId = 3201, Level = LogLevel.Information, Message = "starting postal-exporter")]
    public static partial void Starting(ILogger logger, string version, string revision);

    [LoggerMessage(EventId = 3202, Level = LogLevel.Information, Message = "stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(EventId = 3203, Level = LogLevel.Error, Message = "the configuration cannot be used")]
    public static partial void BadConfiguration(ILogger logger, string problem);

    [LoggerMessage(EventId = 3204, Level = LogLevel.Error, Message = "the exporter cannot run")]
    public static partial void Failed(ILogger logger, Exception exception);
}
