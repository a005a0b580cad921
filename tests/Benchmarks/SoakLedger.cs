namespace PostalExporter.Benchmarks;

/// <summary>What the writers of a soak have committed, and how old it is when a page shows it. Thread-safe.</summary>
internal sealed class SoakLedger
{
    private readonly Lock gate = new();
    // The rows that were committed up to a moment, oldest moment first; moments that a page has shown are dropped.
    private readonly Queue<(long Rows, long At)> commits = new();
    private long rows;

    /// <summary>Messages and deliveries committed so far.</summary>
    public long Rows
    {
        get
        {
            lock (gate)
                return rows;
        }
    }

    /// <summary>Notes rows that others can see from now on.</summary>
    public void Commit(int count)
    {
        lock (gate)
            commits.Enqueue((rows += count, TimeProvider.System.GetTimestamp()));
    }

    /// <summary>How old a page is that has arrived.</summary>
    /// <param name="shown">Messages and deliveries on it.</param>
    /// <returns>Seconds since the first commit that it lacks; 0 when it lacks none. By number: rows are not told apart.</returns>
    public double Lag(double shown)
    {
        lock (gate)
        {
            while (commits.TryPeek(out var commit) && commit.Rows <= shown)
                commits.Dequeue();
            return commits.TryPeek(out var lacking) ? TimeProvider.System.GetElapsedTime(lacking.At).TotalSeconds : 0;
        }
    }
}
