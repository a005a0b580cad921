using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Gives some servers a send limit that their honest mail stays below.</summary>
internal static class SendLimits
{
    private const double Limited = 0.4;

    /// <summary>Sets the limits, after the everyday mail is known.</summary>
    public static void Set(IReadOnlyList<MailHost> hosts, TraceOptions options)
    {
        var random = new RandomStream(options.Seed, RandomStream.KeyOf("limits"), 0);
        var active = hosts.Where(host => host.Accounts.Exists(account => account.Role == AccountRole.Active));
        foreach (var host in random.Shuffled(active).Take(Math.Max(2, (int)(hosts.Count * Limited))))
            host.SendLimit = Rounded(Math.Max(50, BusiestHour(host, options.Weeks * TraceTime.Week) * random.Between(1.6, 2.5)));
    }

    private static double BusiestHour(MailHost host, int minutes)
    {
        const int Step = 15;
        var busiest = 0.0;
        for (var minute = 0; minute < minutes; minute += Step)
            busiest = Math.Max(busiest, host.Accounts.Sum(account => account.Flows.Sum(flow => flow.Expected(minute, minute + TraceTime.Hour))));
        return busiest;
    }

    // As people choose them: two digits and zeros.
    private static int Rounded(double limit)
    {
        var unit = Math.Pow(10, Math.Floor(Math.Log10(limit)) - 1);
        return (int)(Math.Ceiling(limit / unit) * unit);
    }
}
