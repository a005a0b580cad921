namespace PostalSimulator.Databases;

/// <summary>Names and values in MariaDB's spelling.</summary>
internal static class Sql
{
    /// <summary>A name in backticks: names cannot be parameters, and Postal's contain hyphens.</summary>
    public static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>A table of another database.</summary>
    public static string Quote(string database, string table) => $"{Quote(database)}.{Quote(table)}";

    /// <summary>Unix seconds with microseconds, as Postal's <c>decimal(18,6)</c> columns hold them.</summary>
    public static decimal UnixSeconds(DateTimeOffset moment) => (moment - DateTimeOffset.UnixEpoch).Ticks / (decimal)TimeSpan.TicksPerSecond;
}
