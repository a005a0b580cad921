using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary>What one row does, gathered from all signals and applied as one: a row counts wholly or not at all.</summary>
internal sealed class RowEffects
{
    private readonly List<(CounterSeries Series, long Amount)> increments = [];
    private readonly List<(MarkSet Marks, long Id)> marks = [];
    private readonly List<(RecipientScores Scores, int CredentialId, bool Unknown)> outcomes = [];
    private readonly List<(INoteTaker Taker, Note Note)> notes = [];

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

    /// <summary>Tells something that is remembered.</summary>
    public void Tell(INoteTaker taker, in Note note) => notes.Add((taker, note));

    /// <summary>Forgets the row.</summary>
    public void Clear()
    {
        outcomes.Clear();
        notes.Clear();
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
        foreach (var (taker, note) in notes)
            taker.Take(note);
        Clear();
    }
}
