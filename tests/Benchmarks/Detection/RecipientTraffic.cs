namespace PostalExporter.Benchmarks.Detection;

/// <summary>First outcomes of a credential's messages, without end: whether the recipient is unknown. Each enumeration begins anew.</summary>
internal static class RecipientTraffic
{
    /// <summary>Each recipient is unknown by chance, whatever the others are.</summary>
    /// <param name="random">Chance.</param>
    /// <param name="share">Share of unknown recipients.</param>
    public static IEnumerable<bool> Independent(Random random, double share)
    {
        while (true)
            yield return random.NextDouble() < share;
    }

    /// <summary>
    /// Unknown recipients in clusters: each mailing has a share of its own, so that their number in one is beta-binomial.
    /// </summary>
    /// <param name="random">Chance.</param>
    /// <param name="share">Share of unknown recipients over all mailings.</param>
    /// <param name="correlation">Between two recipients of one mailing, above 0: 0.05 gives shares of 2 percent a standard deviation of 3.</param>
    /// <param name="recipients">Recipients of a mailing.</param>
    public static IEnumerable<bool> Clustered(Random random, double share, double correlation, int recipients)
    {
        var weight = (1 / correlation) - 1;
        while (true)
        {
            var own = Beta(random, share * weight, (1 - share) * weight);
            for (var i = 0; i < recipients; i++)
                yield return random.NextDouble() < own;
        }
    }

    /// <summary>Two senders with one credential, whose messages come in any order.</summary>
    /// <param name="random">Chance.</param>
    /// <param name="first">Share of unknown recipients of one of them, and how much it sends.</param>
    /// <param name="second">The same of the other.</param>
    public static IEnumerable<bool> Mixed(Random random, (double Share, double Messages) first, (double Share, double Messages) second)
    {
        var part = first.Messages / (first.Messages + second.Messages);
        while (true)
            yield return random.NextDouble() < (random.NextDouble() < part ? first.Share : second.Share);
    }

    private static double Beta(Random random, double alpha, double beta)
    {
        var first = Gamma(random, alpha);
        var sum = first + Gamma(random, beta);
        // Both can be too small for a number: then it is one end or the other.
        return sum > 0 ? first / sum : random.NextDouble() < alpha / (alpha + beta) ? 1 : 0;
    }

    // Marsaglia and Tsang 2000; below 1 by way of the shape that is 1 larger.
    private static double Gamma(Random random, double shape)
    {
        if (shape < 1)
            return Gamma(random, shape + 1) * Math.Pow(1 - random.NextDouble(), 1 / shape);
        var d = shape - (1.0 / 3);
        while (true)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var v = Math.Pow(1 + (normal / Math.Sqrt(9 * d)), 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < (normal * normal / 2) + d - (d * v) + (d * Math.Log(v)))
                return d * v;
        }
    }
}
