using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.Detection;

/// <summary>How often, and how soon, the score of <see cref="RecipientScores"/> with its built-in parameters reaches limits.</summary>
internal static class RecipientScoreSimulation
{
    // No delay is waited for longer.
    private const int MostOutcomes = 1_000_000;

    private const int Credential = 1;

    /// <summary>Counts how often the score rises to each limit. It counts once until the score is back at 0: that is one alarm.</summary>
    /// <param name="traffic">Outcomes, an end to them.</param>
    /// <param name="limits">The limits.</param>
    public static long[] CountCrossings(IEnumerable<bool> traffic, double[] limits)
    {
        var scores = new RecipientScores();
        var crossings = new long[limits.Length];
        var above = new bool[limits.Length];
        foreach (var unknown in traffic)
        {
            scores.Observe(Credential, unknown);
            var score = scores[Credential];
            if (score == 0)
                Array.Clear(above);
            for (var limit = 0; limit < limits.Length; limit++)
            {
                if (above[limit] || score < limits[limit])
                    continue;
                above[limit] = true;
                crossings[limit]++;
            }
        }
        return crossings;
    }

    /// <summary>Counts the outcomes from the first of an attack to the one with which the score reaches each limit.</summary>
    /// <param name="history">What came before; nothing for a new credential.</param>
    /// <param name="attack">Outcomes from then on, without end.</param>
    /// <param name="runs">How often all of this is tried.</param>
    /// <param name="limits">The limits, in rising order.</param>
    /// <returns>For each limit.</returns>
    public static Delays[] MeasureDelays(IEnumerable<bool> history, IEnumerable<bool> attack, int runs, double[] limits)
    {
        var delays = Array.ConvertAll(limits, _ => new int[runs]);
        for (var run = 0; run < runs; run++)
        {
            var scores = new RecipientScores();
            foreach (var unknown in history)
                scores.Observe(Credential, unknown);
            var limit = 0;
            var outcomes = 0;
            foreach (var unknown in attack.Take(MostOutcomes))
            {
                outcomes++;
                scores.Observe(Credential, unknown);
                while (limit < limits.Length && scores[Credential] >= limits[limit])
                    delays[limit++][run] = outcomes;
                if (limit == limits.Length)
                    break;
            }
            for (; limit < limits.Length; limit++)
                delays[limit][run] = MostOutcomes;
        }
        return Array.ConvertAll(delays, Delays.Of);
    }
}

/// <summary>Outcomes until a limit is reached.</summary>
/// <param name="Median">In one half of the runs at most as many.</param>
/// <param name="Percentile95">In 19 of 20 runs at most as many.</param>
internal readonly record struct Delays(int Median, int Percentile95)
{
    /// <summary>Sums up the runs.</summary>
    public static Delays Of(int[] runs)
    {
        Array.Sort(runs);
        return new(runs[runs.Length / 2], runs[runs.Length * 95 / 100]);
    }
}
