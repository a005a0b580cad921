using PostalExporter.PrometheusApi;

namespace PostalExporter.Backtests;

/// <summary>Copies series from Prometheus into the private database, a sample a minute, with marks where they end.</summary>
/// <param name="prometheus">Where they are.</param>
/// <param name="database">Where they go.</param>
internal sealed class HistoryCopy(PrometheusClient prometheus, VictoriaMetrics database)
{
    // About as many samples are asked for at once; each takes some thirty bytes of the answer.
    private const int SamplesOfRequest = 300_000;
    private const int MostSteps = 10_000;

    /// <summary>Samples that were copied.</summary>
    public long Samples { get; private set; }

    /// <summary>Copies what a selector finds from a moment on, up to and with another; both on whole steps.</summary>
    /// <exception cref="RulePacks.PageException">Prometheus does not answer; the message says what to do.</exception>
    public async Task RunAsync(string selector, DateTimeOffset begin, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var step = ReplayPlan.Step;
        var count = (await prometheus.SeriesAsync(selector, begin, end, cancellationToken)).Count;
        if (count == 0)
            return;
        var slice = step * Math.Clamp(SamplesOfRequest / count, 1, MostSteps);
        // Of each series the time of its last sample; null when it has ended.
        var last = new Dictionary<LabelSet, DateTimeOffset?>();
        for (var from = begin; from <= end; from += slice)
        {
            var to = from + slice - step < end ? from + slice - step : end;
            var answer = await prometheus.QueryRangeAsync(selector, from, to, step, cancellationToken);
            var found = answer.GroupBy(series => new LabelSet(series.Labels)).ToDictionary(
                same => same.Key, same => (IReadOnlyList<PrometheusSample>)[.. same.SelectMany(series => series.Samples)]);
            await database.WriteAsync(
                found.Keys.Union(last.Where(series => series.Value is not null).Select(series => series.Key)).ToList()
                    .Select(labels => new PrometheusSeries(labels.Labels, Marked(labels, found.GetValueOrDefault(labels) ?? [], last, to))),
                cancellationToken);
        }
    }

    private List<PrometheusSample> Marked(
        LabelSet labels, IReadOnlyList<PrometheusSample> samples, Dictionary<LabelSet, DateTimeOffset?> last, DateTimeOffset to)
    {
        var (step, marked) = (ReplayPlan.Step, new List<PrometheusSample>(samples.Count + 1));
        Samples += samples.Count;
        var before = last.GetValueOrDefault(labels);
        foreach (var sample in samples)
        {
            if (before is { } time && sample.Time - time > step)
                marked.Add(new PrometheusSample(time + step, RemoteWriteBody.StaleMarker));
            marked.Add(sample);
            before = sample.Time;
        }

        if (before is { } ended && ended < to)
        {
            marked.Add(new PrometheusSample(ended + step, RemoteWriteBody.StaleMarker));
            before = null;
        }

        last[labels] = before;
        return marked;
    }
}
