namespace PostalSimulator.Installations;

/// <summary>What kind of message a complaint is.</summary>
public enum ComplaintForm
{
    /// <summary>A receiver's feedback loop: <c>multipart/report; report-type=feedback-report</c> (RFC 5965).</summary>
    Report,

    /// <summary>A person writes and quotes the headers of the mail in the text.</summary>
    Quoted,

    /// <summary>A person writes and attaches the mail.</summary>
    Forwarded,
}

/// <summary>How a complaint about a message reads.</summary>
public sealed record ComplaintShape
{
    public ComplaintForm Form { get; init; }

    /// <summary>The route it arrives by; null for <c>fbl@</c> the server's first domain, which is made when it is not there.</summary>
    public Route? Route { get; init; }

    /// <summary><c>abuse</c>, <c>fraud</c>, <c>virus</c>, <c>not-spam</c>, <c>opt-out</c>, <c>other</c>, or what a receiver makes up.</summary>
    public string FeedbackType { get; init; } = "abuse";

    /// <summary>Whether a report holds the original's headers alone, as <c>text/rfc822-headers</c>.</summary>
    public bool HasHeadersOnly { get; init; }

    /// <summary>Whether the original's header <c>X-Postal-MsgID</c> is left.</summary>
    public bool HasToken { get; init; } = true;

    /// <summary>Whether the original's <c>Message-ID</c> is left.</summary>
    public bool HasMessageId { get; init; } = true;

    /// <summary>Whether the recipient's address is blotted out wherever it stood.</summary>
    public bool IsRedacted { get; init; }

    /// <summary>Rows that arrive with this very text: several when it is handed over again, or its route has more endpoints.</summary>
    public int Copies { get; init; } = 1;

    /// <summary>When it arrives; now when null.</summary>
    public DateTimeOffset? ReceivedAt { get; init; }
}
