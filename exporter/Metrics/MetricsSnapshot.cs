namespace PostalExporter.Metrics;

/// <summary>
/// Series and their values at one moment. It may be read by many and while the page changes; everyone who holds it disposes it
/// once. Its memory is used again, and the text is written while it is sent: as a whole it would be the largest thing in memory.
/// </summary>
internal sealed class MetricsSnapshot : IDisposable
{
    private readonly Pool pool;
    private Series[] series = [];
    private double[] values = [];
    private int holders = 1;

    private MetricsSnapshot(Pool pool) => this.pool = pool;

    /// <summary>How many series there are; those of a family follow one another.</summary>
    public int Count { get; private set; }

    /// <summary>A series and its value.</summary>
    public (Series Series, double Value) this[int index] => (series[index], values[index]);

    /// <summary>Adds the series of a family.</summary>
    public void Add(List<Series> family)
    {
        family.CopyTo(series, Count);
        foreach (var one in family)
            values[Count++] = one.Shown;
    }

    /// <summary>Adds a holder. Only a holder may.</summary>
    public MetricsSnapshot Share()
    {
        Interlocked.Increment(ref holders);
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref holders) == 0)
            pool.Return(this);
    }

    /// <summary>Snapshots that nobody holds.</summary>
    internal sealed class Pool
    {
        // One is read while the next is made. More are needed by slow readers only.
        private const int Most = 2;
        private readonly Lock gate = new();
        private readonly Stack<MetricsSnapshot> free = [];

        /// <summary>An empty snapshot with room for a number of series.</summary>
        public MetricsSnapshot Take(int size)
        {
            MetricsSnapshot? snapshot;
            lock (gate)
            {
                if (!free.TryPop(out snapshot))
                    snapshot = new MetricsSnapshot(this);
            }
            snapshot.holders = 1;
            if (snapshot.series.Length < size)
            {
                snapshot.series = new Series[size];
                snapshot.values = new double[size];
            }
            return snapshot;
        }

        /// <summary>Takes a snapshot back.</summary>
        public void Return(MetricsSnapshot snapshot)
        {
            // Series that are gone must not live on here.
            Array.Clear(snapshot.series, 0, snapshot.Count);
            snapshot.Count = 0;
            lock (gate)
            {
                if (free.Count < Most)
                    free.Push(snapshot);
            }
        }
    }
}
