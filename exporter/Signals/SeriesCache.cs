using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary>Series by what selects them in an event, so that label values are put together once and not per row.</summary>
internal sealed class SeriesCache<TKey>(Func<TKey, CounterSeries> create)
    where TKey : notnull
{
    private readonly Dictionary<TKey, CounterSeries> series = [];

    /// <summary>The series of a key.</summary>
    public CounterSeries this[TKey key]
    {
        get
        {
            if (!series.TryGetValue(key, out var found))
                series.Add(key, found = create(key));
            return found;
        }
    }
}
