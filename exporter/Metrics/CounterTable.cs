namespace PostalExporter.Metrics;

/// <summary>
/// Every counter series of the exporter, by family and labels. Not thread-safe: one collection uses it at a time, and
/// <see cref="Show"/> and <see cref="Publish"/> change what the page shows.
/// </summary>
/// <param name="page">Shows the series.</param>
internal sealed class CounterTable(MetricsPage page)
{
    private readonly SeriesSet<CounterSeries> series = new();
    private readonly Dictionary<(string Organization, string Server), List<CounterSeries>> byServer = [];
    private readonly List<CounterSeries> dirty = [];
    private readonly HashSet<CounterSeries> retired = [];
    private readonly List<CounterSeries> added = [];
    private readonly List<CounterSeries> removed = [];
    private readonly HashSet<CounterSeries> forgotten = [];

    /// <summary>Every series.</summary>
    public IReadOnlyCollection<CounterSeries> All => series.All;

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
        if (series.TryGet(family, labels, out var found))
        {
            retired.Remove(found);
            return found;
        }
        if (family.Type == FamilyType.Gauge || labels.Length != family.Labels.Length)
            throw new ArgumentException($"{family.Name} is no counter with {labels.Length} labels", nameof(family));
        found = new CounterSeries(family, labels);
        series.Add(found);
        added.Add(found);
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

    /// <summary>Shows series that are new, with what was committed of them, and no longer those that were removed.</summary>
    public void Show()
    {
        foreach (var gone in removed)
            page.Hide(gone);
        removed.Clear();
        foreach (var one in added)
            page.Show(one);
        added.Clear();
    }

    /// <summary>Shows everything that was committed.</summary>
    public void Publish()
    {
        foreach (var counted in dirty)
            counted.Publish();
        dirty.Clear();
    }

    /// <summary>Takes series for the next commit that were published before they were saved.</summary>
    public void MarkUnsaved(IEnumerable<CounterSeries> published) => dirty.AddRange(published);

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

    /// <summary>Removes the retired series, once the state store has dropped them; what they counted goes with them.</summary>
    public void RemoveRetired()
    {
        forgotten.Clear();
        if (retired.Count == 0)
            return;
        dirty.RemoveAll(retired.Contains);
        added.RemoveAll(retired.Contains);
        foreach (var gone in retired)
        {
            series.Remove(gone);
            removed.Add(gone);
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
