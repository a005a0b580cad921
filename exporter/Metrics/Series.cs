using System.Text;

namespace PostalExporter.Metrics;

/// <summary>A time series: a family, label values, and the value that the page shows.</summary>
internal abstract class Series(Family family, string[] labels)
{
    private byte[]? head;

    /// <summary>The family.</summary>
    public Family Family => family;

    /// <summary>Label values in the family's order.</summary>
    public string[] Labels => labels;

    /// <summary>What the page shows, in the family's unit.</summary>
    public abstract double Shown { get; }

    /// <summary>Where it is among the series of its family on the page; -1 when it is not on it. Kept by <see cref="MetricsPage"/>.</summary>
    public int Place { get; set; } = -1;

    /// <summary>Its line up to the value, in UTF-8: <c>name{label="value"} </c>.</summary>
    public ReadOnlySpan<byte> Head => head ??= MakeHead();

    private byte[] MakeHead()
    {
        var text = new StringBuilder(family.Name);
        for (var i = 0; i < labels.Length; i++)
        {
            text.Append(i == 0 ? '{' : ',').Append(family.Labels[i]).Append("=\"");
            foreach (var character in labels[i])
            {
                _ = character switch
                {
                    '\\' => text.Append(@"\\"),
                    '"' => text.Append("\\\""),
                    '\n' => text.Append(@"\n"),
                    _ => text.Append(character),
                };
            }
            text.Append('"');
        }
        if (labels.Length > 0)
            text.Append('}');
        return Encoding.UTF8.GetBytes(text.Append(' ').ToString());
    }
}
