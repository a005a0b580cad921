namespace PostalExporter.RawMail;

/// <summary>A message, or one within it, while a report is read.</summary>
/// <param name="parent">The message that it is within; null for the outermost.</param>
/// <param name="header">Its header.</param>
internal sealed class ReportedMessage(ReportedMessage? parent, HeaderBlock header)
{
    private bool isReport;
    private bool bringsReport;

    /// <summary>The message that it is within; null for the outermost.</summary>
    public ReportedMessage? Parent => parent;

    /// <summary>Its header.</summary>
    public HeaderBlock Header => header;

    /// <summary>Whether it may be what is reported: it is within another and neither a report nor a forward of one.</summary>
    public bool IsReported => parent is not null && !isReport && !bringsReport;

    /// <summary>
    /// Whether it is, or is within, a message that came from this side: one within a report, or within anything if Postal sent it. Spam
    /// that dresses up as a report is not taken for one then, nor for something else than what is reported.
    /// </summary>
    public bool IsSenders => parent is not null && (header.IsFromPostal || parent.isReport || parent.IsSenders);

    /// <summary>Marks it as a report, and the messages that it is within as what brings it.</summary>
    public void MarkReport()
    {
        isReport = true;
        for (var outer = parent; outer is not null; outer = outer.Parent)
            outer.bringsReport = true;
    }
}
