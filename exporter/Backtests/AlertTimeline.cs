using PostalExporter.PrometheusApi;

namespace PostalExporter.Backtests;

/// <summary>One alert of one set of labels over time: <c>for</c> and <c>keep_firing_for</c> as Prometheus applies them.</summary>
/// <param name="rule">Its rule.</param>
/// <param name="labels">Its labels.</param>
/// <param name="holdDuration">How long the condition must hold.</param>
/// <param name="keepDuration">How long it fires on when the condition is gone.</param>
internal sealed class AlertTimeline(ReplayRule rule, LabelSet labels, TimeSpan holdDuration, TimeSpan keepDuration)
{
    private readonly List<Firing> firings = [];
    private DateTimeOffset? activeSince;
    private DateTimeOffset? goneSince;
    private bool isFiring;

    /// <summary>The times that it fired.</summary>
    public IReadOnlyList<Firing> Firings => firings;

    /// <summary>Goes on from where it is.</summary>
    /// <param name="begin">The next evaluation.</param>
    /// <param name="end">The evaluation that is not looked at any more.</param>
    /// <param name="condition">Values of the expression where it had one.</param>
    /// <returns><c>ALERTS</c> as Prometheus writes it, with marks where it ends.</returns>
    public IReadOnlyList<PrometheusSeries> Advance(DateTimeOffset begin, DateTimeOffset end, IReadOnlyList<PrometheusSample> condition)
    {
        var (pending, firing) = (new List<PrometheusSample>(), new List<PrometheusSample>());
        var next = 0;
        for (var time = begin; time < end; time += rule.Interval)
        {
            var (wasPending, wasFiring) = (activeSince is not null && !isFiring, isFiring);
            if (next < condition.Count && condition[next].Time == time)
                Hold(time, condition[next++].Value);
            else
                Miss(time);
            Note(pending, time, wasPending, activeSince is not null && !isFiring);
            Note(firing, time, wasFiring, isFiring);
        }

        return [Series("pending", pending), Series("firing", firing)];
    }

    private void Hold(DateTimeOffset time, double value)
    {
        activeSince ??= time;
        goneSince = null;
        if (isFiring)
        {
            firings[^1].Peak = Math.Max(firings[^1].Peak, value);
        }
        else if (time - activeSince >= holdDuration)
        {
            isFiring = true;
            firings.Add(new Firing(rule.Rule, labels, time, value));
        }
    }

    private void Miss(DateTimeOffset time)
    {
        goneSince ??= time;
        if (isFiring && time - goneSince < keepDuration)
            return;
        if (isFiring)
            firings[^1].End = time;
        isFiring = false;
        activeSince = null;
    }

    private static void Note(List<PrometheusSample> samples, DateTimeOffset time, bool was, bool isNow)
    {
        if (isNow || was)
            samples.Add(new PrometheusSample(time, isNow ? 1 : RemoteWriteBody.StaleMarker));
    }

    private PrometheusSeries Series(string state, List<PrometheusSample> samples) =>
        new(new Dictionary<string, string>(labels.Labels) { ["__name__"] = ReplayRule.Alerts, ["alertstate"] = state }, samples);
}
