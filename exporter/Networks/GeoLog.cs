namespace PostalExporter.Networks;

/// <summary>Log lines about databases of addresses: event ids 3300 to 3399.</summary>
internal static partial class GeoLog
{
    [LoggerMessage(EventId = 3301, Level = LogLevel.Information, Message = "address database replaced")]
    public static partial void Replaced(ILogger logger, string file);

    [LoggerMessage(EventId = 3302, Level = LogLevel.Error, Message = "address database not replaced, the one before it stays in use")]
    public static partial void Kept(ILogger logger, string problem);

    [LoggerMessage(EventId = 3303, Level = LogLevel.Error, Message = "address database cannot be read everywhere, some addresses stay unknown")]
    public static partial void Damaged(ILogger logger, string problem);
}
