using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Lists that mail goes to beside the everyday one.</summary>
internal static class ListMix
{
    /// <summary>A customer's campaign: people that were not written to for a while.</summary>
    public static MailMix Campaign(MailMix everyday, ref RandomStream random) => everyday with
    {
        Unknown = random.Between(0.01, 0.03),
        NewDomains = random.Between(0.01, 0.08),
        Suppressed = 0,
        NewNetworks = 0,
    };

    /// <summary>A customer's campaign to an old list.</summary>
    public static MailMix OldList(MailMix everyday, ref RandomStream random)
    {
        var clean = Campaign(everyday, ref random);
        return clean with { Unknown = clean.Unknown + random.Between(0.01, 0.06), NewDomains = random.Between(0.05, 0.4) };
    }

    /// <summary>A thief's list that was guessed or is old.</summary>
    /// <param name="random">Chance.</param>
    /// <param name="leastUnknown">The smallest share of unknown recipients.</param>
    /// <param name="mostUnknown">The largest one.</param>
    /// <param name="messages">Expected number, over which new networks spread.</param>
    public static MailMix Bad(ref RandomStream random, double leastUnknown, double mostUnknown, double messages) => new()
    {
        Unknown = random.Between(leastUnknown, mostUnknown),
        MailboxFull = random.Between(0.005, 0.02),
        SpamBlock = random.Between(0.005, 0.05),
        IpReputation = random.Between(0, 0.01),
        Deferred = random.Between(0.03, 0.1),
        LateBounces = 0.005,
        Complaints = random.Between(0.0005, 0.003),
        Flagged = random.Happens(0.5) ? random.Between(0, 0.02) : 0,
        NewDomains = random.Between(0.1, 0.6),
        Foreign = random.Between(0.2, 0.8),
        NewNetworks = random.Happens(0.6) ? random.Whole(2, 30) / messages : 0,
    };

    /// <summary>A thief's list of addresses that exist: foreign ones, all the same.</summary>
    public static MailMix Clean(ref RandomStream random, double messages) => new()
    {
        Unknown = random.Between(0.01, 0.06),
        MailboxFull = random.Between(0.001, 0.006),
        SpamBlock = random.Between(0, 0.003),
        IpReputation = random.Between(0, 0.001),
        Deferred = random.Between(0.02, 0.06),
        LateBounces = 0.003,
        Complaints = random.Between(0.0003, 0.001),
        NewDomains = random.Between(0.3, 0.7),
        Foreign = random.Between(0.2, 0.8),
        NewNetworks = random.Happens(0.5) ? random.Whole(1, 10) / messages : 0,
    };
}
