namespace PostalExporter.Metrics;

/// <summary>
/// One counter series. What is counted waits in <see cref="Pending"/> until the state store has it; only then does it
/// enter <see cref="Value"/> and the page, so that no value that was once exposed can be lost.
/// </summary>
internal sealed class CounterSeries(Family family, string[] labels) : Series(family, labels)
{
    /// <summary>Row id in the state store, 0 while it has none.</summary>
    public long StateId { get; set; }

    /// <summary>What the state store has and the page shows.</summary>
    public long Value { get; private set; }

    /// <summary>Counted and not yet committed.</summary>
    public long Pending { get; private set; }

    /// <inheritdoc/>
    public override double Shown => InUnit(Value);

    /// <summary>What the page will show after the next commit.</summary>
    public double ShownWithPending => InUnit(Value + Pending);

    /// <summary>Adds to <see cref="Pending"/>.</summary>
    /// <returns>Whether this is the first addition since the last commit.</returns>
    public bool Add(long amount)
    {
        var first = Pending == 0;
        Pending += amount;
        return first && amount != 0;
    }

    /// <summary>Sets what the state store has; at start.</summary>
    public void Restore(long stateId, long value)
    {
        StateId = stateId;
        Value = value;
    }

    /// <summary>Moves what was committed into the page.</summary>
    public void Publish()
    {
        Value += Pending;
        Pending = 0;
    }

    private double InUnit(long value) =>
        Family.Type == FamilyType.Histogram && Labels[^1] == HistogramPart.Sum ? value / HistogramPart.SumScale : value;
}
