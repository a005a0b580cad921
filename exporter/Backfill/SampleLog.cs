using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Tail;

namespace PostalExporter.Backfill;

/// <summary>
/// What the series of one server were at the moments of a span. A sample is where a series changed, one step before that, and every few
/// minutes between: what increases and rates over them need, and what a query finds when nothing happens. Most series are idle most of the time:
/// of those on which no baseline builds, one that does not change has samples as far apart as an increase over an hour allows.
/// </summary>
/// <remarks>
/// A series begins at 0 one step before it counts something for the first time, and one of a credential, which exists as long as the credential is
/// known, before the first row of the credential that there is. So a baseline does not take the time before it for a time without mail.
/// </remarks>
internal sealed class SampleLog : IGaugeSink
{
    private const string CredentialLabel = "credential";
    private const int BornBefore = -1;

    // Rules ask whether these existed weeks ago, at any moment.
    private static readonly HashSet<Family> NeverThin = [Families.Messages, Families.Deliveries, Families.MessageFailures, Families.ServerUp];

    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(15);

    // Two samples are in each hour.
    private static readonly TimeSpan ThinFill = TimeSpan.FromMinutes(30);

    private readonly BackfillSpan span;
    private readonly CounterTable counters;
    private readonly MailServer server;
    private readonly Dictionary<CounterSeries, Samples> counted = [];
    private readonly SeriesSet<LoggedGauge> gauges = new();
    private readonly HashSet<CounterSeries> unsaved;

    // What begins together: a credential's label, a histogram's family, or a series by itself. The index of its first change.
    private readonly Dictionary<object, int> births = [];
    private int present;
    private int? serverBirth;

    /// <summary>Begins with what the series are at the begin of the span.</summary>
    /// <param name="span">The moments.</param>
    /// <param name="counters">The series.</param>
    /// <param name="servers">The server, or those that share one name.</param>
    /// <param name="unsaved">Gets series that change.</param>
    public SampleLog(BackfillSpan span, CounterTable counters, IReadOnlyList<ServerTail> servers, HashSet<CounterSeries> unsaved)
    {
        (this.span, this.counters, this.unsaved) = (span, counters, unsaved);
        server = servers[0].Server;
        foreach (var one in servers)
        {
            // Makes the series that exist from the begin.
            _ = one.Signals;
            if (one.State.Cursors[(int)TailStream.Messages] is { Start: > 0 })
                serverBirth = BornBefore;
            foreach (var credential in one.NamedCredentials.Where(credential => one.State.Memories.Habits.Of(credential.Id) is not null))
                births[credential.Label] = BornBefore;
        }
        foreach (var series in counters.OfServer(server.Organization, server.Permalink))
        {
            counted.Add(series, new Samples { Before = series.Shown });
            if (series.Value == 0)
                continue;
            births[GroupOf(series)] = BornBefore;
            serverBirth = BornBefore;
        }
    }

    /// <summary>Takes in what was counted up to a moment.</summary>
    public void Reached(int index)
    {
        present = index;
        foreach (var series in counters.Dirty)
        {
            unsaved.Add(series);
            if (series.Pending == 0 || !series.Family.IsOfServer)
                continue;
            if (!counted.TryGetValue(series, out var samples))
                counted.Add(series, samples = new Samples { IsNew = true });
            samples.Changes.Add((index, series.ShownWithPending));
            births.TryAdd(GroupOf(series), index);
            serverBirth ??= index;
        }
        counters.Publish();
    }

    /// <inheritdoc/>
    public void Set(Family family, double value, params ReadOnlySpan<string> labels)
    {
        // Gauges of state are those of now.
        var credential = Array.IndexOf(family.Labels, CredentialLabel);
        if (credential < 0 || !births.ContainsKey(labels[credential]))
            return;
        if (!gauges.TryGet(family, labels, out var gauge))
            gauges.Add(gauge = new LoggedGauge(family, labels.ToArray()));
        if (gauge.Samples.Changes is not [.., var last] || last.Value != value)
            gauge.Samples.Changes.Add((present, value));
    }

