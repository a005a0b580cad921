using System.Globalization;
using PostalExporter.Configuration;
using PostalExporter.Signals;
using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Makes the series of one server, message by message.</summary>
internal sealed class HostRun
{
    private static readonly string[] ForeignRegions = ["BR", "RU", "IN", "TR", "VN", "MX"];
    private static readonly int Allowed = new SignalOptions().RepeatedRecipients.Messages;

    private readonly MailHost host;
    private readonly ScrapeTimes times;
    private readonly SeriesBook book;
    private readonly MessageFate fate;
    private readonly QueueState queue;
    private readonly List<AccountRun> accounts = [];
    private readonly List<Tally> homeRegions;
    private readonly List<Tally> foreignRegions;
    private readonly RecipientScores scores = new();
    private readonly int[] volumes;
    private readonly double[] sendVolume;
    private RepeatedRecipients repeated = new(RepeatedRecipients.MostCounters);
    private RandomStream random;
    private int lastHour;

    public HostRun(MailHost host, ulong seed, ScrapeTimes times, IReadOnlyList<ProviderTrouble> troubles)
    {
        (this.host, this.times) = (host, times);
        random = new RandomStream(seed, RandomStream.KeyOf(host.Name), 2);
        book = new SeriesBook(times, ("organization", host.Organization), ("server", host.Name));
        fate = new MessageFate(book, troubles);
        queue = new QueueState(times.Minutes);
        homeRegions = [.. host.HomeRegions.Select(Region)];
        foreignRegions = [.. ForeignRegions.Select(Region)];
        volumes = new int[times.Minutes];
        sendVolume = new double[times.Minutes];
        foreach (var account in host.Accounts)
            accounts.Add(new AccountRun(account, accounts.Count + 1, scores, book, times.Minutes, ref random));
    }

    /// <summary>Sends all mail of the trace.</summary>
    public List<MetricSeries> Run()
    {
        for (var minute = 0; minute < times.Minutes; minute++)
        {
            Restart(minute);
            sendVolume[minute] = lastHour;
            var messages = 0;
            foreach (var account in accounts)
            {
                account.Sample(minute);
                messages += Send(account, minute);
                account.Score(minute, ref random);
            }
            queue.Pass(minute, messages, ref random);
            lastHour += volumes[minute] - (minute >= TraceTime.Hour ? volumes[minute - TraceTime.Hour] : 0);
        }
        WriteGauges();
        return [.. book.ToSeries()];
    }

    private Tally Region(string region) => book.Counter("postal_recipient_region_messages_total", null, ("region", region));

    private void Restart(int minute)
    {
        if (minute == 0 || times.IsMissing(minute) || !times.IsMissing(minute - 1))
            return;
        repeated = new RepeatedRecipients(RepeatedRecipients.MostCounters);
        if (!times.IsReset(minute))
            return;
        scores.KeepOnly([]);
        foreach (var account in accounts)
            account.LoseState();
    }

    private int Send(AccountRun account, int minute)
    {
        var messages = 0;
        foreach (var flow in account.Account.Flows)
        {
            if (minute < flow.Begin || minute >= flow.End || flow.Rates[minute - flow.Begin] is var rate && rate <= 0)
                continue;
            var count = random.Poisson(rate);
            messages += count;
            for (var i = 0; i < count; i++)
                Send(account, flow, minute);
        }
        if (messages > 0)
            account.Used(minute, messages);
        return messages;
    }

    private void Send(AccountRun account, MailFlow flow, int minute)
    {
        var (mix, counters) = (flow.Mix, account.Counters);
        Note(account, flow.Recipients.Draw(ref random), minute);
        var domain = DrawDomain();
        if (random.Happens(mix.NewDomains))
        {
            counters.NewDomains.Add(minute);
            domain = MailHost.OtherDomain;
        }
        if (random.Happens(mix.NewNetworks))
            counters.NewNetworks.Add(minute);
        (random.Happens(mix.Foreign) ? random.One(foreignRegions) : DrawHomeRegion()).Add(minute);
        if (random.Happens(mix.Flagged))
            counters.Flagged.Add(minute);
        if (host.SendLimit > 0 && lastHour + volumes[minute] >= host.SendLimit)
        {
            fate.Hold(account, minute, domain, counters.HeldBySendLimit);
        }
        else if (random.Happens(mix.Suppressed))
        {
            fate.Hold(account, minute, domain, counters.HeldBySuppression);
        }
        else
        {
            volumes[minute]++;
            fate.Send(account, minute, domain, mix, queue, ref random);
        }
    }

    private void Note(AccountRun account, ulong recipient, int minute)
    {
        account.WroteTo(minute, recipient);
        var seconds = TraceTime.Seconds(minute);
        var key = recipient ^ account.Account.Key;
        if (repeated.Seen(key, seconds) >= Allowed)
            account.Counters.Repeated.Add(minute);
        repeated.Take(new Note(1, seconds, key));
    }

    private int DrawDomain()
    {
        var share = random.Share();
        var domain = 0;
        while (domain < MailHost.OtherDomain && (share -= host.DomainShares[domain]) >= 0)
            domain++;
        return domain;
    }

    // Half of all domains are of no country, and the first of the others is the server's own.
    private Tally DrawHomeRegion()
    {
        var region = 0;
        while (region < homeRegions.Count - 1 && random.Happens(0.45))
            region++;
        return homeRegions[region];
    }

    private void WriteGauges()
    {
        foreach (var account in accounts)
            account.WriteGauges(book);
        queue.WriteGauges(book);
        book.Gauge("postal_server_send_volume_messages", sendVolume);
        if (host.SendLimit > 0)
            book.Constant("postal_server_send_limit_messages", host.SendLimit);
        book.Constant("postal_server_info", 1, 0, ("server_id", host.Id.ToString(CultureInfo.InvariantCulture)), ("mode", "Live"));
        book.Constant("postal_exporter_server_up", 1);
        foreach (var threshold in new ThresholdOptions().Resolve(host.Organization, host.Name))
            book.Constant("postal_threshold", threshold.Value, 0, ("signal", threshold.Signal), ("severity", threshold.Severity));
        foreach (var (name, begin, end) in host.Campaigns)
        {
            var running = new double[times.Minutes];
            Array.Fill(running, 1, begin, end - begin);
            book.Gauge("postal_planned_campaign", running, ("campaign", name));
        }
    }
}
