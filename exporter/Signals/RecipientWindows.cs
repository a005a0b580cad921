namespace PostalExporter.Signals;

/// <summary>How many different recipients each credential of a server wrote to within the last hour, in steps of ten minutes.</summary>
internal sealed class RecipientWindows : INoteTaker
{
    /// <summary>Seconds of a step.</summary>
    private const int StepSeconds = 600;

    /// <summary>Steps of the window: the running one and those that fill the hour.</summary>
    private const int Steps = 6;

    private readonly Dictionary<(int CredentialId, long Step), DistinctCounter> counters = [];
    private readonly HashSet<(int CredentialId, long Step)> dirty = [];

    /// <summary>Steps of credentials that exist.</summary>
    public IReadOnlyCollection<(int CredentialId, long Step)> Keys => counters.Keys;

    /// <summary>Steps of credentials that changed or went since the last save.</summary>
    public IReadOnlyCollection<(int CredentialId, long Step)> Dirty => dirty;

    /// <summary>Adds a recipient, given by the hash of the address.</summary>
    public void Take(in Note note)
    {
        var key = (note.CredentialId, note.UnixSeconds / StepSeconds);
        if (!counters.TryGetValue(key, out var counter))
            counters.Add(key, counter = new DistinctCounter());
        if (counter.Add(note.Value))
            dirty.Add(key);
    }

    /// <summary>Estimates for the hour that ends now, of every credential that wrote to anyone; other steps are dropped.</summary>
    public IReadOnlyDictionary<int, double> Estimate(DateTimeOffset now)
    {
        var newest = now.ToUnixTimeSeconds() / StepSeconds;
        var oldest = newest - Steps + 1;
        // A host whose clock is ahead by more than a step must not fill the memory until its time has come.
        Drop(key => key.Step < oldest || key.Step > newest + 1);
        var merged = new Dictionary<int, DistinctCounter>();
        foreach (var ((credentialId, _), counter) in counters)
        {
            if (!merged.TryGetValue(credentialId, out var sum))
                merged.Add(credentialId, sum = new DistinctCounter());
            sum.Merge(counter);
        }
        return merged.ToDictionary(pair => pair.Key, pair => pair.Value.Estimate());
    }

    /// <summary>Drops the recipients of all other credentials.</summary>
    public void KeepOnly(IReadOnlyCollection<int> credentialIds)
    {
        var kept = credentialIds.ToHashSet();
        Drop(key => !kept.Contains(key.CredentialId));
    }

    /// <summary>The bytes of a step, or null when it was dropped.</summary>
    public byte[]? Bytes((int CredentialId, long Step) key) => counters.TryGetValue(key, out var counter) ? counter.ToBytes() : null;

    /// <summary>Puts back what was saved.</summary>
    public void Restore(int credentialId, long step, byte[] bytes) => counters[(credentialId, step)] = DistinctCounter.FromBytes(bytes);

    /// <summary>Notes that everything was saved.</summary>
    public void Saved() => dirty.Clear();

    private void Drop(Func<(int CredentialId, long Step), bool> condition)
    {
        foreach (var key in counters.Keys.Where(condition).ToList())
        {
            counters.Remove(key);
            dirty.Add(key);
        }
    }
}
