namespace PostalExporter.Metrics;

/// <summary>One gauge series. What is set waits in <see cref="Value"/> until it is published.</summary>
internal sealed class GaugeSeries(Family family, string[] labels) : Series(family, labels)
{
    private double shown;

    /// <inheritdoc/>
    public override double Shown => shown;

    /// <summary>What was set last.</summary>
    public double Value { get; set; }

    /// <summary>Where it was among those of its part at the last publication.</summary>
    public int Order { get; set; }

    /// <summary>The gathering in which it was set last.</summary>
    public int Gathering { get; set; }

    /// <summary>Whether it is the series of these labels.</summary>
    public bool Is(Family family, ReadOnlySpan<string> labels) => family == Family && labels.SequenceEqual(Labels);

    /// <summary>Changes what the page shows.</summary>
    public void Publish(double value) => shown = value;
}
