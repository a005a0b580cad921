using System.Globalization;

namespace PostalSimulator.Scenarios;

/// <summary>Durations as Prometheus writes them, with one unit: <c>15s</c>, <c>20m</c>, <c>6h</c>, <c>3d</c>, <c>2w</c>.</summary>
internal static class Durations
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Length < 2 || !double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out var number))
            return false;
        var seconds = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, 'w' => 604_800, _ => 0 };
        duration = TimeSpan.FromSeconds(number * seconds);
        return seconds > 0;
    }
}
