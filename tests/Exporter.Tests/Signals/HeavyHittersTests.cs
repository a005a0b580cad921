using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class HeavyHittersTests
{
    [Fact]
    public void A_key_that_makes_up_more_than_its_share_is_found_among_a_flood_of_others()
    {
        var hitters = new HeavyHitters(100);
        for (ulong i = 0; i < 100_000; i++)
        {
            hitters.Add(1_000 + i, 1, "junk.example");
            if (i % 20 == 0)
                hitters.Add(1, 1, "real.example");
        }

        var best = hitters.Best!.Value;

        Assert.Equal((1UL, "real.example"), (best.Key, best.Name));
        // Counted from when it was last taken in: never more than there were.
        Assert.InRange(best.Seen, 4_500, 5_000);
    }

    [Fact]
    public void Within_the_capacity_counts_are_exact_and_the_best_can_be_taken_out_one_after_the_other()
    {
        var hitters = new HeavyHitters(50);
        var random = new Random(1);
        var truth = new Dictionary<ulong, int>();
        for (var i = 0; i < 5_000; i++)
        {
            var key = (ulong)Math.Sqrt(random.Next(2_500));
            truth[key] = truth.GetValueOrDefault(key) + 1;
            hitters.Add(key, 1, $"{key}.example");
        }

        foreach (var expected in truth.Where(pair => pair.Value > 1).Select(pair => pair.Value).OrderDescending())
        {
            var best = hitters.Best!.Value;
            Assert.Equal((expected, truth[best.Key], $"{best.Key}.example"), ((int)best.Seen, (int)best.Seen, best.Name));
            hitters.Remove(best.Key);
        }
    }

    [Fact]
    public void A_key_that_was_seen_once_has_no_name() =>
        Assert.Null(Seen("once.example").Best);

    private static HeavyHitters Seen(string name)
    {
        var hitters = new HeavyHitters(4);
        hitters.Add(7, 1, name);
        return hitters;
    }
}
