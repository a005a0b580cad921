using System.Globalization;
using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Draws the installation: organizations, servers and credentials of very different sizes.</summary>
internal sealed class Fleet
{
    /// <summary>Dormant credentials that nobody touches.</summary>
    private const int Sleepers = 2;

    private static readonly string[] Purposes = ["shop", "api", "crm", "billing", "alerts", "newsletter", "app", "website"];
    private static readonly string[] Countries = ["DE", "FR", "GB", "NL", "US", "ES", "IT", "PL"];

    private readonly TraceOptions options;
    private RandomStream random;

    private Fleet(TraceOptions options)
    {
        this.options = options;
        random = new RandomStream(options.Seed, RandomStream.KeyOf("fleet"), 0);
    }

    /// <summary>The servers with their credentials, which send nothing yet.</summary>
    /// <param name="options">How many.</param>
    /// <param name="abusedSleepers">Dormant credentials that thieves will find.</param>
    public static List<MailHost> Draw(TraceOptions options, int abusedSleepers) => new Fleet(options).Draw(abusedSleepers);

    private List<MailHost> Draw(int abusedSleepers)
    {
        var hosts = DrawHosts();
        var roles = DrawRoles(abusedSleepers);
        for (var i = 0; i < options.Credentials; i++)
        {
            var host = i < hosts.Count ? hosts[i] : random.One(hosts.Where(host => host.Accounts.Count < 4).ToList());
            AddAccount(host, roles[i], i);
        }
        return hosts;
    }

    private List<MailHost> DrawHosts()
    {
        var count = (int)Math.Round(options.Credentials / 2.15);
        var organizations = Math.Max(2, (int)Math.Round(count / 2.3));
        var hosts = new List<MailHost>();
        for (var i = 0; i < count; i++)
        {
            var organization = i < organizations ? i : random.Below(organizations);
            hosts.Add(new MailHost(Numbered("org", organization + 1), Numbered("mail", i + 1), i + 1)
            {
                DomainShares = DrawDomainShares(),
                HomeRegions = ["generic", .. random.Shuffled(Countries).Take(random.Whole(1, 3))],
            });
        }
        return hosts;
    }

    private List<AccountRole> DrawRoles(int abusedSleepers)
    {
        var hard = options.Conditions == TraceConditions.Hard;
        var dormant = abusedSleepers + Sleepers + (hard ? HardConditions.WakeUps : 0);
        var customers = hard ? HardConditions.NewCustomers : 0;
        return random.Shuffled(Enumerable.Range(0, options.Credentials).Select(i =>
            i < dormant ? AccountRole.Dormant : i < dormant + customers ? AccountRole.NewCustomer : AccountRole.Active));
    }

    private void AddAccount(MailHost host, AccountRole role, int number)
    {
        var perDay = role == AccountRole.NewCustomer
            ? random.LogBetween(500, Math.Min(15_000, options.MostMessagesPerDay))
            : random.LogBetween(5, options.MostMessagesPerDay);
        var profile = AccountProfile.Draw(perDay, ref random);
        if (role == AccountRole.NewCustomer)
            profile = profile.AsNew();
        var taken = host.Accounts.Select(account => account.Traced.Name);
        var name = random.One(Purposes.Except(taken).ToList());
        var account = new Account(host, new TracedCredential(host.Organization, host.Name, name, role == AccountRole.Active ? perDay : 0), profile, role)
        {
            Key = RandomStream.KeyOf(Numbered("account", number)),
        };
        var start = TraceTime.Start.ToUnixTimeSeconds();
        if (role != AccountRole.NewCustomer)
            account.FirstUse = start - (long)(random.LogBetween(70, 900) * 86_400);
        if (role == AccountRole.Dormant)
            account.LastUse = start - (long)(random.Between(10, 65) * 86_400);
        else if (role == AccountRole.Active)
            account.LastUse = start - random.Whole(60, 3_600);
        host.Accounts.Add(account);
    }

    private double[] DrawDomainShares()
    {
        // Between a server that writes to companies and one that writes to everybody.
        var consumers = random.Between(0.2, 0.9);
        double[] weights = [0.45, 0.12, 0.1, 0.1, 0.06, 0.08, 0.05, 0.04];
        var drawn = new double[weights.Length];
        for (var i = 0; i < weights.Length; i++)
            drawn[i] = weights[i] * random.Between(0.5, 1.5);
        var sum = drawn.Sum();
        return [.. drawn.Select(weight => weight / sum * consumers), 1 - consumers];
    }

    private static string Numbered(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}-{number}");
}
