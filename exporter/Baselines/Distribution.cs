namespace PostalExporter.Baselines;

/// <summary>How values are distributed.</summary>
internal sealed class Distribution
{
    private readonly double[] sorted;

    /// <param name="values">The values; those that are no numbers do not count.</param>
    public Distribution(IEnumerable<double> values)
    {
        sorted = [.. values.Where(double.IsFinite).Order()];
        Mean = sorted.Length == 0 ? double.NaN : sorted.Average();
        Deviation = sorted.Length == 0 ? double.NaN : Math.Sqrt(sorted.Average(value => (value - Mean) * (value - Mean)));
    }

    /// <summary>How many values there are.</summary>
    public int Count => sorted.Length;

    /// <summary>The arithmetic mean; not a number without values.</summary>
    public double Mean { get; }

    /// <summary>The standard deviation of these values (divided by their number); not a number without values.</summary>
    public double Deviation { get; }

    /// <summary>The largest value; not a number without values.</summary>
    public double Highest => Percentile(100);

    /// <summary>
    /// The smallest of the values that at least so many percent of them do not exceed (nearest rank): always one that occurred. Not a number
    /// without values.
    /// </summary>
    /// <param name="percent">Above 0, at most 100. A decimal, so that 99.9 % of 1000 values are 999.</param>
    public double Percentile(decimal percent) =>
        sorted.Length == 0 ? double.NaN : sorted[(int)Math.Ceiling(percent * sorted.Length / 100) - 1];
}
