namespace PostalExporter.Baselines;

/// <summary>Writes the parts of a report in one format. Texts come as plain text; the format escapes them.</summary>
internal abstract class ReportWriter
{
    /// <summary>Begins the report.</summary>
    public abstract void Begin(string title);

    /// <summary>A part with a heading of level 2, and what <paramref name="content"/> writes.</summary>
    public abstract void Part(string heading, Action content);

    /// <summary>A smaller part, which may be folded.</summary>
    public abstract void Fold(string heading, Action content);

    /// <summary>A paragraph.</summary>
    public abstract void Paragraph(string text);

    /// <summary>A list, or nothing when it is empty.</summary>
    public abstract void List(IReadOnlyList<string> items);

    /// <summary>A table; the first column is text, all others are numbers.</summary>
    public abstract void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows);

    /// <summary>YAML to copy.</summary>
    public abstract void Yaml(string text);

    /// <summary>The hours of the week, and what there is to see of the weeks.</summary>
    public abstract void Plot(MailBaseline baseline);

    /// <summary>Ends the report.</summary>
    public abstract void End();
}
