using System.Globalization;

namespace PostalExporter.Configuration;

/// <summary>One thing that is wrong with a configuration. It never holds a value that could be a secret.</summary>
/// <param name="Source">File, or <c>environment</c>.</param>
/// <param name="Line">Line in the file, from 1; 0 when there is none.</param>
/// <param name="Key">Path of the key, such as <c>main_db.port</c>; empty when it concerns the file.</param>
/// <param name="Message">What is wrong and what to do.</param>
internal sealed record ConfigurationProblem(string Source, long Line, string Key, string Message)
{
    /// <summary><c>FILE:LINE: KEY: what is wrong; remedy</c>.</summary>
    public override string ToString()
    {
        var line = Line > 0 ? Line.ToString(CultureInfo.InvariantCulture) + ":" : "";
        var key = Key.Length > 0 ? Key + ": " : "";
        return $"{Source}:{line} {key}{Message}";
    }
}

/// <summary>A configuration that cannot be used, with everything that is wrong with it.</summary>
internal sealed class ConfigurationException(IReadOnlyList<ConfigurationProblem> problems)
    : Exception(string.Join('\n', problems))
{
    /// <summary>Every problem, in the order of the file.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; } = problems;
}
