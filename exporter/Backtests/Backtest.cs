using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Backtests;

/// <summary>Tells which alerts of a pack would have fired on the history that Prometheus has.</summary>
/// <param name="prometheus">Has the history, and what really fired.</param>
/// <param name="database">A private one, empty.</param>
/// <param name="vmalert">Evaluates rules on it.</param>
/// <param name="progress">Told what happens.</param>
internal sealed class Backtest(PrometheusClient prometheus, VictoriaMetrics database, VmalertReplay vmalert, BacktestProgress progress)
{
    private const string Evidence = "credential:postal_abuse_evidence:points";
    private const string Messages = "postal_messages_total";

    // A stretch of one evaluation: what it needs of memory grows with it, and what it takes to start programs falls.
    private static readonly TimeSpan Stretch = TimeSpan.FromDays(1);

    /// <summary>Does it.</summary>
    /// <param name="pack">The pack.</param>
    /// <param name="limits">Limits instead of those that were in force, or null.</param>
    /// <param name="span">What is asked for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BacktestException">It cannot be done; the message says why.</exception>
    /// <exception cref="PageException">Prometheus does not answer; the message says what to do.</exception>
    public async Task<BacktestResult> RunAsync(RulePack pack, BacktestLimits? limits, BacktestSpan span, CancellationToken cancellationToken)
    {
        var plan = ReplayPlan.Of(pack, ReplayPlan.Step);
        var replay = new RuleReplay(database, vmalert, plan.Rules);
        var begin = span.BeginOn(replay.Cycle);
        await CopyAsync(plan, limits, begin, span.End, cancellationToken);

        await replay.RunAsync(
            begin, span.End + ReplayPlan.Step, Stretch,
            to => progress.GoOn(() => FormattableString.Invariant($"rules are evaluated up to {to:yyyy-MM-dd HH:mm} UTC")), cancellationToken);
        progress.Say("every rule is evaluated");

        var names = string.Join('|', plan.Rules.Select(rule => rule.Rule.Alert).OfType<string>().Distinct());
        var fired = FiredAlert.Of(
            await prometheus.QueryRangeAsync($"ALERTS{{alertstate=\"firing\", alertname=~\"{names}\"}}", begin, span.End, ReplayPlan.Step, cancellationToken),
            ReplayPlan.Step, span.End).ToList();
        var firings = replay.Firings.Where(firing => firing.End is not { } end || end > begin)
            .Select(firing => firing with { Begin = firing.Begin > begin ? firing.Begin : begin }).OrderBy(firing => firing.Begin).ToList();
        var now = new List<ReplayedFiring>();
        foreach (var firing in firings)
            now.Add(new ReplayedFiring(firing, fired.Exists(alert => alert.IsAlso(firing)), await EvidenceAsync(firing, cancellationToken)));
        return new BacktestResult(
            span.Prometheus, pack.Version, limits?.File, begin, span.End, await WeeksBeforeAsync(begin, cancellationToken),
            now, [.. fired.Where(alert => !firings.Exists(alert.IsAlso)).OrderBy(alert => alert.Begin)]);
    }

    private async Task CopyAsync(ReplayPlan plan, BacktestLimits? limits, DateTimeOffset begin, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var servers = (await prometheus.SeriesAsync(Families.ServerInfo.Name, begin, end, cancellationToken))
            .Select(labels => (Organization: labels.GetValueOrDefault("organization", ""), Server: labels.GetValueOrDefault("server", ""))).Distinct().ToList();
        if (servers.Count == 0)
            throw new PageException($"has no series {Families.ServerInfo.Name} in these days; give the address of the Prometheus that scrapes the exporter, and no more --days than it keeps");

        var copy = new HistoryCopy(prometheus, database);
        foreach (var (series, number) in plan.Series.Select((series, number) => (series, number)))
        {
            if (limits is not null && series.Name == Families.Threshold.Name)
                await database.WriteAsync(limits.Of(servers, begin - series.Depth, end), cancellationToken);
            else
                await copy.RunAsync(series.Selector, Whole(begin - series.Depth), end, cancellationToken);
            progress.GoOn(() => FormattableString.Invariant($"{number + 1} of {plan.Series.Count} families are copied, {copy.Samples:N0} samples"));
        }

        // What was firing before the span is history like any other.
        if (plan.AlertsDepth > TimeSpan.Zero)
            await copy.RunAsync("ALERTS{alertstate=\"firing\"}", Whole(begin - plan.AlertsDepth), begin - ReplayPlan.Step, cancellationToken);
        progress.Say(FormattableString.Invariant($"{copy.Samples:N0} samples of {Cli.CheckReport.Count(servers.Count, "mail server")} are copied"));
    }

