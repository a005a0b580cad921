using System.Globalization;
using PostalSimulator.Installations;

namespace PostalSimulator.Traffic;

/// <summary>The traffic of one server, minute by minute, the same for the same scenario whenever it is asked for.</summary>
internal sealed class TrafficPlan
{
    private const long MicrosecondsPerMinute = 60_000_000;

    // Addresses that fail are mostly typed wrong once; a few stay on somebody's list and fail again.
    private const int RepeatedDeadAddresses = 50;

    /// <summary>Domains that do not exist begin with it.</summary>
    public const string DeadDomainPrefix = "@gone-";

    private const double ShareOfDeadDomains = 0.08;

    private readonly ulong seed;
    private readonly List<Source> sources;
    private readonly List<(Episode Episode, long StartMicroseconds, ulong Key)> episodes = [];

    public TrafficPlan(ulong seed, string serverPath, IReadOnlyDictionary<string, TrafficProfile> credentials, TrafficProfile? incoming)
    {
        this.seed = seed;
        var all = credentials.Select(credential =>
            new Source(credential.Key, credential.Value, RandomStream.KeyOf($"{serverPath}/{credential.Key}"))).ToList();
        if (incoming is not null)
            all.Add(new Source(null, incoming, RandomStream.KeyOf($"{serverPath}/")));
        sources = all;
    }

    /// <summary>Factor on the volume of all credentials, for histories of a given number of messages.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Traffic of nothing but one episode that begins at a moment.</summary>
    public static TrafficPlan Of(ulong seed, Episode episode, DateTimeOffset start)
    {
        var plan = new TrafficPlan(seed, episode.Server, new Dictionary<string, TrafficProfile>(), null);
        plan.Add(episode, start);
        return plan;
    }

    /// <summary>Adds the traffic of an episode that begins at a moment.</summary>
    public void Add(Episode episode, DateTimeOffset start) =>
        episodes.Add((episode, Microseconds(start), RandomStream.KeyOf($"{episode.Server}/{episode.Credential}#{episode.Name}")));

    /// <summary>Messages expected in a minute, episodes left out.</summary>
    public double ExpectedIn(long unixMinute) => sources.Sum(source => Mean(source, unixMinute));

    /// <summary>The messages of a minute in order of arrival.</summary>
    public List<PlannedMessage> Minute(long unixMinute)
    {
        var messages = new List<PlannedMessage>();
        foreach (var source in sources)
        {
            var random = new RandomStream(seed, source.Key, unixMinute);
            Fill(messages, source, unixMinute, random.Poisson(Mean(source, unixMinute)), ref random);
        }
        foreach (var (episode, start, key) in episodes)
            AddEpisode(messages, episode, start, key, unixMinute);
        messages.Sort((a, b) => a.AtMicroseconds.CompareTo(b.AtMicroseconds));
        return messages;
    }

    /// <summary>As many outgoing messages as asked for in a minute, in order of arrival, none of which causes a further message.</summary>
    public List<PlannedMessage> Minute(long unixMinute, int count)
    {
        var messages = new List<PlannedMessage>(count);
        for (var i = 0; i < sources.Count; i++)
        {
            var random = new RandomStream(seed, sources[i].Key, unixMinute);
            Fill(messages, sources[i], unixMinute, count * (i + 1) / sources.Count - count * i / sources.Count, ref random);
        }
        messages.Sort((a, b) => a.AtMicroseconds.CompareTo(b.AtMicroseconds));
        return messages;
    }

