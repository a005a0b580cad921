using Prometheus;

namespace PostalExporter.Metrics;

/// <summary>Every counter series of the exporter, by family and labels. Not thread-safe: one collection uses it at a time.</summary>
internal sealed class CounterTable
{
    private readonly Dictionary<Family, Counter> counters = [];
    private readonly Dictionary<(Family Family, string Key), CounterSeries> series = [];
    private readonly Dictionary<(string Organization, string Server), List<CounterSeries>> byServer = [];
    private readonly List<CounterSeries> dirty = [];
    private readonly HashSet<CounterSeries> retired = [];
    private readonly HashSet<CounterSeries> forgotten = [];

    /// <summary>A table whose series appear in <paramref name="registry"/>.</summary>
    public CounterTable(CollectorRegistry registry)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        foreach (var family in Families.All.Where(family => family.Type == FamilyType.Counter))
            counters.Add(family, factory.CreateCounter(family.Name, family.Help, family.Labels));
    }

    /// <summary>Every series.</summary>
    public IReadOnlyCollection<CounterSeries> All => series.Values;

    /// <summary>Series with something to commit.</summary>
    public IReadOnlyList<CounterSeries> Dirty => dirty;

    /// <summary>The series of one mail server.</summary>
    public IReadOnlyCollection<CounterSeries> OfServer(string organization, string server) =>
        byServer.TryGetValue((organization, server), out var found) ? found : [];

    /// <summary>The organizations and servers that have series.</summary>
    public IReadOnlyCollection<(string Organization, string Server)> Servers => byServer.Keys;

    /// <summary>The series of these labels; it begins at 0 when it is new.</summary>
    public CounterSeries Get(Family family, params string[] labels)
    {
        var key = (family, LabelKey.Of(labels));
        if (series.TryGetValue(key, out var found))
        {
            retired.Remove(found);
            return found;
        }
        found = new CounterSeries(family, labels, counters[family].WithLabels(labels));
        series.Add(key, found);
        if (family.IsOfServer)
        {
            var server = (labels[0], labels[1]);
            if (!byServer.TryGetValue(server, out var siblings))
                byServer.Add(server, siblings = []);
            siblings.Add(found);
        }
        return found;
    }

    /// <summary>Counts; shows after the next commit.</summary>
    public void Add(CounterSeries counted, long amount)
    {
        if (counted.Add(amount))
            dirty.Add(counted);
    }

    /// <summary>Puts everything that was committed on the page.</summary>
    public void Publish()
    {
        foreach (var counted in dirty)
            counted.Publish();
        dirty.Clear();
    }

    /// <summary>Series that the state store is to drop.</summary>
    public IReadOnlyCollection<CounterSeries> Dropped => forgotten.Count == 0 ? retired : [.. retired, .. forgotten];

    /// <summary>Marks a series to leave state store and page for good; <see cref="Get"/> takes the mark back.</summary>
    public void Retire(CounterSeries retiring) => retired.Add(retiring);

    /// <summary>Marks a series to leave the state store, while the page goes on showing it. It must not be counted any more.</summary>
    public void Forget(CounterSeries forgetting) => forgotten.Add(forgetting);

    /// <summary>Whether a series is marked to leave the state store.</summary>
    public bool IsLeaving(CounterSeries marked) => retired.Contains(marked) || forgotten.Contains(marked);

    /// <summary>Has the series in the state store, whatever it has counted: takes back <see cref="Retire"/> and <see cref="Forget"/>.</summary>
    public void Keep(CounterSeries kept)
    {
        retired.Remove(kept);
        forgotten.Remove(kept);
        if (kept.StateId == 0 && !dirty.Contains(kept))
            dirty.Add(kept);
    }

    /// <summary>Takes the retired series off the page, once the state store has dropped them; what they counted goes with them.</summary>
    public void RemoveRetired()
    {
        forgotten.Clear();
        if (retired.Count == 0)
            return;
        dirty.RemoveAll(retired.Contains);
        foreach (var gone in retired)
        {
            series.Remove((gone.Family, LabelKey.Of(gone.Labels)));
            counters[gone.Family].RemoveLabelled(gone.Labels);
        }
        foreach (var group in retired.Where(gone => gone.Family.IsOfServer).GroupBy(gone => (gone.Labels[0], gone.Labels[1])))
        {
            var siblings = byServer[group.Key];
            siblings.RemoveAll(retired.Contains);
            if (siblings.Count == 0)
                byServer.Remove(group.Key);
        }
        retired.Clear();
    }
}
