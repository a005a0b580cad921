namespace PostalSimulator.Installations;

/// <summary>An organization as it stands in the main database.</summary>
public sealed record Organization(long Id, string Name, string Permalink);

/// <summary>A credential as it stands in the main database.</summary>
public sealed record Credential(long Id, string Name, string Type);

/// <summary>A domain as it stands in the main database.</summary>
public sealed record SendingDomain(long Id, string Name);

/// <summary>A message that Postal has accepted.</summary>
/// <param name="Id"><c>messages.id</c> in the server's message database.</param>
/// <param name="Scope"><c>outgoing</c> or <c>incoming</c>.</param>
/// <param name="Recipient"><c>messages.rcpt_to</c>.</param>
/// <param name="CredentialId"><c>messages.credential_id</c>; null for incoming mail and for mail Postal sends itself.</param>
/// <param name="DomainId"><c>messages.domain_id</c>; null for mail to a return path.</param>
public sealed record Message(long Id, string Scope, string Recipient, long? CredentialId, long? DomainId);

/// <summary>What a sender hands to Postal, for one recipient.</summary>
public sealed record MessageDraft(string Recipient)
{
    /// <summary><c>outgoing</c> or <c>incoming</c>.</summary>
    public string Scope { get; init; } = "outgoing";

    public Credential? Credential { get; init; }

    /// <summary>Verified domain it is sent from, or the domain it was received for.</summary>
    public SendingDomain? Domain { get; init; }

    /// <summary>Null for the empty sender of notifications.</summary>
    public string? Sender { get; init; } = "hello@acme.example";

    public string Subject { get; init; } = "Your order";

    /// <summary>Size as received, in bytes. The stored raw rows are smaller, so that live runs stay light.</summary>
    public int SizeBytes { get; init; } = 2_000;

    public string? Tag { get; init; }

    public bool IsBounce { get; init; }

    /// <summary>Id of the message this one is a bounce for; 0 when it is none.</summary>
    public long BounceForId { get; init; }

    /// <summary>Whether header and body are stored in the day's raw table. Without them the columns that point there are NULL.</summary>
    public bool StoreRaw { get; init; } = true;

    /// <summary>Address the client connects from; it stands in the stored <c>Received</c> header.</summary>
    public string ClientAddress { get; init; } = "192.0.2.10";

    /// <summary>When the message arrives; now when null.</summary>
    public DateTimeOffset? ReceivedAt { get; init; }
}

/// <summary>A row of <c>messages</c> written without anything around it.</summary>
public sealed record MessageRow
{
    /// <summary>Explicit id; null lets the database count.</summary>
    public long? Id { get; init; }

    public string Scope { get; init; } = "outgoing";

    public string? Recipient { get; init; } = "someone@example.com";

    public string? Sender { get; init; } = "hello@acme.example";

    public string? Subject { get; init; } = "Your order";

    public long? CredentialId { get; init; }

    public long? DomainId { get; init; }

    public string Status { get; init; } = "Pending";

    /// <summary>Bytes; null as after the removal of the raw message.</summary>
    public long? SizeBytes { get; init; } = 2_000;

    public bool Spam { get; init; }

    public bool Threat { get; init; }

    public decimal SpamScore { get; init; }

    public bool IsBounce { get; init; }

    public long BounceForId { get; init; }

    public string? Tag { get; init; }

    public DateTimeOffset? ReceivedAt { get; init; }
}

/// <summary>A row of <c>deliveries</c> written without anything around it.</summary>
public sealed record DeliveryRow(long MessageId, string Status)
{
    /// <summary>Explicit id; null lets the database count.</summary>
    public long? Id { get; init; }

    public string? Details { get; init; }

    public string? Output { get; init; }

    public DateTimeOffset? At { get; init; }
}
