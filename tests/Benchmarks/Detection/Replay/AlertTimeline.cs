namespace PostalExporter.Benchmarks.Detection.Replay;

/// <summary>One alert of one label set over the trace: <c>for</c> and <c>keep_firing_for</c> as Prometheus applies them.</summary>
internal sealed class AlertTimeline(Rule rule, IReadOnlyList<KeyValuePair<string, string>> labels, int minutes)
{
    private readonly bool[] active = new bool[minutes];
    private readonly bool[] firing = new bool[minutes];
    private StoredSeries? firingSeries;
    private int pendingSince = -1;
    private int lastActive = -1;
    private bool isFiring;

    /// <summary>The rule it belongs to.</summary>
    public Rule Rule => rule;

    /// <summary>Labels of the alert without its name.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; } = labels.ToDictionary();

    /// <summary>Minutes in which it fires.</summary>
    public IReadOnlyList<bool> Firing => firing;

    /// <summary>Notes minutes in which the expression has a result.</summary>
    public void Note(IEnumerable<int> present)
    {
        foreach (var minute in present)
            active[minute] = true;
    }

    /// <summary>Computes the states of a range of minutes that follows the range before, and writes <c>ALERTS</c>.</summary>
    public void Advance(int first, int last, Func<IReadOnlyList<KeyValuePair<string, string>>, int, StoredSeries> add)
    {
        for (var minute = first; minute <= last; minute += rule.StepMinutes)
        {
            if (active[minute])
            {
                lastActive = minute;
                if (pendingSince < 0)
                    pendingSince = minute;
                isFiring |= minute - pendingSince >= rule.ForMinutes;
            }
            else if (!isFiring || minute - lastActive >= rule.KeepFiringMinutes)
            {
                isFiring = false;
                pendingSince = -1;
            }
            for (var i = minute; i < Math.Min(minutes, minute + rule.StepMinutes); i++)
                firing[i] = isFiring;
            if (!isFiring)
                continue;
            firingSeries ??= add([new("__name__", "ALERTS"), new("alertname", rule.Alert!), new("alertstate", "firing"), .. labels], rule.StepMinutes);
            firingSeries.Values[minute] = 1;
        }
    }
}