    /// <summary>Writes all samples.</summary>
    public void Write(OpenMetricsFile file)
    {
        if (serverBirth is { } first)
        {
            var up = new LoggedGauge(Families.ServerUp, [server.Organization, server.Permalink]);
            file.Begin(up);
            WriteChanges(file, up, Math.Max(0, first - 1), new Samples { Before = 1 });
        }
        foreach (var (series, samples) in counted.Where(pair => pair.Key.Family.Type == FamilyType.Counter))
            WriteCounted(file, series, samples);
        // The parts of a histogram follow one another.
        foreach (var (series, samples) in counted.Where(pair => pair.Key.Family.Type == FamilyType.Histogram).OrderBy(pair => HistogramPart.Rank(pair.Key.Labels[^1])))
            WriteCounted(file, series, samples);
        foreach (var gauge in gauges.All)
        {
            file.Begin(gauge);
            WriteChanges(file, gauge, gauge.Samples.Changes[0].Index, gauge.Samples);
        }
    }

    private void WriteCounted(OpenMetricsFile file, CounterSeries series, Samples samples)
    {
        if (!births.TryGetValue(GroupOf(series), out var birth))
            return;
        // One that was made in this span begins by itself, but for the parts of a histogram.
        if (samples.IsNew && series.Family.Type != FamilyType.Histogram)
            birth = samples.Changes[0].Index;
        file.Begin(series);
        if (birth == 0)
            BeginAtZero(file, series, samples);
        else
            WriteChanges(file, series, Math.Max(0, birth - 1), samples);
    }

    // There is no moment before the first: what was counted up to it shows at the second.
    private void BeginAtZero(OpenMetricsFile file, CounterSeries series, Samples samples)
    {
        if (span.Moments.Count == 1)
        {
            file.Write(samples.Before, span.Begin + ((span.End - span.Begin) / 2));
        }
        else if (samples.Changes is [(0, var value), ..])
        {
            samples.Changes.RemoveAt(0);
            if (samples.Changes is not [(1, _), ..])
                samples.Changes.Insert(0, (1, value));
        }
        WriteChanges(file, series, 0, samples);
    }

    private void WriteChanges(OpenMetricsFile file, Series series, int from, Samples samples)
    {
        // A gauge may change at any moment between two samples; a counter did at the later one.
        var isCounted = series is CounterSeries;
        var isThin = !NeverThin.Contains(series.Family);
        var value = samples.Before;
        var next = from;
        DateTimeOffset? changedAt = null;
        foreach (var (index, changed) in samples.Changes)
        {
            if (index > next && next == from && isCounted)
                file.Write(value, span.Moments[next++]);
            Fill(file, next, index - 1, value, isThin, changedAt);
            if (index > next && isCounted)
                file.Write(value, span.Moments[index - 1]);
            file.Write(value = changed, span.Moments[index]);
            changedAt = span.Moments[index];
            next = index + 1;
        }
        if (next == from && next < span.Moments.Count)
            file.Write(value, span.Moments[next++]);
        Fill(file, next, span.Moments.Count, value, isThin, changedAt);
    }

    private void Fill(OpenMetricsFile file, int from, int until, double value, bool isThin, DateTimeOffset? changedAt)
    {
        var first = span.Fills.BinarySearch(from);
        var written = span.Moments[Math.Max(0, from - 1)];
        for (var fill = first >= 0 ? first : ~first; fill < span.Fills.Count && span.Fills[fill] < until; fill++)
        {
            var moment = span.Moments[span.Fills[fill]];
            var isIdle = isThin && (changedAt is null || moment - changedAt > Idle);
            // The last moment of a file is the one before the first change of the next one.
            if (isIdle && fill + 1 < span.Fills.Count && span.Moments[span.Fills[fill + 1]] - written <= ThinFill)
                continue;
            file.Write(value, moment);
            written = moment;
        }
    }

    private static object GroupOf(CounterSeries series)
    {
        if (series.Family.Type == FamilyType.Histogram)
            return series.Family;
        var credential = Array.IndexOf(series.Family.Labels, CredentialLabel);
        return credential < 0 || series.Labels[credential].Length == 0 ? series : series.Labels[credential];
    }

    // The value before the first change, and the changes.
    private sealed class Samples
    {
        public double Before { get; init; }

        public bool IsNew { get; init; }

        public List<(int Index, double Value)> Changes { get; } = [];
    }

    private sealed class LoggedGauge(Family family, string[] labels) : Series(family, labels)
    {
        public Samples Samples { get; } = new();

        public override double Shown => Samples.Changes[^1].Value;
    }
}
