namespace PostalExporter.RawMail;

/// <summary>A message, or one within it, while a report is read.</summary>
/// <param name="parent">The message that it is within; null for the outermost.</param>
internal sealed class ReportedMessage(ReportedMessage? parent)
{
    /// <summary>The message that it is within; null for the outermost.</summary>
    public ReportedMessage? Parent => parent;

    /// <summary>Its Message-ID without angle brackets; null when it has none.</summary>
    public string? MessageId { get; init; }

    /// <summary>The token that Postal gave it; null when it has none.</summary>
    public string? Token { get; init; }

    /// <summary>The domain of its sender; null when it states none.</summary>
    public string? SenderDomain { get; init; }

    /// <summary>Whether it is a report.</summary>
    public bool IsReport { get; private set; }

    /// <summary>Whether it may be what is reported: it is within another and neither a report nor a forward of one.</summary>
    public bool IsReported => parent is not null && !IsReport && !BringsReport;

    /// <summary>Whether one of the messages that it is within is a report.</summary>
    public bool IsWithinReport => parent is { IsReport: true } or { IsWithinReport: true };

    private bool BringsReport { get; set; }

    /// <summary>Marks it as a report, and the messages that it is within as what brings it.</summary>
    public void MarkReport()
    {
        IsReport = true;
        for (var outer = parent; outer is not null; outer = outer.Parent)
            outer.BringsReport = true;
    }
}