    private static DateTimeOffset Whole(DateTimeOffset time) => BacktestSpan.Floor(time, ReplayPlan.Step);

    private async Task<int> WeeksBeforeAsync(DateTimeOffset begin, CancellationToken cancellationToken)
    {
        var weeks = 0;
        for (var week = 1; week <= BacktestResult.Weeks; week++)
            weeks += (await prometheus.QueryAsync($"count({Messages})", begin - week * TimeSpan.FromDays(7), cancellationToken)).Count;
        return weeks;
    }

    private async Task<IReadOnlyList<KeyValuePair<string, double>>> EvidenceAsync(Firing firing, CancellationToken cancellationToken)
    {
        if (!firing.Labels.Labels.ContainsKey("credential"))
            return [];
        var who = new LabelSet(firing.Labels.Labels.Where(label => label.Key is "organization" or "server" or "credential"));
        var points = await database.QueryAsync($"max by (family, signal) (max_over_time({Evidence}{who}[15m]))", firing.Begin, cancellationToken);
        return [.. points.Select(series => KeyValuePair.Create($"{series.Label("family")}/{series.Label("signal")}", series.Samples[0].Value)).OrderByDescending(signal => signal.Value).ThenBy(signal => signal.Key, StringComparer.Ordinal)];
    }
}

/// <summary>The span that a backtest looks at.</summary>
/// <param name="Prometheus">Where the history is from.</param>
/// <param name="End">Its end, a whole minute.</param>
/// <param name="Days">How long it is.</param>
internal sealed record BacktestSpan(Uri Prometheus, DateTimeOffset End, int Days)
{
    /// <summary>Where it begins, on a whole cycle: rules are evaluated at whole intervals of all time.</summary>
    public DateTimeOffset BeginOn(TimeSpan cycle) => Floor(End - TimeSpan.FromDays(Days), cycle);

    /// <summary>The last whole step up to a moment.</summary>
    public static DateTimeOffset Floor(DateTimeOffset time, TimeSpan step) =>
        DateTimeOffset.UnixEpoch + TimeSpan.FromTicks((time - DateTimeOffset.UnixEpoch).Ticks / step.Ticks * step.Ticks);
}

/// <summary>Limits of a configuration that is not in force.</summary>
/// <param name="File">The file.</param>
/// <param name="Thresholds">What it says.</param>
internal sealed record BacktestLimits(string File, ThresholdOptions Thresholds)
{
    /// <summary>The series that an exporter with this configuration would have shown.</summary>
    public IEnumerable<PrometheusSeries> Of(IEnumerable<(string Organization, string Server)> servers, DateTimeOffset begin, DateTimeOffset end)
    {
        var first = BacktestSpan.Floor(begin, ReplayPlan.Step);
        var times = Enumerable.Range(0, (int)((end - first) / ReplayPlan.Step) + 1).Select(number => first + number * ReplayPlan.Step).ToList();
        return
            from server in servers
            from limit in Thresholds.Resolve(server.Organization, server.Server)
            select new PrometheusSeries(
                new Dictionary<string, string>
                {
                    ["__name__"] = Families.Threshold.Name, ["job"] = "postal", ["instance"] = "backtest",
                    ["organization"] = server.Organization, ["server"] = server.Server, ["signal"] = limit.Signal, ["severity"] = limit.Severity,
                },
                [.. times.Select(time => new PrometheusSample(time, limit.Value))]);
    }
}
