namespace PostalExporter.Web;

/// <summary>Log lines of the web surface: event ids 3100 to 3199.</summary>
internal static partial class WebLog
{
    [LoggerMessage(EventId = 3101, Level = LogLevel.Information, Message = "listening")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Error, Message = "a request failed")]
    public static partial void RequestFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(EventId = 3103, Level = LogLevel.Information, Message = "web configuration reread")]
    public static partial void ProtectionReread(ILogger logger);

    [LoggerMessage(EventId = 3104, Level = LogLevel.Error, Message = "web configuration changed and cannot be used, the one before it stays in force")]
    public static partial void ProtectionNotReread(ILogger logger, string problem);
}
