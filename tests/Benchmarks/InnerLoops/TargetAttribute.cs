using System.Globalization;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary>What an operation must reach. One without it is measured and not judged.</summary>
/// <param name="judged">The figure that is judged.</param>
/// <param name="limit">What it must be.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TargetAttribute(Judged judged, double limit) : Attribute
{
    /// <summary>The figure that is judged.</summary>
    public Judged Judged => judged;

    /// <summary>The target as the table shows it.</summary>
    public string Text => judged switch
    {
        Judged.PerSecond => string.Create(CultureInfo.InvariantCulture, $"≥ {limit:N0}/s"),
        Judged.Bytes => string.Create(CultureInfo.InvariantCulture, $"≤ {limit:0.##} B"),
        _ => string.Create(CultureInfo.InvariantCulture, $"≤ {limit}"),
    };

    /// <summary>Whether a figure reaches the target.</summary>
    public bool IsReached(double figure) => judged == Judged.PerSecond ? figure >= limit : figure <= limit;
}

/// <summary>What of an operation is judged.</summary>
internal enum Judged
{
    /// <summary>Its time, as a multiple of the reference's.</summary>
    Ratio,

    /// <summary>Operations a second on one core.</summary>
    PerSecond,

    /// <summary>Bytes that it allocates.</summary>
    Bytes,
}
