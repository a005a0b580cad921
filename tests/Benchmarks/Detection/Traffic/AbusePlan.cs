using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Chooses the accounts that are abused in the last week, each once at most.</summary>
internal static class AbusePlan
{
    // The other servers stay clean, as long as their accounts are not needed.
    private const double AbusedHosts = 0.6;

    /// <summary>Adds the episodes to the accounts' mail.</summary>
    public static List<AbuseEpisode> Add(IReadOnlyList<MailHost> hosts, TraceOptions options)
    {
        var random = new RandomStream(options.Seed, RandomStream.KeyOf("abuse"), 0);
        var effects = new AbuseEffects(options);
        var abused = random.Shuffled(hosts).Take((int)Math.Ceiling(hosts.Count * AbusedHosts)).ToHashSet();
        var free = random.Shuffled(hosts.SelectMany(host => host.Accounts)).Where(account => account.Role != AccountRole.NewCustomer).ToList();
        var episodes = new List<AbuseEpisode>();
        foreach (var kind in AbuseKinds.All)
        {
            for (var i = 0; i < kind.EpisodesOf(options.Credentials); i++)
            {
                var account = free.OrderBy(kind.Misfit).ThenBy(account => abused.Contains(account.Host) ? 0 : 1).First();
                free.Remove(account);
                episodes.Add(effects.Add(kind, account));
            }
        }
        return [.. episodes.OrderBy(episode => episode.BeginMinute)];
    }
}
