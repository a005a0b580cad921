namespace PostalExporter.RawMail;

/// <summary>What was found in a message so far, and how much of it may still be looked at.</summary>
internal sealed class ReportFindings
{
    // Characters of texts that are searched, of all parts together.
    private const int MaxTextLength = 256 * 1024;

    private readonly List<ReportedMessage> messages = [];
    private readonly List<string> quotedTokens = [];
    private readonly List<string> quotedMessageIds = [];
    private FeedbackType? type;
    private bool isFromMicrosoft;
    private string? reporterDomain;
    private int parts;

    /// <summary>Whether nothing more may be looked at.</summary>
    public bool IsEnough => parts > FeedbackReport.MaxParts;

    /// <summary>Whether it is a note of delivery or an automatic reply, whatever it brings along.</summary>
    public bool IsAutomaticReply { get; set; }

    /// <summary>Characters of texts that may still be searched.</summary>
    public int TextLeft { get; private set; } = MaxTextLength;

    /// <summary>Adds a part; past the limit of them reading stops.</summary>
    /// <returns>Whether it may be looked at.</returns>
    public bool TryAddPart()
    {
        if (!IsEnough)
            parts++;
        return !IsEnough;
    }

    /// <summary>Adds the outermost message or one within another.</summary>
    public void Add(ReportedMessage message) => messages.Add(message);

    /// <summary>Takes note that a message's form is that of a report, before its fields are read.</summary>
    /// <returns>Whether it is one. What the sender of a reported message made look like one is not.</returns>
    public bool TryMarkReport(ReportedMessage message)
    {
        if (message.IsSenders)
            return false;
        message.MarkReport();
        reporterDomain ??= message.Header.SenderDomain;
        type ??= FeedbackType.Other;
        return true;
    }

    /// <summary>Takes note of the fields of a report; those of the first that states a type count.</summary>
    /// <param name="stated">Its type; null when it states none.</param>
    /// <param name="domain">The reporting provider's domain; null when it states none.</param>
    public void AddReport(FeedbackType? stated, string? domain)
    {
        if (type is null or FeedbackType.Other)
            (type, reporterDomain) = (stated ?? FeedbackType.Other, domain ?? reporterDomain);
    }

    /// <summary>Takes note that Microsoft's own header of a report was met.</summary>
    public void AddMicrosoftHeader() => isFromMicrosoft = true;

    /// <summary>Searches a text for headers that somebody quoted.</summary>
    public void AddText(string text)
    {
        TextLeft -= text.Length;
        quotedTokens.AddRange(QuotedHeaders.Tokens(text));
        quotedMessageIds.AddRange(QuotedHeaders.MessageIds(text));
    }

    /// <summary>The result; null when it is no report and names no message.</summary>
    public FeedbackReport? ToReport()
    {
        if (IsAutomaticReply && type is null)
            return null;
        var reported = messages.Where(message => message.IsReported).ToList();
        var tokens = Bounded(reported.Select(message => message.Header.Token));
        var messageIds = Bounded(reported.Select(message => message.Header.MessageId));
        // What the reported message itself quotes is its sender's doing, so texts count only when there is no message.
        if (tokens.Count == 0 && messageIds.Count == 0)
            (tokens, messageIds) = (Bounded(quotedTokens), Bounded(quotedMessageIds));

        if (type is { } stated)
            return new FeedbackReport(stated, tokens, messageIds, reporterDomain);
        if (isFromMicrosoft && reported.Count > 0)
            return new FeedbackReport(FeedbackType.Abuse, tokens, messageIds, messages[0].Header.SenderDomain);
        return tokens.Count + messageIds.Count == 0 ? null : new FeedbackReport(FeedbackType.AbuseMail, tokens, messageIds, null);
    }

    private static List<string> Bounded(IEnumerable<string?> found) =>
        [.. found.OfType<string>().Distinct(StringComparer.Ordinal).Take(FeedbackReport.MaxMessages)];
}
