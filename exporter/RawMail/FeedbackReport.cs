namespace PostalExporter.RawMail;

/// <summary>
/// What an incoming message reports about messages of this installation: feedback reports of mailbox providers (RFC 5965, RFC 6591, those of
/// Microsoft that have the message only), also within a forward, and mail of people who bring the message along as an attachment or quote its
/// headers. Notes of delivery and automatic replies are none.
/// <para>
/// Anybody can send such a message, and the sender of the reported one chose its Message-ID and may have written a token of its own. So a
/// finding says which rows to look up, and no more; it goes into no label and no log.
/// </para>
/// <para>
/// A report counts once: the field <c>Incidents</c>, where a provider may say that it stands for many, is not read, since a forged one could say
/// anything.
/// </para>
/// </summary>
/// <param name="Type">What it is. Whether that is a complaint is for the caller to decide (<see cref="FeedbackType.NotSpam"/> is none).</param>
/// <param name="Tokens">
/// Tokens of the reported messages (<c>messages.token</c>, from <c>X-Postal-MsgID</c>) in the order found, without repetition, at most
/// <see cref="MaxMessages"/>.
/// </param>
/// <param name="MessageIds">Their Message-IDs (<c>messages.message_id</c>, without the angle brackets), likewise.</param>
/// <param name="ReporterDomain">
/// The provider's domain in lower case, by <c>Reporting-MTA</c> or else by the report's sender; null when neither states one, and for mail of
/// people.
/// </param>
internal sealed record FeedbackReport(FeedbackType Type, IReadOnlyList<string> Tokens, IReadOnlyList<string> MessageIds, string? ReporterDomain)
{
    /// <summary>Bytes of a message that are looked at.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Parts of a message that are looked at, those of messages within it too.</summary>
    public const int MaxParts = 200;

    /// <summary>Levels of parts within parts that are looked at.</summary>
    public const int MaxDepth = 16;

    /// <summary>Reported messages in one report that are told of.</summary>
    public const int MaxMessages = 10;

    /// <summary>Whether a machine made it in a form meant for machines.</summary>
    public bool IsReport => Type != FeedbackType.AbuseMail;

    /// <summary>
    /// Reads an incoming message. What is malformed or beyond the limits is left out.
    /// </summary>
    /// <param name="headers">Its header row.</param>
    /// <param name="body">Its body row; empty when there is none.</param>
    /// <returns>Null when it is no report and names no message.</returns>
    public static FeedbackReport? Parse(ReadOnlyMemory<byte> headers, ReadOnlyMemory<byte> body)
    {
        headers = headers[..Math.Min(headers.Length, MaxBytes)];
        body = body[..Math.Min(body.Length, MaxBytes - headers.Length)];
        var findings = new ReportFindings();
        ReportReader.Read([headers, "\r\n\r\n"u8.ToArray(), body], findings);
        return findings.ToReport();
    }
}
