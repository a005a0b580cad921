using System.Globalization;
using System.Text.RegularExpressions;

namespace PostalExporter.Configuration;

/// <summary>Durations as Prometheus writes them: <c>500ms</c>, <c>60s</c>, <c>1h30m</c>, <c>7d</c>.</summary>
internal static partial class PrometheusDuration
{
    /// <summary>What a duration looks like, for messages.</summary>
    public const string Form = "write a duration such as 500ms, 60s, 5m, 1h";

    /// <summary>Reads a duration, units from the largest to the smallest, or <c>0</c>.</summary>
    /// <returns>Whether the text is a duration of at most a hundred years.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0")
            return true;

        var match = Pattern().Match(text);
        if (text.Length == 0 || !match.Success)
            return false;

        var milliseconds =
            Part(match, "w") * 604_800_000
            + Part(match, "d") * 86_400_000
            + Part(match, "h") * 3_600_000
            + Part(match, "m") * 60_000
            + Part(match, "s") * 1_000
            + Part(match, "ms");
        if (milliseconds > TimeSpan.FromDays(36_500).TotalMilliseconds)
            return false;

        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    private static double Part(Match match, string unit) =>
        match.Groups[unit].Success ? double.Parse(match.Groups[unit].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\A(?:(?<w>\d+)w)?(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m(?!s))?(?:(?<s>\d+)s)?(?:(?<ms>\d+)ms)?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
