using System.Globalization;

namespace PostalExporter.Baselines;

/// <summary>Draws the weeks as SVG: messages of each hour and the seasonal high, and which hours were left out.</summary>
internal static class WeeksPlot
{
    private const int Left = 50;
    private const int Top = 8;
    private const int Wide = 776;
    private const int High = 140;

    /// <summary>Writes the drawing. Nothing in it comes from names.</summary>
    /// <param name="baseline">What is drawn.</param>
    /// <param name="number">Tells the drawings of a page apart.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(MailBaseline baseline, int number, TextWriter output)
    {
        var span = baseline.Span;
        // What was left out may be far above all else, and is cut off.
        var most = Math.Max(1, Math.Max(baseline.Normal.Highest, baseline.Highs.Where(double.IsFinite).DefaultIfEmpty(0).Max())) * 1.05;
        string X(double hour) => (Left + hour * Wide / span.Hours).ToString("0.#", CultureInfo.InvariantCulture);
        string Y(double value) => (Top + High - Math.Min(value / most, 2) * High).ToString("0.#", CultureInfo.InvariantCulture);

        output.Write(FormattableString.Invariant(
            $"<svg viewBox=\"0 0 {Left + Wide} {Top + High + 18}\" role=\"img\" aria-label=\"Messages of each hour\">\n<clipPath id=\"c{number}\"><rect x=\"{Left}\" y=\"{Top}\" width=\"{Wide}\" height=\"{High}\"/></clipPath>\n"));
        foreach (var mark in (double[])[0, 0.5, 1])
        {
            var value = most / 1.05 * mark;
            output.Write(FormattableString.Invariant(
                $"<line x1=\"{Left}\" x2=\"{Left + Wide}\" y1=\"{Y(value)}\" y2=\"{Y(value)}\" class=\"grid\"/><text x=\"{Left - 4}\" y=\"{Y(value)}\" dy=\"4\" text-anchor=\"end\">{Figures.Count(value)}</text>\n"));
        }

        foreach (var monday in span.Numbers.Where(hour => span.HourOfWeek(hour) == 0))
        {
            // The name of the last one would not fit beside its line.
            var anchor = monday * Wide / span.Hours > Wide - 60 ? "end" : "start";
            output.Write(
                $"<line x1=\"{X(monday)}\" x2=\"{X(monday)}\" y1=\"{Top}\" y2=\"{Top + High}\" class=\"grid\"/>"
                + $"<text x=\"{X(monday)}\" y=\"{Top + High + 14}\" text-anchor=\"{anchor}\">{span.BeginOf(monday).ToString("ddd MM-dd", CultureInfo.InvariantCulture)}</text>\n");
        }

        foreach (var (first, last) in Runs(span, hour => baseline.LeftOut[hour] != LeftOut.No, hour => baseline.LeftOut[hour]))
        {
            output.Write(FormattableString.Invariant(
                $"<path d=\"M{X(first)} {Top}H{X(last + 1)}V{Top + High}H{X(first)}Z\" class=\"{(baseline.LeftOut[first] == LeftOut.Alert ? "alert" : "campaign")}\"/>\n"));
        }

        foreach (var (values, style) in (ReadOnlySpan<(double[], string)>)[(baseline.Highs, "high"), (baseline.Messages, "mail")])
        {
            var lines = Runs(span, hour => double.IsFinite(values[hour]), _ => true)
                .Select(run => "M" + string.Join('L', Enumerable.Range(run.First, run.Last - run.First + 1).Select(hour => $"{X(hour + 0.5)} {Y(values[hour])}")));
            output.Write($"<path d=\"{string.Concat(lines)}\" class=\"{style}\" clip-path=\"url(#c{number.ToString(CultureInfo.InvariantCulture)})\"/>\n");
        }

        output.Write("</svg>\n");
    }

    /// <summary>Neighbouring hours that are drawn and alike.</summary>
    private static IEnumerable<(int First, int Last)> Runs<T>(BaselineSpan span, Func<int, bool> isDrawn, Func<int, T> kind)
    {
        for (var first = 0; first < span.Hours; first++)
        {
            if (!isDrawn(first))
                continue;
            var last = first;
            while (last + 1 < span.Hours && isDrawn(last + 1) && Equals(kind(last + 1), kind(first)))
                last++;
            yield return (first, last);
            first = last;
        }
    }
}
