using PostalExporter.PrometheusApi;

namespace PostalExporter.Backtests;

/// <summary>A time that an alert really fired, as Prometheus wrote it down.</summary>
/// <param name="Labels">Its labels, <c>alertname</c> and <c>severity</c> among them.</param>
/// <param name="Begin">When it is first seen.</param>
/// <param name="End">When it is not seen any more; null when that is not known yet.</param>
internal sealed record FiredAlert(LabelSet Labels, DateTimeOffset Begin, DateTimeOffset? End)
{
    // Prometheus evaluates at other seconds than a replay does, and in turns of up to two minutes.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(3);

    /// <summary>The times that <c>ALERTS</c> tells of.</summary>
    /// <param name="series">Samples at every step.</param>
    /// <param name="step">The step.</param>
    /// <param name="end">Where the samples end.</param>
    public static IEnumerable<FiredAlert> Of(IEnumerable<PrometheusSeries> series, TimeSpan step, DateTimeOffset end)
    {
        foreach (var same in series.GroupBy(one => new LabelSet(one.Labels.Where(label => label.Key is not ("__name__" or "alertstate")))))
        {
            var times = same.SelectMany(one => one.Samples).Select(sample => sample.Time).ToList();
            var begin = 0;
            for (var i = 1; i <= times.Count; i++)
            {
                if (i < times.Count && times[i] - times[i - 1] <= step)
                    continue;
                var until = times[i - 1] + step;
                yield return new FiredAlert(same.Key, times[begin], until > end ? null : until);
                begin = i;
            }
        }
    }

    /// <summary>How long it fired, up to a moment when it still does.</summary>
    public TimeSpan LengthUntil(DateTimeOffset moment) => (End ?? moment) - Begin;

    /// <summary>Whether it is the same alert at about the same time; labels that only one of them has tell nothing.</summary>
    public bool IsAlso(Firing firing) =>
        firing.Labels.Labels.All(label => Labels.Labels.GetValueOrDefault(label.Key, label.Value) == label.Value)
        && firing.Labels.Labels["alertname"] == Labels.Labels["alertname"]
        && (End is not { } end || firing.Begin <= end + Tolerance)
        && (firing.End is not { } gone || Begin <= gone + Tolerance);
}
