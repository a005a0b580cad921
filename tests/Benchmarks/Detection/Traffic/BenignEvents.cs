using System.Globalization;
using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Adds what honest customers, operators and providers do that could be taken for abuse.</summary>
internal sealed class BenignEvents(IReadOnlyList<MailHost> hosts, TraceOptions options)
{
    private const int MostMessages = 250_000;

    // In the last week of 75 credentials, and in each week before.
    private const int PlannedLastWeek = 20;
    private const int PlannedBefore = 5;

    private readonly List<BenignEvent> events = [];
    private RandomStream random = new(options.Seed, RandomStream.KeyOf("benign"), 0);
    private int campaigns;

    private bool IsHard => options.Conditions == TraceConditions.Hard;

    /// <summary>What happened.</summary>
    public IReadOnlyList<BenignEvent> Events => events;

    /// <summary>Providers that fail for a while.</summary>
    public List<ProviderTrouble> Troubles { get; } = [];

    /// <summary>The day on which most customers do not work: a weekday of the third or second week before the last one.</summary>
    /// <returns>Its first minute.</returns>
    public static int DrawHoliday(TraceOptions options)
    {
        var random = new RandomStream(options.Seed, RandomStream.KeyOf("holiday"), 0);
        return (Math.Max(0, options.Weeks - 3 + random.Below(2)) * TraceTime.Week) + (random.Below(5) * TraceTime.Day);
    }

    /// <summary>Notes an event.</summary>
    public void Add(string kind, Account? account, int begin, int end) => events.Add(new BenignEvent(kind, account?.Traced, begin, end));

    /// <summary>Adds campaigns that nobody announced, about one a week for six servers.</summary>
    public void AddUnplannedCampaigns()
    {
        for (var week = 0; week < options.Weeks; week++)
        {
            for (var i = 0; i < Math.Max(1, (int)Math.Round(hosts.Count / 6.0)); i++)
            {
                var isDirty = IsHard && random.Happens(0.5);
                if (AddCampaign(week, isDirty) is var (account, begin, end))
                    Add(isDirty ? "dirty-campaign" : "unplanned-campaign", account, begin, end);
            }
        }
    }

    /// <summary>Adds campaigns that the operator knows of.</summary>
    public void AddPlannedCampaigns()
    {
        for (var week = 0; week < options.Weeks; week++)
        {
            var wanted = (week == options.Weeks - 1 ? PlannedLastWeek : PlannedBefore) * options.Credentials / 75.0;
            for (var i = 0; i < Math.Max(1, (int)Math.Round(wanted)); i++)
            {
                if (AddCampaign(week, isDirty: false) is not var (account, begin, end))
                    continue;
                Add("planned-campaign", account, begin, end);
                Announce(account.Host, begin, end);
            }
        }
    }

    /// <summary>Adds providers that take no mail for an hour or three: one before the last week, and one in it.</summary>
    public void AddProviderOutages()
    {
        var last = (options.Weeks - 1) * TraceTime.Week;
        foreach (var (from, to) in ((int, int)[])[(0, last), (last, last + TraceTime.Week)])
        {
            var length = random.Whole(60, 180);
            var begin = random.Whole(from + TraceTime.Day, to - length - TraceTime.Hour);
            Troubles.Add(new ProviderTrouble(random.Below(4), begin, begin + length, CallsUnknown: false, random.Between(0.8, 1)));
            Add("provider-outage", null, begin, begin + length);
        }
    }

    private (Account Account, int Begin, int End)? AddCampaign(int week, bool isDirty)
    {
        // A customer whose server has a limit asks for a higher one first.
        var candidates = hosts.Where(host => host.SendLimit == 0).SelectMany(host => host.Accounts)
            .Where(account => account.Role == AccountRole.Active && account.Traced.MessagesPerDay >= 30);
        foreach (var account in random.Shuffled(candidates))
        {
            var length = random.Whole(60, 240);
            var localBegin = (random.Below(7) * TraceTime.Day) + (random.Whole(8, 17) * TraceTime.Hour) + random.Below(TraceTime.Hour);
            var begin = (week * TraceTime.Week) + Math.Max(0, localBegin - (account.Profile.HoursAhead * TraceTime.Hour));
            if (begin + length > (week + 1) * TraceTime.Week || !account.IsFree(begin - TraceTime.Day, begin + length + TraceTime.Day))
                continue;
            var messages = account.UsualPerHour(begin) * random.LogBetween(5, 30) * length / TraceTime.Hour;
            var everyday = account.Profile.Mix;
            var mix = isDirty ? ListMix.OldList(everyday, ref random) : ListMix.Campaign(everyday, ref random);
            var list = RecipientPool.List(options.Seed ^ account.Key ^ (ulong)begin);
            account.Flows.Add(MailFlow.Mailing(begin, length, Math.Min(messages, MostMessages), mix, list));
            account.Take(begin, begin + length);
            return (account, begin, begin + length);
        }
        return null;
    }

    private void Announce(MailHost host, int begin, int end)
    {
        var from = begin - random.Whole(0, 15);
        var to = end + random.Whole(0, 15);
        // Somebody took one time zone for another.
        var shift = IsHard ? (random.Happens(0.5) ? 2 : -2) * TraceTime.Hour : 0;
        var most = options.Weeks * TraceTime.Week;
        var name = string.Create(CultureInfo.InvariantCulture, $"campaign-{++campaigns}");
        host.Campaigns.Add((name, Math.Clamp(from + shift, 0, most), Math.Clamp(to + shift, 0, most)));
    }
}
