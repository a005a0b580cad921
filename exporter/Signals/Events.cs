namespace PostalExporter.Signals;

/// <summary>A row of <c>messages</c> as it was inserted.</summary>
/// <param name="Id"><c>id</c></param>
/// <param name="Outgoing">Scope <c>outgoing</c>; else <c>incoming</c>.</param>
/// <param name="CredentialId"><c>credential_id</c>, 0 when NULL.</param>
/// <param name="DomainId"><c>domain_id</c>, 0 when NULL.</param>
/// <param name="Bytes"><c>size</c> in bytes, 0 when NULL.</param>
/// <param name="Recipient"><c>rcpt_to</c></param>
/// <param name="UnixSeconds"><c>timestamp</c>, 0 when NULL.</param>
internal readonly record struct MessageEvent(
    long Id, bool Outgoing, int CredentialId, int DomainId, long Bytes, string? Recipient, long UnixSeconds);

/// <summary>A row of <c>deliveries</c> joined with its message.</summary>
internal readonly record struct DeliveryEvent
{
    /// <summary><c>deliveries.id</c></summary>
    public required long Id { get; init; }

    /// <summary><c>deliveries.message_id</c>, 0 when NULL.</summary>
    public required long MessageId { get; init; }

    /// <summary><c>deliveries.status</c>, verbatim.</summary>
    public required string Status { get; init; }

    /// <summary><c>deliveries.details</c>; null unless the delivery failed or was held.</summary>
    public string? Details { get; init; }

    /// <summary><c>deliveries.output</c>; null unless the delivery failed.</summary>
    public string? Output { get; init; }

    /// <summary>Scope <c>outgoing</c>, also when the message is gone; else <c>incoming</c>.</summary>
    public required bool Outgoing { get; init; }

    /// <summary><c>messages.credential_id</c>, 0 when NULL or when the message is gone.</summary>
    public required int CredentialId { get; init; }

    /// <summary><c>messages.rcpt_to</c>, null when the message is gone.</summary>
    public string? Recipient { get; init; }

    /// <summary><c>deliveries.timestamp</c> less <c>messages.timestamp</c> in seconds; null when the message is gone or one of them is NULL.</summary>
    public double? SecondsSinceAccepted { get; init; }

    /// <summary><c>messages.spam</c> at the time of reading.</summary>
    public bool Spam { get; init; }

    /// <summary><c>messages.threat</c> at the time of reading.</summary>
    public bool Threat { get; init; }

    /// <summary>Whether the message had failed before this server's first collection.</summary>
    public bool FailedBefore { get; init; }

    /// <summary>Whether the message had any delivery before this server's first collection; known only for a flagged one.</summary>
    public bool ProcessedBefore { get; init; }

    /// <summary>Whether an attempt to send the message had been made before this server's first collection.</summary>
    public bool AttemptedBefore { get; init; }

    /// <summary>Why it failed; <see cref="FailureReason.Other"/> when it did not, or is incoming.</summary>
    public FailureReason Reason { get; init; }

    /// <summary>Whether the status is one of a failed attempt: SoftFail, HardFail or Bounced.</summary>
    public bool Failed => Status is DeliveryStatus.SoftFail or DeliveryStatus.HardFail or DeliveryStatus.Bounced;
}

/// <summary>A row of <c>loads</c> or <c>clicks</c>.</summary>
/// <param name="Click">A link was clicked; else the message was opened.</param>
internal readonly record struct TrackingEvent(bool Click);

/// <summary>A row of <c>links</c> joined with its message.</summary>
/// <param name="Id"><c>links.id</c></param>
/// <param name="MessageId"><c>links.message_id</c>, 0 when NULL.</param>
/// <param name="CredentialId"><c>messages.credential_id</c>, 0 when NULL or when the message is gone.</param>
/// <param name="Outgoing">Scope <c>outgoing</c>, also when the message is gone; else <c>incoming</c>.</param>
/// <param name="Url"><c>links.url</c>. Never leaves the process.</param>
internal readonly record struct LinkEvent(long Id, long MessageId, int CredentialId, bool Outgoing, string Url);

/// <summary>The statuses of <c>deliveries</c>, as Postal writes them.</summary>
internal static class DeliveryStatus
{
    /// <summary>Accepted by the receiver.</summary>
    public const string Sent = "Sent";

    /// <summary>Failed for now; another attempt follows.</summary>
    public const string SoftFail = "SoftFail";

    /// <summary>Failed for good.</summary>
    public const string HardFail = "HardFail";

    /// <summary>On hold until somebody decides, or for seven days.</summary>
    public const string Held = "Held";

    /// <summary>A hold that ended without sending.</summary>
    public const string HoldCancelled = "HoldCancelled";

    /// <summary>A bounce came back after it was sent.</summary>
    public const string Bounced = "Bounced";

    /// <summary>Incoming mail that was accepted or recognized as a bounce.</summary>
    public const string Processed = "Processed";

    /// <summary>An exception of Postal; another attempt follows.</summary>
    public const string Error = "Error";

    /// <summary>The one string object of a known status, so that rows do not keep copies; else the text, fit for a label.</summary>
    public static string Intern(string status) => status switch
    {
        Sent => Sent,
        SoftFail => SoftFail,
        HardFail => HardFail,
        Held => Held,
        HoldCancelled => HoldCancelled,
        Bounced => Bounced,
        Processed => Processed,
        Error => Error,
        _ => Postal.LabelText.Clean(status),
    };
}
