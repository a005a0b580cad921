using System.Collections.Concurrent;

namespace PostalExporter.Benchmarks.Detection.Replay;

/// <summary>
/// Evaluates a rule pack over the series of a store, rule after rule in the order in which they read each other, a range of minutes at
/// a time. What it records is what Prometheus would have recorded when every group runs at the whole minute.
/// </summary>
internal sealed class RuleReplay(PromqlEngine engine, SeriesStore store, IReadOnlyList<Rule> rules, int minutes)
{
    private readonly ConcurrentDictionary<(string Rule, string Labels), StoredSeries> recorded = new();
    private readonly ConcurrentDictionary<string, AlertTimeline> timelines = new();

    /// <summary>Seconds that each rule took.</summary>
    public ConcurrentDictionary<string, double> Seconds { get; } = new();

    /// <summary>Every alert that was pending or firing, with its labels.</summary>
    public IEnumerable<AlertTimeline> Alerts => timelines.Values;

    /// <summary>Evaluates the rules that others look back at, and what these read; alerts are left out.</summary>
    public Task RecordHistoryAsync(int first, int last, CancellationToken cancellationToken)
    {
        var wanted = rules.Where(rule => rule.Record is not null && rules.Any(reader => reader.LooksBackAt(rule.Record))).ToHashSet();
        for (var before = -1; before != wanted.Count;)
        {
            before = wanted.Count;
            wanted.UnionWith(rules.Where(rule => wanted.Any(reader => reader.Reads(rule))).ToList());
        }
        return RunAsync(wanted, first, last, cancellationToken);
    }

    /// <summary>Evaluates all rules.</summary>
    public Task RunAsync(int first, int last, CancellationToken cancellationToken) => RunAsync(rules, first, last, cancellationToken);

    private async Task RunAsync(IEnumerable<Rule> chosen, int first, int last, CancellationToken cancellationToken)
    {
        var left = chosen.ToList();
        while (left.Count > 0)
        {
            var ready = left.Where(rule => !left.Any(other => other.Record != rule.Record && rule.Reads(other))).ToList();
            if (ready.Count == 0)
                throw new InvalidDataException($"rules read each other in a circle: {string.Join(", ", left)}");
            await Parallel.ForEachAsync(ready, new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellationToken },
                async (rule, token) => await EvaluateAsync(rule, first, last, token));
            left = [.. left.Except(ready)];
        }
    }

    private async Task EvaluateAsync(Rule rule, int first, int last, CancellationToken cancellationToken)
    {
        var begin = System.Diagnostics.Stopwatch.GetTimestamp();
        // Limits do not change within a trace: once an hour is enough, and what was found holds until the next time.
        var hold = rule.Record?.Contains("postal_threshold", StringComparison.Ordinal) is true ? 60 : 1;
        var step = Math.Max(rule.StepMinutes, hold);
        first = (first + step - 1) / step * step;
        await engine.EvaluateAsync(rule.Expression, first, last, step, (labels, samples) =>
        {
            var all = labels.Where(label => label.Key != "__name__" && !rule.Labels.ContainsKey(label.Key)).Concat(rule.Labels).ToList();
            var key = string.Join(',', all.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
            if (rule.Record is not null)
            {
                var series = recorded.GetOrAdd((rule.Record, key), _ => Added([new("__name__", rule.Record), .. all], hold == 1 ? rule.StepMinutes : 4));
                foreach (var (minute, value) in samples)
                    series.Values.AsSpan(minute, Math.Min(hold, minutes - minute)).Fill(value);
            }
            else
            {
                timelines.GetOrAdd($"{rule.Alert},{key}", _ => new AlertTimeline(rule, all, minutes)).Note(samples.Select(sample => sample.Minute));
            }
        }, cancellationToken);
        if (rule.Alert is not null)
            foreach (var timeline in timelines.Values.Where(timeline => timeline.Rule == rule))
                timeline.Advance(first, last, Added);
        Seconds.AddOrUpdate(rule.ToString(), Elapsed(begin), (_, sum) => sum + Elapsed(begin));
    }

    private StoredSeries Added(IReadOnlyList<KeyValuePair<string, string>> labels, int step)
    {
        var series = new StoredSeries(labels, minutes, step);
        store.Add(series);
        return series;
    }

    private static double Elapsed(long begin) => System.Diagnostics.Stopwatch.GetElapsedTime(begin).TotalSeconds;
}
