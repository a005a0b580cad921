namespace PostalExporter.Configuration;

/// <summary>Log lines about the configuration: event ids 3000 to 3099.</summary>
internal static partial class ConfigurationLog
{
    /// <summary>Tells what an operator should know about where the configuration came from.</summary>
    public static void Notices(ILogger logger, LoadedConfiguration loaded)
    {
        foreach (var notice in loaded.Notices)
            Notice(logger, notice);
    }

    [LoggerMessage(EventId = 3001, Level = LogLevel.Information, Message = "configuration reloaded")]
    public static partial void Reloaded(ILogger logger);

    [LoggerMessage(EventId = 3002, Level = LogLevel.Error, Message = "configuration not reloaded, the one before it stays in force")]
    public static partial void ReloadFailed(ILogger logger, string problem);

    [LoggerMessage(EventId = 3003, Level = LogLevel.Information, Message = "configuration loaded")]
    private static partial void Notice(ILogger logger, string notice);
}
