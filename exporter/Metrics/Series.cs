namespace PostalExporter.Metrics;

/// <summary>A time series: a family, label values, and the value that the page shows.</summary>
internal abstract class Series(Family family, string[] labels)
{
    /// <summary>The family.</summary>
    public Family Family => family;

    /// <summary>Label values in the family's order.</summary>
    public string[] Labels => labels;

    /// <summary>What the page shows, in the family's unit.</summary>
    public abstract double Shown { get; }

    /// <summary>Where it is among the series of its family on the page; -1 when it is not on it. Kept by <see cref="MetricsPage"/>.</summary>
    public int Place { get; set; } = -1;
}
