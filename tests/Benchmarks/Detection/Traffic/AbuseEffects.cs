using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>What abuse does to the mail of an account.</summary>
/// <param name="options">Conditions and length of the trace.</param>
internal sealed class AbuseEffects(TraceOptions options)
{
    private readonly int week = (options.Weeks - 1) * TraceTime.Week;
    private RandomStream random = new(options.Seed, RandomStream.KeyOf("abuse"), 1);
    private int thieves;
    private ulong lists;

    /// <summary>Adds an episode to the account's mail.</summary>
    public AbuseEpisode Add(AbuseKind kind, Account account)
    {
        var (begin, end) = kind.Name switch
        {
            AbuseKinds.BurstBusy => BurstBusy(account),
            AbuseKinds.BurstTiny => BurstTiny(account),
            AbuseKinds.NightBurst => NightBurst(account),
            AbuseKinds.SlowRamp => SlowRamp(account),
            AbuseKinds.Loop => Loop(account),
            AbuseKinds.BounceJump => BounceJump(account),
            AbuseKinds.UnfamiliarDomains => UnfamiliarDomains(account),
            AbuseKinds.Dormant => Dormant(account),
            AbuseKinds.Complaints => Complaints(account),
            AbuseKinds.HeldSurge => HeldSurge(account),
            _ => throw new ArgumentException($"no effect of {kind.Name}", nameof(kind)),
        };
        account.Take(begin - TraceTime.Day, end + TraceTime.Day);
        return new AbuseEpisode(kind.Name, account.Traced, begin, end);
    }

    private (int Begin, int End) BurstBusy(Account account)
    {
        var (begin, end) = Draw(Hours(1, 6));
        var messages = Hourly(account, begin) * random.Between(3, 10) * (end - begin) / TraceTime.Hour;
        return Steal(account, begin, end, messages, 0.1);
    }

    private (int Begin, int End) BurstTiny(Account account)
    {
        var (begin, end) = Draw(random.Whole(20, 60));
        return Steal(account, begin, end, random.Between(100, 600), 0.08);
    }

    private (int Begin, int End) NightBurst(Account account)
    {
        var length = Hours(1, 4);
        var night = random.Whole(1, 5) * TraceTime.Day;
        var begin = week + night - (account.Profile.HoursAhead * TraceTime.Hour) + random.Below(Math.Max(1, (5 * TraceTime.Hour) - length));
        var usual = account.Ordinary!.Expected(begin, begin + length);
        return Steal(account, begin, begin + length, usual * random.Between(2, 4), 0.08);
    }

    // More of the same, a little every hour.
    private (int Begin, int End) SlowRamp(Account account)
    {
        var length = random.Whole(4 * TraceTime.Day, 5 * TraceTime.Day);
        var begin = week + random.Below(TraceTime.Week - length);
        var rates = new double[length];
        for (var i = 0; i < length; i++)
            rates[i] = account.Ordinary!.Rates[begin + i - account.Ordinary.Begin] * 2 * i / length;
        var mix = account.Profile.Mix with { NewDomains = account.Profile.Mix.NewDomains * 1.5, NewNetworks = 0 };
        account.Flows.Add(new MailFlow(begin, rates, mix, RecipientPool.Regulars(NewList(), account.Profile.Regulars * 2)));
        return (begin, begin + length);
    }

    private (int Begin, int End) Loop(Account account)
    {
        var (begin, end) = Draw(Hours(1, 6));
        var mix = account.Profile.Mix with { Unknown = 0, NewDomains = 0, SpamBlock = 0, Foreign = 0, Suppressed = 0, NewNetworks = 0 };
        var recipients = RecipientPool.Regulars(NewList(), random.Whole(1, 4));
        account.Flows.Add(MailFlow.Even(begin, end - begin, random.LogBetween(2, 15) * (end - begin), mix, recipients));
        return (begin, end);
    }

    private (int Begin, int End) BounceJump(Account account)
    {
        var (begin, end) = Draw(Hours(1, 6));
        // Where there is mail that could bounce.
        for (var tries = 0; tries < 100 && account.UsualPerHour(begin) < account.Profile.MessagesPerDay / 24; tries++)
            (begin, end) = Draw(end - begin);
        var mix = account.Profile.Mix with { Unknown = random.Between(0.1, 0.3) };
        account.Flows.Add(account.Ordinary!.TakeOut(begin, end, mix));
        return (begin, end);
    }

    private (int Begin, int End) UnfamiliarDomains(Account account)
    {
        var (begin, end) = Draw(Hours(1, 6));
        var messages = Math.Max(60, Hourly(account, begin) * random.Between(0.7, 2)) * (end - begin) / TraceTime.Hour;
        var mix = ListMix.Bad(ref random, 0.01, 0.04, messages) with
        {
            NewDomains = random.Between(0.5, 0.8),
            SpamBlock = random.Between(0.05, 0.15),
        };
        account.Flows.Add(MailFlow.Even(begin, end - begin, messages, mix, RecipientPool.List(NewList())));
        return (begin, end);
    }

    private (int Begin, int End) Dormant(Account account)
    {
        var (begin, end) = Draw(Hours(1, 6));
        return Steal(account, begin, end, random.LogBetween(20, 300) * (end - begin) / TraceTime.Hour, 0.05);
    }

    // The mailing is soon over, and its complaints take their time.
    private (int Begin, int End) Complaints(Account account)
    {
        var (begin, end) = Draw(Hours(4, 6));
        var messages = Math.Max(2_000, Hourly(account, begin) * random.Between(2, 5));
        var mix = ListMix.Campaign(account.Profile.Mix, ref random) with { Complaints = random.Between(0.003, 0.01) };
        account.Flows.Add(MailFlow.Mailing(begin, random.Whole(60, 120), messages, mix, RecipientPool.List(NewList())));
        return (begin, end);
    }

    private (int Begin, int End) HeldSurge(Account account)
    {
        var (begin, end) = Draw(Hours(1, 6));
        var messages = account.Host.SendLimit * random.Between(1.3, 3) * (end - begin) / TraceTime.Hour;
        return Steal(account, begin, end, messages, 0.05);
    }

    private (int Begin, int End) Steal(Account account, int begin, int end, double messages, double leastUnknown)
    {
        var clean = options.Conditions == TraceConditions.Hard && thieves++ % 2 == 0;
        var mix = clean ? ListMix.Clean(ref random, messages) : ListMix.Bad(ref random, leastUnknown, 0.4, messages);
        account.Flows.Add(MailFlow.Even(begin, end - begin, messages, mix, RecipientPool.List(NewList())));
        return (begin, end);
    }

    // What the account sends in that hour, but no less than its mean.
    private static double Hourly(Account account, int minute) => Math.Max(account.UsualPerHour(minute), account.Profile.MessagesPerDay / 24);

    private int Hours(double least, double most) => (int)random.Between(least * TraceTime.Hour, most * TraceTime.Hour);

    private (int Begin, int End) Draw(int length)
    {
        var begin = week + random.Whole(TraceTime.Hour, TraceTime.Week - length - (2 * TraceTime.Hour));
        return (begin, begin + length);
    }

    private ulong NewList() => options.Seed ^ RandomStream.KeyOf("abuse") ^ ++lists;
}
