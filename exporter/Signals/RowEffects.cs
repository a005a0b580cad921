using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary>What one row does, gathered from all signals and applied as one: a row counts wholly or not at all.</summary>
internal sealed class RowEffects
{
    private readonly List<(CounterSeries Series, long Amount)> increments = [];
    private readonly List<(MarkSet Marks, long Id)> marks = [];
    private readonly List<(RecipientScores Scores, int CredentialId, bool Unknown)> outcomes = [];
    private readonly List<(RecipientWindows Windows, int CredentialId, long UnixSeconds, ulong Hash)> recipients = [];

    /// <summary>Adds to a series.</summary>
    public void Add(CounterSeries series, long amount = 1) => increments.Add((series, amount));

    /// <summary>Marks an id.</summary>
    /// <returns>Whether it was not marked before: true once per id.</returns>
    public bool Once(MarkSet set, long id)
    {
        // Deliveries that name no message have nothing in common.
        if (id <= 0)
            return true;
        if (set.Contains(id))
            return false;
        marks.Add((set, id));
        return true;
    }

    /// <summary>Takes the first outcome of a message into a credential's score.</summary>
    public void AddOutcome(RecipientScores scores, int credentialId, bool unknown) => outcomes.Add((scores, credentialId, unknown));

    /// <summary>Adds a recipient to a credential's last hour.</summary>
    public void AddRecipient(RecipientWindows windows, int credentialId, long unixSeconds, ulong hash) =>
        recipients.Add((windows, credentialId, unixSeconds, hash));

    /// <summary>Forgets the row.</summary>
    public void Clear()
    {
        outcomes.Clear();
        recipients.Clear();
        increments.Clear();
        marks.Clear();
    }

    /// <summary>Counts the row.</summary>
    public void Apply(CounterTable counters)
    {
        foreach (var (series, amount) in increments)
            counters.Add(series, amount);
        foreach (var (set, id) in marks)
            set.Add(id);
        foreach (var (scores, credentialId, unknown) in outcomes)
            scores.Observe(credentialId, unknown);
        foreach (var (windows, credentialId, unixSeconds, hash) in recipients)
            windows.Add(credentialId, unixSeconds, hash);
        Clear();
    }
}
