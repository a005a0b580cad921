using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary>What one row does, gathered from all signals and applied as one: a row counts wholly or not at all.</summary>
internal sealed class RowEffects
{
    private readonly List<(CounterSeries Series, long Amount)> increments = [];
    private readonly List<(MarkSet Marks, long Id)> marks = [];

    /// <summary>Adds to a series.</summary>
    public void Add(CounterSeries series, long amount = 1) => increments.Add((series, amount));

    /// <summary>Marks an id.</summary>
    /// <returns>Whether it was not marked before: true once per id.</returns>
    public bool Once(MarkSet set, long id)
    {
        if (set.Contains(id))
            return false;
        marks.Add((set, id));
        return true;
    }

    /// <summary>Forgets the row.</summary>
    public void Clear()
    {
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
        Clear();
    }
}
