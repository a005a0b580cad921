using PostalSimulator.Installations;

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

    /// <summary>The episode it belongs to; null for ordinary traffic.</summary>
    public Episode? Episode { get; init; }

    /// <summary>Whether it never comes that far, since its client's login is rejected.</summary>
    public bool IsRejectedLogin => Episode?.Kind == EpisodeKind.Guessing;

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

    /// <summary>What its recipient does once it is delivered; null for nothing.</summary>
    public Reaction? Reaction { get; init; }

    /// <summary>Address of the client that hands it over; null for the usual one.</summary>
    public string? ClientAddress { get; init; }

    /// <summary>What an attempt to deliver it gives, counted from 0, once Postal's checks let it through.</summary>
    public DeliveryOutcome Attempt(int attempt)
    {
        if (Credential is null)
            return DeliveryOutcome.ReceivedByEndpoint();
        var isDeferred = attempt < Deferrals;
        if (isDeferred && Reply is null)
            return DeliveryOutcome.NoServer(Domain);
        var host = Receiver.Of(Domain).Host;
        if (!isDeferred && !IsRefused)
            return DeliveryOutcome.Sent(Recipient, host) with { Seconds = Seconds };
        var text = Reply!.Text.Replace("{0}", Recipient, StringComparison.Ordinal);
        return (isDeferred ? DeliveryOutcome.SoftFail(text, host) : DeliveryOutcome.HardFail(text, host)) with { Seconds = Seconds };
    }

    /// <summary>Failure class of an attempt by the metric contract; null when it is delivered.</summary>
    public string? ReasonOf(int attempt) => attempt < Deferrals || IsRefused ? Reply?.Reason ?? "dns_error" : null;

    public string Domain => Recipient[(Recipient.LastIndexOf('@') + 1)..];

    /// <summary>Duration of an attempt.</summary>
    private decimal Seconds => 0.2m + QueueMicroseconds / 10_000 % 200 / 100m;
}
