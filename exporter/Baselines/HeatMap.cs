using System.Globalization;

namespace PostalExporter.Baselines;

/// <summary>Draws the hours of the week as SVG: a row for each day, a column for each hour, the darker the more mail.</summary>
internal static class HeatMap
{
    private const int Left = 34;
    private const int Top = 16;
    private const int Wide = 33;
    private const int High = 18;
    private const int Shades = 8;

    private static readonly string[] Days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    /// <summary>Writes the drawing. Nothing in it comes from names.</summary>
    public static void Write(MailBaseline baseline, TextWriter output)
    {
        var hours = Enumerable.Range(0, BaselineSpan.Week).Select(baseline.At).ToList();
        var most = hours.Where(hour => hour.Count > 0).Max(hour => hour.Mean);
        output.Write(FormattableString.Invariant($"<svg viewBox=\"0 0 {Left + 24 * Wide} {Top + 7 * High}\" role=\"img\" aria-label=\"Messages by hour of the week\">\n"));
        for (var hour = 0; hour < 24; hour++)
            output.Write(FormattableString.Invariant($"<text x=\"{Left + hour * Wide + Wide / 2}\" y=\"11\" text-anchor=\"middle\">{hour:00}</text>\n"));
        for (var day = 0; day < 7; day++)
        {
            output.Write(FormattableString.Invariant($"<text x=\"0\" y=\"{Top + day * High + 13}\">{Days[day]}</text>\n"));
            for (var hour = 0; hour < 24; hour++)
                Cell(day, hour, hours[day * 24 + hour], most, output);
        }

        output.Write("</svg>\n");
    }

    private static void Cell(int day, int hour, Distribution normal, double most, TextWriter output)
    {
        // By the square root, so that quiet hours can be told apart beside a newsletter's.
        var shade = normal.Count == 0 ? "n" : string.Create(CultureInfo.InvariantCulture, $"v{(most > 0 ? Math.Ceiling(Shades * Math.Sqrt(normal.Mean / most)) : 0)}");
        var title = normal.Count == 0
            ? "no normal hour"
            : $"mean {Figures.Count(normal.Mean)} ± {Figures.Count(normal.Deviation)}, median {Figures.Count(normal.Percentile(50))}, 95th percentile {Figures.Count(normal.Percentile(95))}, of {normal.Count} hours";
        output.Write(FormattableString.Invariant(
            $"<rect x=\"{Left + hour * Wide}\" y=\"{Top + day * High}\" width=\"{Wide - 1}\" height=\"{High - 1}\" class=\"{shade}\"><title>{Days[day]} {hour:00}:00: {title}</title></rect>\n"));
    }
}
