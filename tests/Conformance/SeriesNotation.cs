using System.Globalization;
using System.Text.RegularExpressions;
using PostalExporter.Backtests;
using PostalExporter.RulePacks;

namespace PostalExporter.Conformance;

/// <summary>
/// promtool's notation of series: <c>3</c> a value, <c>1x4</c> the same five times, <c>0+2x3</c> three steps up from the first, <c>_</c> none,
/// <c>_x5</c> none five times, <c>stale</c> where the series ends.
/// </summary>
internal static partial class SeriesNotation
{
    /// <summary>The labels that a text like <c>name{label="value"}</c> states, the name among them.</summary>
    public static IReadOnlyDictionary<string, string> Labels(string text)
    {
        var selector = PromqlReader.Read(text).Selectors.Single();
        var labels = selector.Matchers.ToDictionary(matcher => matcher.Label, matcher => matcher.Value);
        if (selector.Name is { } name)
            labels.Add("__name__", name);
        return labels;
    }

    /// <summary>The values of a text, one for each interval; null for none.</summary>
    /// <exception cref="FormatException">A part of it is none of the notation.</exception>
    public static IEnumerable<double?> Values(string text) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).SelectMany(Expand);

    private static IEnumerable<double?> Expand(string part)
    {
        if (Part().Match(part) is not { Success: true } match)
            throw new FormatException($"{part} is no value of a series");
        var count = match.Groups["count"] is { Success: true } times ? int.Parse(times.ValueSpan, CultureInfo.InvariantCulture) : 0;
        var first = match.Groups["first"].Value;
        if (first == "_")
            return Enumerable.Repeat<double?>(null, Math.Max(1, count));
        if (first == "stale")
            return [RemoteWriteBody.StaleMarker];
        var step = match.Groups["step"] is { Success: true } slope ? double.Parse(slope.ValueSpan, CultureInfo.InvariantCulture) : 0;
        var value = double.Parse(first, CultureInfo.InvariantCulture);
        return Enumerable.Range(0, count + 1).Select(number => (double?)(value + number * step));
    }

    [GeneratedRegex(@"\A(?<first>_|stale|[+-]?[0-9.]+(e[+-]?\d+)?)((?<step>[+-][0-9.]+)?x(?<count>\d+))?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Part();
}
