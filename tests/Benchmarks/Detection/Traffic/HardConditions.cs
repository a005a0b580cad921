using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Adds what makes honest mail look like abuse, beside what campaigns and thieves do differently under hard conditions.</summary>
internal static class HardConditions
{
    /// <summary>Dormant credentials that their owners use again.</summary>
    public const int WakeUps = 2;

    /// <summary>Customers that come in the last two weeks.</summary>
    public const int NewCustomers = 2;

    /// <summary>Says since when the new customers' credentials exist, before they get their mail.</summary>
    public static void CreateNewCustomers(IReadOnlyList<MailHost> hosts, TraceOptions options)
    {
        var random = new RandomStream(options.Seed, RandomStream.KeyOf("new-customers"), 0);
        foreach (var account in AccountsOf(hosts, AccountRole.NewCustomer))
            account.Created = ((options.Weeks - 2) * TraceTime.Week) + random.Below((2 * TraceTime.Week) - (3 * TraceTime.Day));
    }

    /// <summary>Adds the rest, after abuse.</summary>
    public static void Add(IReadOnlyList<MailHost> hosts, TraceOptions options, BenignEvents events)
    {
        var random = new RandomStream(options.Seed, RandomStream.KeyOf("hard"), 0);
        var minutes = options.Weeks * TraceTime.Week;
        foreach (var account in AccountsOf(hosts, AccountRole.NewCustomer))
            events.Add("new-customer", account, account.Ordinary!.Begin, minutes);
        AddWakeUps(hosts, options, events, ref random);
        AddDecay(hosts, options, events, ref random);
        var begin = minutes - TraceTime.Week + (random.Below(7) * TraceTime.Day) + (random.Whole(7, 18) * TraceTime.Hour) + random.Below(TraceTime.Hour);
        events.Troubles.Add(new ProviderTrouble(random.Below(4), begin, begin + TraceTime.Hour, CallsUnknown: true, random.Between(0.5, 1)));
        events.Add("provider-unknown-hour", null, begin, begin + TraceTime.Hour);
    }

    private static void AddWakeUps(IReadOnlyList<MailHost> hosts, TraceOptions options, BenignEvents events, ref RandomStream random)
    {
        foreach (var account in random.Shuffled(AccountsOf(hosts, AccountRole.Dormant).Where(account => account.Flows.Count == 0)).Take(WakeUps))
        {
            var length = random.Whole(30, 180);
            var begin = random.Whole((options.Weeks - 1) * TraceTime.Week, (options.Weeks * TraceTime.Week) - length - TraceTime.Hour);
            var list = RecipientPool.List(options.Seed ^ account.Key);
            // The server has forgotten some of the domains that it was last used for.
            var mix = account.Profile.Mix with { NewDomains = random.Between(0.01, 0.15), NewNetworks = 0 };
            account.Flows.Add(MailFlow.Even(begin, length, random.LogBetween(10, 150), mix, list));
            events.Add("wake-up", account, begin, begin + length);
        }
    }

    // Nobody removes the addresses that die: from one to three of a hundred, a little more every day.
    private static void AddDecay(IReadOnlyList<MailHost> hosts, TraceOptions options, BenignEvents events, ref RandomStream random)
    {
        var minutes = options.Weeks * TraceTime.Week;
        var account = random.Shuffled(AccountsOf(hosts, AccountRole.Active))
            .OrderByDescending(account => account.IsFree(0, minutes))
            .ThenByDescending(account => account.IsFree(minutes - TraceTime.Week, minutes))
            .ThenByDescending(account => account.Traced.MessagesPerDay is >= 300 and <= 30_000)
            .First();
        var everyday = account.Ordinary!;
        account.Flows.Remove(everyday);
        var days = options.Weeks * 7;
        var rest = everyday with { Rates = [.. everyday.Rates] };
        for (var day = 0; day < days; day++)
        {
            var mix = everyday.Mix with { Unknown = 0.01 + (0.02 * day / (days - 1)) };
            account.Flows.Add(rest.TakeOut(day * TraceTime.Day, (day + 1) * TraceTime.Day, mix));
        }
        events.Add("decaying-list", account, 0, minutes);
    }

    private static IEnumerable<Account> AccountsOf(IReadOnlyList<MailHost> hosts, AccountRole role) =>
        hosts.SelectMany(host => host.Accounts).Where(account => account.Role == role);
}
