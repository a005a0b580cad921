using PostalSimulator.Installations;
using PostalSimulator.Traffic;

namespace PostalSimulator.History;

/// <summary>A row of <c>messages</c> as it stands when the history ends. Times are unix microseconds.</summary>
internal sealed record MessageRecord
{
    public required long Id { get; init; }

    public required string Scope { get; init; }

    /// <summary>Name of the credential; null for incoming mail.</summary>
    public required string? Credential { get; init; }

    public required string Recipient { get; init; }

    public required long At { get; init; }

    public required int SizeBytes { get; init; }

    public string Status { get; init; } = "Pending";

    /// <summary>Null while nothing was attempted.</summary>
    public long? LastAttemptAt { get; init; }

    /// <summary>End of the hold; null when the message is not held.</summary>
    public long? HoldExpiresAt { get; init; }

    /// <summary>Id of the message this one is a bounce for; 0 when it is none.</summary>
    public long BounceForId { get; init; }

    /// <summary>The episode it belongs to; null for ordinary traffic.</summary>
    public Episode? Episode { get; init; }
}

/// <summary>A row of <c>deliveries</c>. Times are unix microseconds.</summary>
internal sealed record DeliveryRecord
{
    public required MessageKey Message { get; init; }

    public required long At { get; init; }

    public required DeliveryOutcome Outcome { get; init; }

    /// <summary>Failure class of the metric contract when this is the message's first failure, else null.</summary>
    public string? FirstFailure { get; init; }
}

/// <summary>What a delivery has to know of its message.</summary>
internal sealed record MessageKey(long Id, string Scope, string? Credential, string Recipient);

/// <summary>A row of <c>queued_messages</c> at the end of the history.</summary>
internal sealed record QueueRecord(MessageKey Message, long At, int Attempts, long? RetryAfter);

/// <summary>A row of <c>suppressions</c>.</summary>
internal sealed record SuppressionRecord(string Address, string Reason, long At);

/// <summary>Receives a server's history: messages by id, deliveries by time.</summary>
internal interface IHistorySink
{
    void Message(MessageRecord message);

    void Delivery(DeliveryRecord delivery);

    void Queued(QueueRecord queued);

    void Suppressed(SuppressionRecord suppression);

    /// <summary>Called after each minute of the history.</summary>
    ValueTask MinuteEndedAsync(long unixMinute, CancellationToken cancellationToken);
}
