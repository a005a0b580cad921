using System.Globalization;

namespace PostalExporter.Metrics;

/// <summary>
/// What the series of a histogram are. In store and table they are counters with a last label <see cref="Label"/>: the upper bound of a
/// bucket, <see cref="Sum"/> or <see cref="Count"/>. On the page they have the names that Prometheus gives them.
/// </summary>
internal static class HistogramPart
{
    /// <summary>Name of the last label: on the page, that of a bucket's bound.</summary>
    public const string Label = "le";

    /// <summary>The sum of the values, in thousandths of the family's unit.</summary>
    public const string Sum = "sum";

    /// <summary>How many values there were.</summary>
    public const string Count = "count";

    /// <summary>The bound of the bucket that holds every value.</summary>
    public const string Infinity = "+Inf";

    /// <summary>What <see cref="Sum"/> is divided by on the page.</summary>
    public const double SumScale = 1000;

    /// <summary>Where a part stands among those of its histogram.</summary>
    public static double Rank(string part) => part switch
    {
        Sum => double.PositiveInfinity,
        Count => double.MaxValue,
        Infinity => double.MaxValue / 2,
        _ => double.Parse(part, CultureInfo.InvariantCulture),
    };
}
