namespace PostalExporter.Web;

/// <summary>Log lines of the web surface: event ids 1100 to 1199.</summary>
internal static partial class WebLog
{
    [LoggerMessage(EventId = 1101, Level = LogLevel.Information, Message = "listening")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Error, Message = "a request failed")]
    public static partial void RequestFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(EventId = 1103, Level = LogLevel.Information, Message = "web configuration reread")]
    public static partial void ProtectionReread(ILogger logger);

    [LoggerMessage(EventId = 1104, Level = LogLevel.Error, Message = "web configuration changed and cannot be used, the one before it stays in force")]
    public static partial void ProtectionNotReread(ILogger logger, string problem);
}
