using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>Distributions that traffic is drawn from.</summary>
internal static class Draws
{
    /// <summary>Uniform.</summary>
    public static double Between(this ref RandomStream random, double least, double most) => least + ((most - least) * random.Share());

    /// <summary>Uniform, both ends included.</summary>
    public static int Whole(this ref RandomStream random, int least, int most) => least + random.Below(most - least + 1);

    /// <summary>Uniform in the logarithm: as often from 5 to 50 as from 5,000 to 50,000.</summary>
    public static double LogBetween(this ref RandomStream random, double least, double most) => least * Math.Pow(most / least, random.Share());

    /// <summary>One of them.</summary>
    public static T One<T>(this ref RandomStream random, IReadOnlyList<T> values) => values[random.Below(values.Count)];

    /// <summary>
    /// Gamma with mean 1 (Marsaglia and Tsang 2000). A Poisson number whose mean is multiplied by it is negative binomial.
    /// </summary>
    /// <param name="random">Chance.</param>
    /// <param name="shape">At least 1; its inverse is the variance.</param>
    public static double Gamma(this ref RandomStream random, double shape)
    {
        var d = shape - (1.0 / 3);
        while (true)
        {
            var normal = random.Normal();
            var v = Math.Pow(1 + (normal / Math.Sqrt(9 * d)), 3);
            if (v > 0 && Math.Log(1 - random.Share()) < (normal * normal / 2) + d - (d * v) + (d * Math.Log(v)))
                return d * v / shape;
        }
    }

    /// <summary>The same values in any order.</summary>
    public static List<T> Shuffled<T>(this ref RandomStream random, IEnumerable<T> values)
    {
        var list = values.ToList();
        for (var i = list.Count - 1; i > 0; i--)
        {
            var other = random.Below(i + 1);
            (list[i], list[other]) = (list[other], list[i]);
        }
        return list;
    }
}
