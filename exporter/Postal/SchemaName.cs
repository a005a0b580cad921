using System.Globalization;

namespace PostalExporter.Postal;

/// <summary>Names of Postal's message databases, which cannot be parameters of a statement.</summary>
internal static class SchemaName
{
    /// <summary>The message database of a server, quoted for use in SQL.</summary>
    /// <param name="prefix"><c>message_db.database_name_prefix</c>.</param>
    /// <param name="serverId"><c>servers.id</c>.</param>
    public static string OfServer(string prefix, int serverId) =>
        Quote(string.Create(CultureInfo.InvariantCulture, $"{prefix}-server-{serverId}"));

    /// <summary>An identifier in backticks.</summary>
    public static string Quote(string identifier) =>
        string.Concat("`", identifier.Replace("`", "``", StringComparison.Ordinal), "`");
}
