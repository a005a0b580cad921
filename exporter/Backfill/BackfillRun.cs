using PostalExporter.Collectors;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.State;
using PostalExporter.Tail;

namespace PostalExporter.Backfill;

/// <summary>
/// Replays retained rows span by span. Each span begins with what the state store has, and ends with a file and a save: a run that was killed
/// goes on behind the last one, and writes the same files as one that was not.
/// </summary>
/// <param name="configuration">The configuration.</param>
/// <param name="store">The store that is filled.</param>
/// <param name="installation">The servers of this exporter.</param>
/// <param name="progress">Says how far it is.</param>
/// <param name="warnings">Where to say what cannot be read.</param>
/// <param name="time">The real clock.</param>
/// <param name="loggers">Where the tail logs.</param>
internal sealed class BackfillRun(
    ExporterConfiguration configuration, StateStore store, Installation installation, BackfillProgress progress, TextWriter warnings, TimeProvider time, ILoggerFactory loggers)
{
    // Each time there is less to catch up on, unless a minute's mail takes a minute to replay.
    private const int MostLastSpans = 5;

    // Distinct recipients are those of an hour, in steps of ten minutes.
    private static readonly TimeSpan GaugesMove = TimeSpan.FromMinutes(70);

    private static readonly TimeSpan NearNow = TimeSpan.FromMinutes(1);

    private readonly TableTail.Settings settings = new(configuration.Collection.PageRows, configuration.State.SettleTime, Discovered: true);

    /// <summary>Files that were written.</summary>
    public int Files { get; private set; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Their samples.</summary>
    public long Samples { get; private set; }

    /// <summary>Begins, or goes on, and ends close to now.</summary>
    /// <param name="plan">What to do.</param>
    /// <param name="cancellationToken">Breaks off a statement.</param>
    /// <returns>The last sample.</returns>
    /// <exception cref="BackfillException">A message database cannot be read any more.</exception>
    /// <exception cref="StateStoreException">The store cannot be written.</exception>
    public async Task<DateTimeOffset> RunAsync(BackfillPlan plan, CancellationToken cancellationToken)
    {
        if (store.Backfill is null)
            await BeginAsync(plan, cancellationToken);
        for (var lastSpans = 0; lastSpans < MostLastSpans && BackfillSpan.After(plan.Position, plan.Step, time.GetUtcNow()) is { } span;)
        {
            await ReplayAsync(plan, span, cancellationToken);
            plan = plan with { Position = span.End };
            if (!span.IsLast)
                continue;
            lastSpans++;
            if (time.GetUtcNow() - span.End < NearNow)
                break;
        }
        return plan.Position;
    }

    private async Task BeginAsync(BackfillPlan plan, CancellationToken cancellationToken)
    {
        var counters = new CounterTable(new MetricsPage());
        var saved = new Dictionary<int, ServerState>();
        await using var tail = TailOf(plan, saved, counters, new VirtualClock(plan.From));
        tail.Follow(installation, first: true);
        await tail.BeginReplayAsync(plan.From, (server, problem) => warnings.WriteLine(
            $"warning: {server.Server.Organization}/{server.Server.Permalink} is left out, the exporter will count it from its tables' end: {problem}"), cancellationToken);
        Save(plan, saved, counters);
    }

    private async Task ReplayAsync(BackfillPlan plan, BackfillSpan span, CancellationToken cancellationToken)
    {
        var counters = new CounterTable(new MetricsPage());
        store.LoadCounters(counters);
        var saved = store.LoadServers();
        var clock = new VirtualClock(span.Begin);
        await using var tail = TailOf(plan, saved, counters, clock);
        // A server that came since the begin is read by the exporter, from its first row.
        tail.Follow(new Installation([.. installation.Servers.Where(server => saved.ContainsKey(server.Id))], installation.Domains), first: true);
        var readable = await tail.ReadHeadsAsync(RefuseIfBegun, (_, _) => { }, cancellationToken);
        using var file = new OpenMetricsFile(Path.Combine(plan.Output, span.FileName), plan.Labels);
        var unsaved = new HashSet<CounterSeries>();
        // The samples of one server are written while the next one is replayed.
        var writing = Task.CompletedTask;
        var before = RowsOf(counters);
        try
        {
            foreach (var servers in readable.Where(IsBegun).GroupBy(server => (server.Server.Organization, server.Server.Permalink)))
            {
                clock.Set(span.Begin);
                var group = servers.ToList();
                var samples = new SampleLog(span, counters, group, unsaved);
                var lastRow = span.Begin;
                await tail.ReplayWith(clock).ReadAsync(group, span.Moments, span.IsLast, settings, index =>
                {
                    samples.Reached(index);
                    lastRow = group.Exists(server => server.Moved) ? span.Moments[index] : lastRow;
                    if (span.Fills.BinarySearch(index) >= 0 && span.Moments[index] - lastRow < GaugesMove)
                        CredentialEstimatesCollector.Collect(group, samples, configuration, span.Moments[index]);
                    progress.Say(span.Moments[index], RowsOf(counters) - before, () => Left(tail));
                }, cancellationToken);
                await writing;
                writing = Task.Run(() => samples.Write(file), cancellationToken);
            }
        }
        finally
        {
            await writing;
        }
        if (span.IsLast)
            tail.BeginInspection();
        else
            ForgetAbandoned(saved.Values);
        var bytes = file.Complete();
        counters.MarkUnsaved(unsaved);
        progress.Count(RowsOf(counters) - before);
        Save(plan with { Position = span.End }, saved, counters);
        Files += bytes > 0 ? 1 : 0;
        Bytes += bytes;
        Samples += file.Samples;
    }

    private InstallationTail TailOf(BackfillPlan plan, Dictionary<int, ServerState> saved, CounterTable counters, VirtualClock clock) =>
        new(configuration, saved, counters, store.Hash, clock, loggers.CreateLogger<InstallationTail>(), replayedFrom: plan.From);

    private void Save(BackfillPlan plan, Dictionary<int, ServerState> saved, CounterTable counters)
    {
        store.Backfill = plan.ToJson();
        store.Commit(time.GetUtcNow(), saved.Values, [], counters, counters.Dropped);
    }

    // One that could not be read at the begin is left out; one whose rows are counted in part must not be.
    private static void RefuseIfBegun(ServerTail server, string problem)
    {
        if (IsBegun(server))
            throw new BackfillException($"the message database of {server.Server.Organization}/{server.Server.Permalink} cannot be read any more: {problem}; when it can, run the same command again to go on");
    }

    private static bool IsBegun(ServerTail server) => server.State.Cursors[(int)TailStream.Messages] is not null;

    // Rows that show up late under ids of weeks ago would have been counted as lost then.
    private static void ForgetAbandoned(IEnumerable<ServerState> servers)
    {
        foreach (var cursor in servers.SelectMany(server => server.Cursors))
            cursor?.Abandoned.Clear();
    }

    private static long RowsOf(CounterTable counters) =>
        InstallationTail.Replayed.Select(table => counters.Get(Families.Rows, table.Name)).Sum(rows => rows.Value + rows.Pending);

    private static long Left(InstallationTail tail) =>
        tail.Servers.Where(IsBegun).Sum(server => InstallationTail.Replayed.Sum(table => server.Backlog(table.Stream)));
}
