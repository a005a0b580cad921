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
public sealed record Message(long Id, string Scope, string Recipient, long? CredentialId, long? DomainId)
{
    /// <summary><c>messages.token</c>, which the stored header <c>X-Postal-MsgID</c> repeats once the message was processed.</summary>
    public string Token { get; init; } = "";

    /// <summary><c>messages.message_id</c>: the header <c>Message-ID</c> without angle brackets; null when the message has none.</summary>
    public string? MessageId { get; init; }

    /// <summary><c>messages.mail_from</c>; null for the empty sender.</summary>
    public string? Sender { get; init; }

    /// <summary><c>messages.subject</c>.</summary>
    public string? Subject { get; init; }

    /// <summary>Value of its header <c>X-Postal-Tag</c>; null when it has none.</summary>
    public string? TagHeader { get; init; }

    /// <summary>Links that its first processing replaces by tracking links, see <see cref="MessageDraft.Links"/>.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];
}

/// <summary>A route as it stands in the main database.</summary>
/// <param name="Id"><c>routes.id</c>.</param>
/// <param name="Address">The address it receives for.</param>
/// <param name="Domain">The address's domain.</param>
/// <param name="Mode"><c>Accept</c>, <c>Hold</c>, <c>Bounce</c>, <c>Reject</c> or <c>Endpoint</c>.</param>
public sealed record Route(long Id, string Address, SendingDomain Domain, string Mode);

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
