namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>A kind of abuse: how often a trace has it, and which accounts it happens to.</summary>
/// <param name="Name">Kebab-case.</param>
/// <param name="Episodes">Of 75 credentials.</param>
/// <param name="Measure">What an account is chosen by.</param>
/// <param name="Least">The smallest measure that fits.</param>
/// <param name="Most">The largest one.</param>
internal sealed record AbuseKind(string Name, int Episodes, Func<Account, double> Measure, double Least, double Most = double.PositiveInfinity)
{
    /// <summary>Episodes of a trace with so many credentials.</summary>
    public int EpisodesOf(int credentials) => Math.Max(1, (int)Math.Round(Episodes * credentials / 75.0));

    /// <summary>How badly an account fits: 0 for well, else the distance of its measure in powers of e.</summary>
    public double Misfit(Account account)
    {
        var measure = Measure(account);
        return measure <= 0 ? double.PositiveInfinity : Math.Max(0, Math.Max(Math.Log(Least / measure), Math.Log(measure / Most)));
    }
}

/// <summary>All kinds of abuse, those first that fewer accounts fit.</summary>
internal static class AbuseKinds
{
    public const string BurstBusy = "burst-busy";
    public const string BurstTiny = "burst-tiny";
    public const string NightBurst = "night-burst";
    public const string SlowRamp = "slow-ramp";
    public const string Loop = "loop";
    public const string BounceJump = "bounce-jump";
    public const string UnfamiliarDomains = "unfamiliar-domains";
    public const string Dormant = "dormant";
    public const string Complaints = "complaints";
    public const string HeldSurge = "held-surge";

    /// <summary>The kinds.</summary>
    public static readonly IReadOnlyList<AbuseKind> All =
    [
        new(Dormant, 3, account => account.Role == AccountRole.Dormant ? 1 : 0, 1),
        // One of those that the limit was made for.
        new(HeldSurge, 2, account => account.Host.SendLimit > 0 ? PerDay(account) / account.Host.SendLimit : 0, 0.5),
        new(NightBurst, 3, AtNight, 30),
        new(BurstTiny, 3, PerDay, 5, 50),
        new(Complaints, 2, PerDay, 1_000),
        new(BurstBusy, 4, PerDay, 1_000),
        new(BounceJump, 3, PerDay, 500),
        new(UnfamiliarDomains, 3, PerDay, 300, 20_000),
        new(SlowRamp, 2, PerDay, 500),
        new(Loop, 3, PerDay, 20, 20_000),
    ];

    /// <summary>The kind of a name.</summary>
    public static AbuseKind Of(string name) => All.First(kind => kind.Name == name);

    private static double PerDay(Account account) => account.Traced.MessagesPerDay;

    // Mean of an hour between midnight and five in the morning, where the customer is.
    private static double AtNight(Account account)
    {
        if (account.Ordinary is not { } ordinary)
            return 0;
        var (sum, hours) = (0.0, 0);
        for (var minute = ordinary.End - TraceTime.Week; minute < ordinary.End; minute += TraceTime.Hour)
        {
            if (TraceTime.HourOfDay(minute, account.Profile.HoursAhead) >= 5)
                continue;
            sum += ordinary.Expected(minute, minute + TraceTime.Hour);
            hours++;
        }
        return sum / hours;
    }
}
