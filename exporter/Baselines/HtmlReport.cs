using System.Net;

namespace PostalExporter.Baselines;

/// <summary>The report as one HTML file that loads nothing, with plots.</summary>
/// <param name="output">Where it goes.</param>
internal sealed class HtmlReport(TextWriter output) : ReportWriter
{
    // Even if a name got through unescaped, nothing of it would run or be fetched.
    private const string Head = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
        <meta name="viewport" content="width=device-width"/>
        <style>
        :root { color-scheme: light; }
        body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 1200px; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-bottom: 1px solid #ccc; overflow-wrap: anywhere; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; }
        th, td { padding: .25rem .45rem; text-align: right; vertical-align: bottom; border-bottom: 1px solid #e5e5e5; }
        th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; min-width: 9rem; max-width: 20rem; }
        th { font-weight: 600; color: #555; } td, th:nth-child(n+6) { white-space: nowrap; } td:first-child { white-space: normal; }
        pre { background: #f6f7f9; border: 1px solid #ddd; padding: .8rem; overflow-x: auto; font-size: .82rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        details { border: 1px solid #ddd; border-radius: 4px; padding: .4rem .8rem; margin: .6rem 0; }
        summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
        figure { margin: 1rem 0; } figcaption { font-size: .82rem; color: #555; }
        svg { display: block; width: 100%; max-width: 860px; height: auto; font: 11px system-ui, sans-serif; }
        svg text { fill: #555; }
        .n { fill: #eee; } .v0 { fill: #f7fafc; } .v1 { fill: #deebf7; } .v2 { fill: #c6dbef; } .v3 { fill: #9ecae1; } .v4 { fill: #6baed6; }
        .v5 { fill: #4292c6; } .v6 { fill: #2171b5; } .v7 { fill: #08519c; } .v8 { fill: #08306b; }
        .grid { stroke: #e5e5e5; } .mail { fill: none; stroke: #2171b5; stroke-width: 1.2; } .high { fill: none; stroke: #d95f02; stroke-width: 1.2; }
        .alert { fill: #e31a1c; fill-opacity: .25; } .campaign { fill: #e6ab02; fill-opacity: .3; }
        .key { display: inline-block; width: 1.2em; height: .7em; margin: 0 .3em 0 1em; }
        .key.mail { background: #2171b5; height: .2em; vertical-align: middle; } .key.high { background: #d95f02; height: .2em; vertical-align: middle; }
        .key.alert { background: #f8c6c6; } .key.campaign { background: #f7e5b2; }
        </style>

        """;

    private int plots;

    /// <summary>Text that means nothing but itself, in an element or an attribute.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(VisibleText.Of(text));

    /// <inheritdoc/>
    public override void Begin(string title) => output.Write($"{Head}<title>{Escape(title)}</title>\n</head>\n<body>\n<h1>{Escape(title)}</h1>\n");

    /// <inheritdoc/>
    public override void Part(string heading, Action content)
    {
        output.Write($"<section>\n<h2>{Escape(heading)}</h2>\n");
        content();
        output.Write("</section>\n");
    }

    /// <inheritdoc/>
    public override void Fold(string heading, Action content)
    {
        output.Write($"<details>\n<summary>{Escape(heading)}</summary>\n");
        content();
        output.Write("</details>\n");
    }

    /// <inheritdoc/>
    public override void Paragraph(string text) => output.Write($"<p>{Escape(text)}</p>\n");

    /// <inheritdoc/>
    public override void List(IReadOnlyList<string> items)
    {
        if (items.Count > 0)
            output.Write($"<ul>\n{string.Concat(items.Select(item => $"<li>{Escape(item)}</li>\n"))}</ul>\n");
    }

    /// <inheritdoc/>
    public override void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        output.Write($"<div class=\"wide\">\n<table>\n<thead>{Row("th", columns)}</thead>\n<tbody>\n");
        foreach (var row in rows)
            output.Write($"{Row("td", row)}\n");
        output.Write("</tbody>\n</table>\n</div>\n");
    }

    /// <inheritdoc/>
    public override void Yaml(string text) => output.Write($"<pre>{string.Join('\n', text.Split('\n').Select(Escape))}</pre>\n");

    /// <inheritdoc/>
    public override void Plot(MailBaseline baseline)
    {
        if (baseline.Normal.Count == 0)
            return;
        output.Write("<figure>\n");
        WeeksPlot.Write(baseline, plots++, output);
        output.Write(
            "<figcaption>Messages of each hour<span class=\"key mail\"></span>mail<span class=\"key high\"></span>seasonal high"
            + "<span class=\"key alert\"></span>left out, alert<span class=\"key campaign\"></span>left out, campaign</figcaption>\n</figure>\n<figure>\n");
        HeatMap.Write(baseline, output);
        output.Write("<figcaption>Mean of the normal hours by hour of the week (UTC); the pointer shows spread and percentiles</figcaption>\n</figure>\n");
    }

    /// <inheritdoc/>
    public override void End() => output.Write("</body>\n</html>\n");

    private static string Row(string cell, IEnumerable<string> texts) => $"<tr>{string.Concat(texts.Select(text => $"<{cell}>{Escape(text)}</{cell}>"))}</tr>";
}
