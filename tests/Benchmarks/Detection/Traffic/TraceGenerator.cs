using PostalExporter.Metrics;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>
/// Makes labelled weeks of an installation as Prometheus would have scraped them. No database is involved: messages are drawn one by one,
/// and what the exporter would show of them is computed by its own classes where they decide values (recipient score, distinct and
/// repeated recipients, dormant credentials, unusual hours, thresholds).
/// </summary>
internal static class TraceGenerator
{
    /// <summary>Makes a trace.</summary>
    /// <param name="options">Which one. The same options give the same trace.</param>
    /// <exception cref="ArgumentException">The options are not valid.</exception>
    public static LabelledTrace Generate(TraceOptions options)
    {
        options.Validate();
        var hosts = Fleet.Draw(options, AbuseKinds.Of(AbuseKinds.Dormant).EpisodesOf(options.Credentials));
        var events = new BenignEvents(hosts, options);
        var abuse = Plan(hosts, options, events);
        var times = ScrapeTimes.Draw(options);
        foreach (var (begin, end) in times.Restarts)
            events.Add("restart", null, begin, end);

        var series = new List<MetricSeries>[hosts.Count];
        Parallel.For(0, hosts.Count, i => series[i] = new HostRun(hosts[i], options.Seed, times, events.Troubles).Run());
        return new LabelledTrace(
            TraceTime.Start,
            times.Minutes,
            [.. series.SelectMany(part => part), .. Installation(times)],
            [.. hosts.SelectMany(host => host.Accounts).Select(account => account.Traced)],
            abuse,
            [.. events.Events.OrderBy(happened => happened.BeginMinute)])
        {
            Resets = [.. Enumerable.Range(0, times.Minutes).Where(times.IsReset)],
        };
    }

    private static List<AbuseEpisode> Plan(List<MailHost> hosts, TraceOptions options, BenignEvents events)
    {
        var holiday = BenignEvents.DrawHoliday(options);
        events.Add("holiday", null, holiday, holiday + TraceTime.Day);
        HardConditions.CreateNewCustomers(hosts, options);
        foreach (var account in hosts.SelectMany(host => host.Accounts).Where(account => account.Role != AccountRole.Dormant))
            OrdinaryTraffic.Add(account, options, holiday);
        SendLimits.Set(hosts, options);
        var abuse = AbusePlan.Add(hosts, options);
        events.AddUnplannedCampaigns();
        events.AddPlannedCampaigns();
        events.AddProviderOutages();
        if (options.Conditions == TraceConditions.Hard)
            HardConditions.Add(hosts, options, events);
        return abuse;
    }

    private static IEnumerable<MetricSeries> Installation(ScrapeTimes times)
    {
        var book = new SeriesBook(times);
        book.Constant("postal_up", 1);
        book.Constant("postal_exporter_build_info", 1, 0, ("version", "0.1.0"), ("revision", "trace"), ("contract", Families.ContractVersion));
        var collected = new double[times.Minutes];
        for (var minute = 0; minute < times.Minutes; minute++)
            collected[minute] = TraceTime.Seconds(minute);
        book.Gauge("postal_exporter_last_collection_timestamp_seconds", collected);
        return book.ToSeries().Append(Up(times));
    }

    // Prometheus writes it itself: a scrape that fails is a 0, not a gap.
    private static MetricSeries Up(ScrapeTimes times)
    {
        var up = new double[times.Minutes];
        for (var minute = 0; minute < times.Minutes; minute++)
            up[minute] = times.IsMissing(minute) ? 0 : 1;
        return new MetricSeries([new("__name__", "up"), new("instance", "exporter:10587"), new("job", "postal")], up);
    }
}
