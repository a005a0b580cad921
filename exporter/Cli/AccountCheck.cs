using System.Text.RegularExpressions;
using Dapper;
using MySqlConnector;

namespace PostalExporter.Cli;

/// <summary>Looks at the account of a connection.</summary>
internal static partial class AccountCheck
{
    private static readonly HashSet<string> Harmless = new(StringComparer.OrdinalIgnoreCase) { "SELECT", "USAGE", "SHOW VIEW" };

    /// <summary>Product and version of the server.</summary>
    public static async Task<string> VersionAsync(MySqlConnection connection, CancellationToken cancellationToken)
    {
        var version = await connection.ExecuteScalarAsync<string>(new CommandDefinition("SELECT VERSION()", cancellationToken: cancellationToken)) ?? "";
        return version.Contains("MariaDB", StringComparison.OrdinalIgnoreCase)
            ? $"MariaDB {version.Split('-')[0]}"
            : $"MySQL {version.Split('-')[0]} (not tested, MariaDB is what Postal supports)";
    }

    /// <summary>Warns when the account can do more than read.</summary>
    public static async Task ReportWritesAsync(MySqlConnection connection, string name, CheckReport report, CancellationToken cancellationToken)
    {
        var grants = await connection.QueryAsync<string>(new CommandDefinition("SHOW GRANTS", cancellationToken: cancellationToken));
        var excess = grants.SelectMany(ExcessOf).Distinct().ToList();
        if (excess.Count == 0)
            report.Ok($"{name}: the account can only read");
        else
            report.Warning($"{name}: the account can do more than read ({string.Join("; ", excess)}); use the account of exporter/grants.sql");
    }

    /// <summary>What a line of SHOW GRANTS allows beyond reading. Only privileges and place: the line can hold a password's hash.</summary>
    internal static IEnumerable<string> ExcessOf(string grant)
    {
        // A role is granted without a place; what it allows stands in lines of its own.
        if (Grant().Match(grant) is not { Success: true } match)
            yield break;

        var privileges = ColumnList().Replace(match.Groups["privileges"].Value, "").Split(',', StringSplitOptions.TrimEntries);
        var excess = privileges.Where(privilege => !Harmless.Contains(privilege)).ToList();
        if (excess.Count > 0)
            yield return $"{string.Join(", ", excess)} on {match.Groups["place"].Value}";
    }

    [GeneratedRegex(@"\AGRANT (?<privileges>.+?) ON (?<place>.+?) TO ", RegexOptions.ExplicitCapture)]
    private static partial Regex Grant();

    [GeneratedRegex(@"\s*\([^)]*\)")]
    private static partial Regex ColumnList();
}
