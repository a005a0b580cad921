namespace PostalSimulator.Traffic;

/// <summary>How much one credential sends, or one server receives, when, to whom and with what success.</summary>
public sealed record TrafficProfile
{
    /// <summary>Mean of a weekday.</summary>
    public double MessagesPerDay { get; init; }

    public Rhythm Rhythm { get; init; } = new(Rhythm.Named["flat"]);

    public RecipientMix Recipients { get; init; } = RecipientMix.Named["consumer"];

    public BounceBehaviour Bounces { get; init; } = new();

    public Reactions Reactions { get; init; } = new();

    /// <summary>Mean size of a message, in bytes.</summary>
    public int SizeBytes { get; init; } = 20_000;
}

/// <summary>Shares of messages that fail in a given way; the rest is delivered at once.</summary>
public sealed record BounceBehaviour
{
    /// <summary>The address or its domain does not exist.</summary>
    public double UnknownRecipients { get; init; } = 0.01;

    /// <summary>Share of the unknown recipients with a few addresses that are mailed again, which Postal comes to suppress.</summary>
    public double RepeatedUnknown { get; init; } = 0.1;

    /// <summary>Refused for now, delivered at a later attempt.</summary>
    public double SoftFail { get; init; } = 0.02;

    /// <summary>The mailbox is full, by most receivers' wording for now.</summary>
    public double MailboxFull { get; init; } = 0.001;

    /// <summary>Refused as spam or for the sender's reputation.</summary>
    public double SpamRefusals { get; init; } = 0.0005;

    /// <summary>Accepted first, reported undeliverable by a bounce message minutes to hours later.</summary>
    public double LateBounces { get; init; } = 0.001;
}
