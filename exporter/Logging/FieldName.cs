using System.Text;

namespace PostalExporter.Logging;

/// <summary>Keys of log lines.</summary>
internal static class FieldName
{
    private static readonly HashSet<string> Always = ["ts", "level", "msg", "event_id"];
    private static readonly HashSet<string> WithException = ["error_type", "error", "stack"];

    /// <summary>A parameter's name as snake_case key: <c>listenAddress</c> becomes <c>listen_address</c>.</summary>
    /// <param name="parameter">The parameter of the log method.</param>
    /// <param name="hasException">Whether the line tells of an exception under keys of its own.</param>
    public static string From(string parameter, bool hasException)
    {
        var key = new StringBuilder(parameter.Length + 4);
        foreach (var character in parameter)
        {
            if (char.IsAsciiLetterUpper(character) && key.Length > 0 && key[^1] != '_')
                key.Append('_');
            key.Append(char.IsAsciiLetterOrDigit(character) ? char.ToLowerInvariant(character) : '_');
        }

        // A key stands once in a line.
        var name = key.ToString();
        return Always.Contains(name) || (hasException && WithException.Contains(name)) ? name + "_value" : name;
    }
}
