namespace PostalExporter.Cli;

/// <summary>Log lines of start and stop: event ids 1200 to 1299.</summary>
internal static partial class ServeLog
{
    [LoggerMessage(EventId = 1201, Level = LogLevel.Information, Message = "starting postal-exporter")]
    public static partial void Starting(ILogger logger, string version, string revision);

    [LoggerMessage(EventId = 1202, Level = LogLevel.Information, Message = "stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(EventId = 1203, Level = LogLevel.Error, Message = "the configuration cannot be used")]
    public static partial void BadConfiguration(ILogger logger, string problem);

    [LoggerMessage(EventId = 1204, Level = LogLevel.Error, Message = "the exporter cannot run")]
    public static partial void Failed(ILogger logger, Exception exception);
}
