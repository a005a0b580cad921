using PostalExporter.RawMail;

namespace PostalExporter.Signals;

/// <summary>
/// A row of <c>messages</c> with its raw text, read a second time after it was counted. What is not needed, or was deleted, is null.
/// </summary>
internal sealed class InspectedMessage
{
    /// <summary><c>id</c></summary>
    public required long Id { get; init; }

    /// <summary><c>timestamp</c>, Unix seconds, 0 when NULL.</summary>
    public required long UnixSeconds { get; init; }

    /// <summary>Scope <c>outgoing</c>; else <c>incoming</c>.</summary>
    public required bool Outgoing { get; init; }

    /// <summary><c>credential_id</c>, 0 when NULL.</summary>
    public required int CredentialId { get; init; }

    /// <summary><c>rcpt_to</c></summary>
    public string? Recipient { get; init; }

    /// <summary><c>subject</c>, the first 200 characters. Never leaves the process.</summary>
    public string? Subject { get; init; }

    /// <summary><c>tag</c>; Postal fills it in later for mail that gives it in a header.</summary>
    public string? Tag { get; init; }

    /// <summary><c>raw_table</c>; null when the raw text was deleted.</summary>
    public string? RawTable { get; init; }

    /// <summary><c>raw_headers_id</c>, 0 when NULL.</summary>
    public long RawHeadersId { get; init; }

    /// <summary><c>raw_body_id</c>, 0 when NULL.</summary>
    public long RawBodyId { get; init; }

    /// <summary>The header block as stored. Never leaves the process.</summary>
    public byte[]? Headers { get; set; }

    /// <summary>The body as stored, cut at a limit. Never leaves the process.</summary>
    public byte[]? Body { get; set; }

    /// <summary>What an incoming message at a route of complaints reports; null when it reports nothing, or is none.</summary>
    public Complaint? Complaint { get; set; }
}

/// <summary>A complaint that came in.</summary>
/// <param name="Type">What is reported.</param>
/// <param name="About">The outgoing messages that it is about, by the servers that sent them; empty when none was found.</param>
internal sealed record Complaint(FeedbackType Type, IReadOnlyList<ComplainedMessage> About);

/// <summary>An outgoing message that somebody complained about.</summary>
/// <param name="Sender">The server that sent it.</param>
/// <param name="MessageId"><c>messages.id</c> there.</param>
/// <param name="CredentialId"><c>messages.credential_id</c>, 0 when NULL.</param>
internal readonly record struct ComplainedMessage(ServerView Sender, long MessageId, int CredentialId);

/// <summary>What of a message's raw text signals ask for.</summary>
[Flags]
internal enum InspectionNeeds
{
    /// <summary>Nothing: messages are not inspected.</summary>
    None = 0,

    /// <summary>The header block of outgoing messages.</summary>
    OutgoingHeaders = 1,

    /// <summary>The body of outgoing messages.</summary>
    OutgoingBody = 2,

    /// <summary><c>messages.subject</c> of outgoing messages.</summary>
    Subject = 4,

    /// <summary>Header block and body of incoming messages at the routes of complaints.</summary>
    Complaints = 8,

    /// <summary>Rows of <c>links</c>.</summary>
    Links = 16,

    /// <summary>Everything that needs the messages read a second time.</summary>
    Messages = OutgoingHeaders | OutgoingBody | Subject | Complaints,
}
