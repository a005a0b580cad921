using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>The everyday mail of an honest customer, with newsletters and nightly jobs.</summary>
internal static class OrdinaryTraffic
{
    // Newsletters go out on one of them.
    private const int WorkingDays = 5;

    /// <summary>Gives an account its mail.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="options">Seed and length of the trace.</param>
    /// <param name="holiday">Minute at which the holiday begins.</param>
    public static void Add(Account account, TraceOptions options, int holiday)
    {
        var minutes = options.Weeks * TraceTime.Week;
        var profile = account.Profile;
        var random = new RandomStream(options.Seed, account.Key, 1);
        // Who is new reads the manual first.
        var begin = account.Created == 0 ? 0 : account.Created + random.Whole(30, 600);
        var regulars = RecipientPool.Regulars(options.Seed ^ account.Key, profile.Regulars);
        var ordinary = new MailFlow(begin, new double[minutes - begin], profile.Mix, regulars);
        FillOrdinary(ordinary, account, options.Seed, holiday, ref random);
        account.Ordinary = ordinary;
        account.Flows.Add(ordinary);
        if (profile.NewsletterShare > 0)
            account.Flows.Add(Newsletters(account, minutes, options.Seed, ref random));
        if (profile.NightlyShare > 0)
            account.Flows.Add(NightlyJobs(account, minutes, options.Seed, holiday, ref random));
    }

    private static void FillOrdinary(MailFlow flow, Account account, ulong seed, int holiday, ref RandomStream random)
    {
        const int Block = 10;
        var profile = account.Profile;
        var perMinute = profile.MessagesPerDay * (1 - profile.NewsletterShare - profile.NightlyShare) / TraceTime.Day;
        var startMinute = TraceTime.Start.ToUnixTimeSeconds() / 60;
        var (day, block) = (1.0, 1.0);
        for (var i = 0; i < flow.Rates.Length; i++)
        {
            var minute = flow.Begin + i;
            if (i == 0 || minute % TraceTime.Day == 0)
                day = Math.Exp((profile.DayNoise * random.Normal()) - (profile.DayNoise * profile.DayNoise / 2));
            if (i % Block == 0)
                block = random.Gamma(profile.Evenness);
            var shape = profile.Rhythm.FactorAt(startMinute + minute + (profile.HoursAhead * TraceTime.Hour), seed, account.Key);
            flow.Rates[i] = perMinute * shape * day * block * Growth(profile, minute) * OnHoliday(profile, minute, holiday);
        }
    }

    // The same hour every week, or some minutes later. A list of its own: everybody once.
    private static MailFlow Newsletters(Account account, int minutes, ulong seed, ref RandomStream random)
    {
        var profile = account.Profile;
        var hour = random.Whole(8, 19) - profile.HoursAhead;
        var slot = (random.Below(WorkingDays) * TraceTime.Day) + (hour * TraceTime.Hour) + random.Below(TraceTime.Hour);
        var length = random.Whole(20, 60);
        var flow = new MailFlow(0, new double[minutes], profile.Mix with { Suppressed = 0 }, RecipientPool.List(seed ^ account.Key ^ 1));
        for (var week = 0; week * TraceTime.Week < minutes; week++)
        {
            var begin = (week * TraceTime.Week) + slot + random.Whole(-6, 6);
            var messages = profile.MessagesPerDay * WorkingDays * profile.NewsletterShare * Growth(profile, begin) * random.Between(0.9, 1.1);
            AddBatch(flow, begin, length, messages);
        }
        return flow;
    }

    private static MailFlow NightlyJobs(Account account, int minutes, ulong seed, int holiday, ref RandomStream random)
    {
        var profile = account.Profile;
        var slot = (random.Whole(0, 5) * TraceTime.Hour) + random.Below(TraceTime.Hour);
        var length = random.Whole(5, 30);
        var flow = new MailFlow(0, new double[minutes], profile.Mix, RecipientPool.Regulars(seed ^ account.Key ^ 2, profile.Regulars));
        for (var day = 0; day * TraceTime.Day < minutes; day++)
        {
            var begin = (day * TraceTime.Day) + slot + random.Whole(-10, 10);
            var messages = profile.MessagesPerDay * profile.NightlyShare * Growth(profile, begin) * OnHoliday(profile, begin, holiday);
            AddBatch(flow, begin, length, messages * Math.Exp(profile.DayNoise * random.Normal()));
        }
        return flow;
    }

    private static void AddBatch(MailFlow flow, int begin, int length, double messages)
    {
        for (var minute = Math.Max(0, begin); minute < Math.Min(begin + length, flow.Rates.Length); minute++)
            flow.Rates[minute] += messages / length;
    }

    private static double Growth(AccountProfile profile, int minute) => Math.Pow(1 + profile.GrowthPerWeek, (double)minute / TraceTime.Week);

    private static double OnHoliday(AccountProfile profile, int minute, int holiday) =>
        profile.KeepsHoliday && minute >= holiday && minute < holiday + TraceTime.Day ? 1.0 / 3 : 1;
}
