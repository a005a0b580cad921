namespace PostalSimulator.Traffic;

/// <summary>How traffic moves over the day (24 weights for UTC hours, mean 1) and the week.</summary>
public sealed class Rhythm
{
    /// <summary>Rhythms a scenario can name.</summary>
    public static readonly IReadOnlyDictionary<string, double[]> Named = new Dictionary<string, double[]>(StringComparer.Ordinal)
    {
        ["flat"] = [.. Enumerable.Repeat(1.0, 24)],
        ["office"] = [2, 2, 2, 2, 3, 6, 20, 60, 95, 100, 98, 90, 70, 85, 95, 92, 80, 55, 25, 12, 8, 5, 3, 2],
        ["evening"] = [20, 12, 8, 6, 6, 10, 20, 35, 50, 58, 62, 65, 66, 65, 65, 68, 75, 86, 97, 100, 98, 85, 60, 35],
        ["nightly"] = [2, 100, 60, 10, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    };

    private readonly double[] hours;

    /// <param name="hours">24 weights, of which only the proportions matter.</param>
    public Rhythm(IReadOnlyList<double> hours)
    {
        var mean = hours.Average();
        this.hours = [.. hours.Select(hour => hour / mean)];
    }

    /// <summary>Factor on Saturday and Sunday.</summary>
    public double Weekend { get; init; } = 1;

    /// <summary>Standard deviation of the logarithm of a slow random factor with mean 1: how far real traffic strays from its rhythm.</summary>
    public double Dispersion { get; init; } = 0.1;

    /// <summary>The factor on the daily mean at a moment. Hours pass into each other without steps.</summary>
    internal double FactorAt(long unixMinute, ulong seed, ulong key)
    {
        var hour = Math.DivRem(unixMinute, 60, out var minuteOfHour);
        var share = minuteOfHour / 60.0;
        var shape = hours[hour % 24] * (1 - share) + hours[(hour + 1) % 24] * share;
        // 1 January 1970 was a Thursday.
        var isWeekend = (hour / 24 + 4) % 7 is 0 or 6;
        var noise = Noise(hour, seed, key) * (1 - share) + Noise(hour + 1, seed, key) * share;
        return shape * (isWeekend ? Weekend : 1) * Math.Exp(Dispersion * noise - Dispersion * Dispersion / 2);
    }

    private static double Noise(long hour, ulong seed, ulong key) => new RandomStream(seed, key ^ 0x6E6F697365UL, hour).Normal();
}
