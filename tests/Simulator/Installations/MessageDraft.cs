namespace PostalSimulator.Installations;

/// <summary>The way a message comes in, which decides what its stored headers say of the client.</summary>
public enum ReceivedKind
{
    /// <summary>SMTP: Postal's own <c>Received: from HELO (RDNS [IP]) by HOST with SMTP; DATE</c> is the first line.</summary>
    Smtp,

    /// <summary>HTTP <c>send/message</c>: <c>from api (RDNS [IP])</c> with HTTP. <c>Received</c> headers of the caller stand before it.</summary>
    Api,

    /// <summary>Test message of the web interface: <c>from web-ui (RDNS [IP])</c> with HTTP.</summary>
    WebUi,

    /// <summary>HTTP <c>send/raw</c>: stored as handed over. The client's address is nowhere.</summary>
    ApiRaw,
}

/// <summary>What a sender hands to Postal, for one recipient.</summary>
public sealed record MessageDraft(string Recipient)
{
    /// <summary><c>outgoing</c> or <c>incoming</c>.</summary>
    public string Scope { get; init; } = "outgoing";

    public Credential? Credential { get; init; }

    /// <summary>Verified domain it is sent from, or the domain it was received for.</summary>
    public SendingDomain? Domain { get; init; }

    /// <summary>The route an incoming message came in by; null for mail to a return path.</summary>
    public Route? Route { get; init; }

    /// <summary>Null for the empty sender of notifications.</summary>
    public string? Sender { get; init; } = "hello@acme.example";

    public string Subject { get; init; } = "Your order";

    /// <summary><c>Message-ID</c> without angle brackets; null for a new one, empty for a message that lacks the header.</summary>
    public string? MessageId { get; init; }

    /// <summary>Size as received, in bytes. The stored raw rows are smaller, so that live runs stay light.</summary>
    public int SizeBytes { get; init; } = 2_000;

    /// <summary>Tag given to the API, which Postal stores at once.</summary>
    public string? Tag { get; init; }

    /// <summary>Value of the header <c>X-Postal-Tag</c>, which Postal stores at the first processing unless there is a tag already.</summary>
    public string? TagHeader { get; init; }

    public bool IsBounce { get; init; }

    /// <summary>Id of the message this one is a bounce for; 0 when it is none.</summary>
    public long BounceForId { get; init; }

    /// <summary>Whether header and body are stored in the day's raw table. Without them the columns that point there are NULL.</summary>
    public bool StoreRaw { get; init; } = true;

    /// <summary>How the message comes in. A server in privacy mode leaves the client out, but for incoming mail.</summary>
    public ReceivedKind ReceivedKind { get; init; } = ReceivedKind.Smtp;

    /// <summary>What the client calls itself: unchecked text that may imitate the rest of the line.</summary>
    public string Helo { get; init; } = "client";

    /// <summary>Address the client connects from; it stands in the stored <c>Received</c> header.</summary>
    public string ClientAddress { get; init; } = "192.0.2.10";

    /// <summary>Name that the client's address resolves to; null for none, where Postal repeats the address.</summary>
    public string? ReverseDns { get; init; }

    /// <summary>Header lines of the client's own, without line ends, in front of <c>From</c>.</summary>
    public IReadOnlyList<string> ExtraHeaders { get; init; } = [];

    /// <summary>Text of the message; null for one without the blank line that ends the headers, whose body Postal stores as NULL.</summary>
    public string? Body { get; init; } = "This is the text of the message.\r\n";

    /// <summary>
    /// Links of a message on whose domain Postal tracks opens and clicks. With any the message is HTML with <see cref="Body"/> and these
    /// links in it; the first processing replaces them, adds the picture and writes a row of <c>links</c> for each.
    /// </summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>When the message arrives; now when null.</summary>
    public DateTimeOffset? ReceivedAt { get; init; }
}
