using System.Text;

namespace PostalSimulator.Traffic;

/// <summary>
/// Deterministic random numbers (SplitMix64). A stream is named by the scenario's seed, a key and a number such as a minute, so the
/// traffic of a minute is the same wherever a run begins, on every version of .NET.
/// </summary>
internal struct RandomStream
{
    private ulong state;

    public RandomStream(ulong seed, ulong key, long number)
    {
        state = seed;
        state = Next() ^ key;
        state = Next() ^ (ulong)number;
    }

    /// <summary>A key for a name (FNV-1a).</summary>
    public static ulong KeyOf(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ octet) * 1099511628211UL;
        return hash;
    }

    public ulong Next()
    {
        var z = state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, limit).</summary>
    public int Below(int limit) => (int)((Next() >> 32) * (ulong)limit >> 32);

    public bool Happens(double probability) => Share() < probability;

    /// <summary>Standard normal.</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Share())) * Math.Cos(2 * Math.PI * Share());

    /// <summary>Exponential with the given mean.</summary>
    public double Exponential(double mean) => -mean * Math.Log(1 - Share());

    /// <summary>Poisson; above a mean of 30 by its normal approximation.</summary>
    public int Poisson(double mean)
    {
        if (mean > 30)
            return Math.Max(0, (int)Math.Round(mean + Math.Sqrt(mean) * Normal()));
        var limit = Math.Exp(-mean);
        var count = 0;
        for (var product = Share(); product > limit; product *= Share())
            count++;
        return count;
    }
}
