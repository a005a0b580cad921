namespace PostalSimulator.Traffic;

/// <summary>What recipients do with mail that reached them, as shares of it. Nothing, unless told: then nothing is drawn for it either.</summary>
public sealed record Reactions
{
    /// <summary>The message is opened.</summary>
    public double Opens { get; init; }

    /// <summary>Its first link is followed.</summary>
    public double Clicks { get; init; }

    /// <summary>Its recipient complains, by a feedback report.</summary>
    public double Complaints { get; init; }

    /// <summary>Mean time from delivery to an open or a click.</summary>
    public TimeSpan ReadingDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Mean time from delivery to a complaint.</summary>
    public TimeSpan ComplaintDelay { get; init; } = TimeSpan.FromMinutes(40);

    internal bool Any => Opens > 0 || Clicks > 0 || Complaints > 0;

    /// <summary>What the recipient of one message does.</summary>
    internal Reaction Draw(ref RandomStream random) => new(
        Delay(Opens, ReadingDelay, ref random), Delay(Clicks, ReadingDelay, ref random), Delay(Complaints, ComplaintDelay, ref random));

    private static TimeSpan? Delay(double share, TimeSpan mean, ref RandomStream random) =>
        // Half to one and a half of the mean.
        random.Happens(share) ? mean * (0.5 + random.Share()) : null;
}

/// <summary>What the recipient of a message does, as the time from its delivery; null for nothing.</summary>
internal sealed record Reaction(TimeSpan? OpensAfter, TimeSpan? ClicksAfter, TimeSpan? ComplainsAfter);
