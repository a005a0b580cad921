using System.Globalization;
using System.Text.RegularExpressions;

namespace PostalExporter.Baselines;

/// <summary>The report in Markdown, as GitHub reads it. Plots are tables.</summary>
/// <param name="output">Where it goes.</param>
internal sealed partial class MarkdownReport(TextWriter output) : ReportWriter
{
    private static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    /// <summary>Text that means nothing but itself, in a paragraph, a heading or a cell of a table.</summary>
    public static string Escape(string text) => Special().Replace(
        VisibleText.Of(text),
        // A backslash before a bar would not do: tables are cut before it is read.
        match => match.Value is "`" or "*" or "_" or "[" or "]" or "#" or "!" or "~" or "$" or "^"
            ? $"\\{match.Value}"
            : string.Create(CultureInfo.InvariantCulture, $"&#{(int)match.Value[0]};"));

    /// <inheritdoc/>
    public override void Begin(string title) => output.Write($"# {Escape(title)}\n");

    /// <inheritdoc/>
    public override void Part(string heading, Action content)
    {
        output.Write($"\n## {Escape(heading)}\n");
        content();
    }

    /// <inheritdoc/>
    public override void Fold(string heading, Action content)
    {
        output.Write($"\n### {Escape(heading)}\n");
        content();
    }

    /// <inheritdoc/>
    public override void Paragraph(string text) => output.Write($"\n{Escape(text)}\n");

    /// <inheritdoc/>
    public override void List(IReadOnlyList<string> items)
    {
        if (items.Count > 0)
            output.Write($"\n{string.Concat(items.Select(item => $"- {Escape(item)}\n"))}");
    }

    /// <inheritdoc/>
    public override void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        output.Write('\n');
        Row(columns);
        output.Write($"|---{string.Concat(Enumerable.Repeat("|--:", columns.Count - 1))}|\n");
        foreach (var row in rows)
            Row(row);
    }

    /// <inheritdoc/>
    // No line of the text begins with a fence: names stand in comments only.
    public override void Yaml(string text) => output.Write($"\n```yaml\n{text}```\n");

    /// <inheritdoc/>
    public override void Plot(MailBaseline baseline)
    {
        Paragraph("By hour of the week (UTC): mean ± deviation; median; 95th percentile.");
        Table(["", .. Days], Enumerable.Range(0, 24).Select(hour => (string[])
        [
            string.Create(CultureInfo.InvariantCulture, $"{hour:00}:00"),
            .. Enumerable.Range(0, 7).Select(day => Cell(baseline.At(day * 24 + hour))),
        ]));
    }

    /// <inheritdoc/>
    public override void End()
    {
    }

    private static string Cell(Distribution normal) => normal.Count == 0
        ? "–"
        : $"{Figures.Count(normal.Mean)} ± {Figures.Count(normal.Deviation)}; {Figures.Count(normal.Percentile(50))}; {Figures.Count(normal.Percentile(95))}";

    private void Row(IEnumerable<string> cells) => output.Write($"| {string.Join(" | ", cells.Select(Escape))} |\n");

    // What begins emphasis, code, links, HTML, entities, cells, formulas and mentions, and what becomes a link by itself: addresses with
    // a scheme, and "www.". An underscore within a word is only that.
    [GeneratedRegex(@"[\\`*\[\]<>&|#!~$@^]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:(?=//)|(?<=mailto|xmpp):|(?<=www)\.", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Special();
}
