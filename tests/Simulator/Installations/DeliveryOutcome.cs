namespace PostalSimulator.Installations;

/// <summary>The result of one processing of one message, in the words Postal stores.</summary>
/// <param name="Status">A delivery status, e.g. <c>Sent</c>.</param>
/// <param name="Details"><c>deliveries.details</c>.</param>
/// <param name="Output"><c>deliveries.output</c>: the remote's reply; null where Postal decided itself.</param>
public sealed record DeliveryOutcome(string Status, string Details, string? Output = null)
{
    /// <summary>Where the example outcomes go: address, port and MX name as Postal prints them.</summary>
    public const string DefaultHost = "192.0.2.25:25 (mx1.example.com)";

    /// <summary>What follows the details when a hard fail puts the recipient on the suppression list.</summary>
    public const string SuppressionSuffix = " Recipient added to suppression list (too many hard fails)";

    /// <summary>Whether the remote was spoken to over TLS.</summary>
    public bool SentWithTls { get; init; } = true;

    /// <summary>Duration of the attempt; null where nothing was tried.</summary>
    public decimal? Seconds { get; init; } = 0.42m;

    /// <summary>Whether this was an attempt to send, whose result touches the suppression list.</summary>
    public bool IsAttempt => Output is not null && Status is "Sent" or "SoftFail" or "HardFail";

    public static DeliveryOutcome Sent(string recipient, string host = DefaultHost) =>
        new("Sent", $"Message for {recipient} accepted by {host}", "250 2.0.0 Ok: queued as 4Xk2pQ0zYz\n");

    /// <summary>Refused for good with this reply, whose first digit is 5.</summary>
    public static DeliveryOutcome HardFail(
        string reply = "550 5.1.1 <someone@example.com>: Recipient address rejected: User unknown in virtual mailbox table\n",
        string host = DefaultHost) =>
        new("HardFail", $"Permanent SMTP delivery error when sending to {host}", reply);

    /// <summary>Refused for now with this reply: its first digit is 4, or the code is 500-509 or 530-539.</summary>
    public static DeliveryOutcome SoftFail(
        string reply = "451 4.7.1 <someone@example.com>: Recipient address rejected: Greylisted, please try again later\n",
        string host = DefaultHost) =>
        new("SoftFail", $"Temporary SMTP delivery error when sending to {host}", reply);

    /// <summary>No server of the recipient's domain could be reached.</summary>
    public static DeliveryOutcome NoServer(string domain) =>
        new("SoftFail", $"No SMTP servers were available for {domain}. No hosts to try.") { Seconds = null, SentWithTls = false };

    public static DeliveryOutcome Bounced(long notificationId) =>
        Internal("Bounced", $"We've received a bounce message for this e-mail. See <msg:{notificationId}> for details.");

    public static DeliveryOutcome BounceDetected(long originalId) =>
        Internal("Processed", $"This has been detected as a bounce message for <msg:{originalId}>.");

    /// <summary>Incoming mail handed to an HTTP endpoint that took it.</summary>
    public static DeliveryOutcome ReceivedByEndpoint() => new("Sent", "Received a 200 from https://app.example/inbound", "OK") { Seconds = 0.12m };

    /// <summary>Incoming mail accepted by a route that keeps it.</summary>
    public static DeliveryOutcome Accepted() => Internal("Processed", "Message has been accepted but not sent to any endpoints.");

    public static DeliveryOutcome HeldBySendLimit(int limit) =>
        Internal("Held", $"Message held because send limit ({limit}) has been reached.");

    public static DeliveryOutcome HeldBySuppression(string recipient, string reason = "too many hard fails") =>
        Internal("Held", $"Recipient ({recipient}) is on the suppression list (reason: {reason})");

    public static DeliveryOutcome HeldByCredential() =>
        Internal("Held", "Credential is configured to hold all messages authenticated by it.");

    public static DeliveryOutcome HeldBySuspension() =>
        Internal("Held", "Mail server has been suspended. No e-mails can be processed at present. Contact support for assistance.");

    public static DeliveryOutcome HeldByDevelopmentMode() => Internal("Held", "Server is in development mode.");

    public static DeliveryOutcome HeldByQuarantine() => Internal("Held", "Message placed into quarantine.");

    public static DeliveryOutcome HoldCancelled() => Internal("HoldCancelled", "The hold on this message has been removed without action.");

    public static DeliveryOutcome AttemptsExhausted(int attempts, string recipient) =>
        Internal("HardFail", $"Maximum number of delivery attempts ({attempts}) has been reached. "
            + $"Added {recipient} to suppression list because delivery has failed {attempts} times.");

    public static DeliveryOutcome Error(string exception = "Resolv::ResolvTimeout: DNS lookup timed out") =>
        new("Error", "An internal error occurred while sending this message. This message will be retried automatically.", exception) { Seconds = null };

    private static DeliveryOutcome Internal(string status, string details) => new(status, details) { Seconds = null, SentWithTls = false };
}
