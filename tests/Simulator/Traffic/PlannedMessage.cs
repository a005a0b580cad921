namespace PostalSimulator.Traffic;

/// <summary>A message that will arrive, with what will become of it unless Postal's own checks step in.</summary>
internal sealed record PlannedMessage
{
    /// <summary>Arrival, unix microseconds.</summary>
    public required long AtMicroseconds { get; init; }

    /// <summary>Name of the credential; null for incoming mail.</summary>
    public required string? Credential { get; init; }

    public required string Recipient { get; init; }

    public required int SizeBytes { get; init; }

    /// <summary>Whether the message belongs to an episode of abuse.</summary>
    public bool IsAbuse { get; init; }

    /// <summary>The reply of the failing attempts; null when none fails, or when no server of the domain can be found.</summary>
    public SmtpReply? Reply { get; init; }

    /// <summary>Attempts that are put off before the last one.</summary>
    public int Deferrals { get; init; }

    /// <summary>Whether the attempt after the deferrals is refused for good.</summary>
    public bool IsRefused { get; init; }

    /// <summary>Time from arrival to the first attempt, in microseconds.</summary>
    public required long QueueMicroseconds { get; init; }

    /// <summary>Time from delivery to the arrival of a bounce message, in seconds; 0 for none.</summary>
    public int BounceAfterSeconds { get; init; }

    public string Domain => Recipient[(Recipient.LastIndexOf('@') + 1)..];
}
