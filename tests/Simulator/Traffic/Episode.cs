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
}

/// <summary>Traffic on top of the ordinary, for some time.</summary>
public sealed record Episode(string Name, EpisodeKind Kind, string Server, string Credential)
{
    /// <summary>When it begins, relative to the start of a live run (negative: in the history); null with no <see cref="StartAt"/>: on demand only.</summary>
    public TimeSpan? StartAfter { get; init; }

    /// <summary>When it begins, as a moment.</summary>
    public DateTimeOffset? StartAt { get; init; }

    public double MessagesPerSecond { get; init; } = 10;

    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(20);

    public RecipientMix Recipients { get; init; } = RecipientMix.Named["consumer"];

    public BounceBehaviour Bounces { get; init; } = new();

    /// <summary>Whether its messages are abuse (or a loop, which is treated as one).</summary>
    public bool IsAbuse => Kind != EpisodeKind.Campaign;

    /// <summary>The moment it begins when a live run begins, or history ends, at <paramref name="liveStart"/>; null when only on demand.</summary>
    public DateTimeOffset? StartFor(DateTimeOffset liveStart) => StartAt ?? (StartAfter is { } after ? liveStart + after : null);
}