    public static long Microseconds(DateTimeOffset moment) => (moment - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private double Mean(Source source, long unixMinute) =>
        Scale * source.Profile.MessagesPerDay / 1440 * source.Profile.Rhythm.FactorAt(unixMinute, seed, source.Key);

    private static void Fill(List<PlannedMessage> messages, Source source, long unixMinute, int count, ref RandomStream random)
    {
        for (var i = 0; i < count; i++)
        {
            var at = unixMinute * MicrosecondsPerMinute + (long)(random.Share() * MicrosecondsPerMinute);
            messages.Add(source.Credential is { } credential
                ? WithReaction(
                    Outgoing(credential, at, source.Profile.Recipients, source.Profile.Bounces, source.Profile.SizeBytes, ref random),
                    source.Profile.Reactions, ref random)
                : Incoming(at, source.Profile.SizeBytes, ref random));
        }
    }

    private void AddEpisode(List<PlannedMessage> messages, Episode episode, long start, ulong key, long unixMinute)
    {
        var interval = 1_000_000 / episode.MessagesPerSecond;
        var end = start + (long)episode.Duration.TotalMicroseconds;
        var from = Math.Max(start, unixMinute * MicrosecondsPerMinute);
        var to = Math.Min(end, (unixMinute + 1) * MicrosecondsPerMinute);
        for (var index = (long)Math.Ceiling((from - start) / interval); start + (long)(index * interval) < to; index++)
        {
            var random = new RandomStream(seed, key, index);
            var message = Outgoing(episode.Credential, start + (long)(index * interval), episode.Recipients, episode.Bounces, 9_000, ref random);
            if (episode.Kind == EpisodeKind.Loop)
                message = Delivered(message, episode.LoopRecipient);
            else if (episode.ListedShare > 0 && random.Happens(episode.ListedShare))
                message = Delivered(message, episode.ListedRecipients[random.Below(episode.ListedRecipients.Count)]);
            if (episode.SourceNetworks > 0)
                message = message with { ClientAddress = Client(random.Below(episode.SourceNetworks), random.Below(254)) };
            messages.Add(WithReaction(message, episode.Reactions, ref random) with { Episode = episode });
        }
    }

    private static PlannedMessage Delivered(PlannedMessage message, string recipient) =>
        message with { Recipient = recipient, Reply = null, Deferrals = 0, IsRefused = false, BounceAfterSeconds = 0 };

    private static PlannedMessage WithReaction(PlannedMessage message, Reactions reactions, ref RandomStream random) =>
        reactions.Any ? message with { Reaction = reactions.Draw(ref random) } : message;

    /// <summary>An address of one of the networks of 198.18.0.0/15.</summary>
    private static string Client(int network, int host) =>
        string.Create(CultureInfo.InvariantCulture, $"198.{18 + network / 256}.{network % 256}.{1 + host}");

    private static PlannedMessage Incoming(long at, int sizeBytes, ref RandomStream random) => new()
    {
        AtMicroseconds = at,
        Credential = null,
        Recipient = string.Create(CultureInfo.InvariantCulture, $"team-{random.Below(20)}@in.example"),
        SizeBytes = Size(sizeBytes, ref random),
        QueueMicroseconds = Latency(ref random),
    };

    private static PlannedMessage Outgoing(
        string credential, long at, RecipientMix mix, BounceBehaviour bounces, int sizeBytes, ref RandomStream random)
    {
        var domain = mix.Draw(ref random);
        var message = new PlannedMessage
        {
            AtMicroseconds = at,
            Credential = credential,
            Recipient = string.Create(CultureInfo.InvariantCulture, $"user-{random.Below(200_000)}@{domain}"),
            SizeBytes = Size(sizeBytes, ref random),
            QueueMicroseconds = Latency(ref random),
        };
        var fate = random.Share();
        if ((fate -= bounces.UnknownRecipients) < 0)
            return Unknown(message, domain, bounces.RepeatedUnknown, ref random);
        if ((fate -= bounces.SoftFail) < 0)
            return message with { Reply = Receiver.Of(domain).Reply(Refusal.Deferral, ref random), Deferrals = random.Happens(0.8) ? 1 : 2 + random.Below(2) };
        if ((fate -= bounces.MailboxFull) < 0)
        {
            var reply = Receiver.Of(domain).Reply(Refusal.MailboxFull, ref random);
            return message with { Reply = reply, IsRefused = reply.IsPermanent, Deferrals = reply.IsPermanent ? 0 : 1 + random.Below(MailServer.MaximumAttempts) };
        }
        if ((fate -= bounces.SpamRefusals) < 0)
            return message with { Reply = Receiver.Of(domain).Reply(Refusal.SpamBlock, ref random), IsRefused = true };
        return fate < bounces.LateBounces ? message with { BounceAfterSeconds = 60 + (int)random.Exponential(1_800) } : message;
    }

    private static PlannedMessage Unknown(PlannedMessage message, string domain, double repeated, ref RandomStream random)
    {
        if (random.Happens(ShareOfDeadDomains))
            return message with
            {
                Recipient = string.Create(CultureInfo.InvariantCulture, $"user-{random.Below(1_000)}{DeadDomainPrefix}{random.Below(100_000)}.example"),
                Deferrals = MailServer.MaximumAttempts,
            };
        var local = random.Happens(repeated) ? random.Below(RepeatedDeadAddresses) : 1_000 + random.Below(1_000_000_000);
        return message with
        {
            Recipient = string.Create(CultureInfo.InvariantCulture, $"former-{local}@{domain}"),
            Reply = Receiver.Of(domain).Reply(Refusal.UnknownRecipient, ref random),
            IsRefused = true,
        };
    }

    private static int Size(int mean, ref RandomStream random) => (int)(mean * (0.4 + random.Exponential(0.6)));

    private static long Latency(ref RandomStream random) => 200_000 + (long)random.Exponential(700_000);

    private sealed record Source(string? Credential, TrafficProfile Profile, ulong Key);
}
