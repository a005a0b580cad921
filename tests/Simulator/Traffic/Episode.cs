namespace PostalSimulator.Traffic;

/// <summary>What an episode looks like from outside.</summary>
public enum EpisodeKind
{
    /// <summary>A stolen credential sends to a bad list.</summary>
    Hijack,

    /// <summary>A broken program sends to one address again and again.</summary>
    Loop,

    /// <summary>An honest customer sends much more than usual.</summary>
    Campaign,

    /// <summary>Passwords are tried at the SMTP server and rejected: no mail, and nothing in the databases.</summary>
    Guessing,
}

/// <summary>Traffic on top of the ordinary, for some time.</summary>
public sealed record Episode(string Name, EpisodeKind Kind, string Server, string Credential)
{
    /// <summary>When it begins, relative to the start of a live run (negative: in the history); null with no <see cref="StartAt"/>: on demand only.</summary>
    public TimeSpan? StartAfter { get; init; }

    /// <summary>When it begins, as a moment.</summary>
    public DateTimeOffset? StartAt { get; init; }

    /// <summary>UTC time of the day at which it begins, on the day that <see cref="StartAfter"/> leads to, or at the next such time without it.</summary>
    public TimeOnly? StartTime { get; init; }

    /// <summary>Messages, or passwords tried.</summary>
    public double MessagesPerSecond { get; init; } = 10;

    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(20);

    public RecipientMix Recipients { get; init; } = RecipientMix.Named["consumer"];

    public BounceBehaviour Bounces { get; init; } = new();

    public Reactions Reactions { get; init; } = new();

    /// <summary>Whether the credential is made when the episode begins.</summary>
    public bool IsNewCredential { get; init; }

    /// <summary>The verified domain it sends from; null for the server's first.</summary>
    public string? SenderDomain { get; init; }

    /// <summary>Networks (/24) its clients connect from, at most <see cref="MaximumNetworks"/>; 0 for where the credential's mail always comes from.</summary>
    public int SourceNetworks { get; init; }

    /// <summary>Null for that of ordinary mail.</summary>
    public string? Subject { get; init; }

    /// <summary>Links in each message, which Postal tracks.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>Share of messages to <see cref="ListedRecipients"/>.</summary>
    public double ListedShare { get; init; }

    /// <summary>Addresses of somebody's list, such as spam traps. They take the mail.</summary>
    public IReadOnlyList<string> ListedRecipients { get; init; } = [];

    /// <summary>Where a loop sends.</summary>
    public string LoopRecipient { get; init; } = "operations@company-1.example";

    /// <summary>There are so many networks in 198.18.0.0/15, which is nobody's.</summary>
    public const int MaximumNetworks = 512;

    /// <summary>Whether its messages are abuse (or a loop, which is treated as one).</summary>
    public bool IsAbuse => Kind is EpisodeKind.Hijack or EpisodeKind.Loop;

    /// <summary>The moment it begins when a live run begins, or history ends, at <paramref name="liveStart"/>; null when only on demand.</summary>
    public DateTimeOffset? StartFor(DateTimeOffset liveStart)
    {
        if (StartTime is not { } time)
            return StartAt ?? (StartAfter is { } after ? liveStart + after : null);
        var day = (liveStart + (StartAfter ?? TimeSpan.Zero)).UtcDateTime.Date;
        var start = new DateTimeOffset(day, TimeSpan.Zero) + time.ToTimeSpan();
        return StartAfter is null && start < liveStart ? start.AddDays(1) : start;
    }
}
