using PostalExporter.Benchmarks.Detection;

namespace PostalExporter.Tests.Signals;

/// <summary>
/// What <c>docs/detection.md</c> says of the score, by the simulation that measured it, with fewer outcomes. The bounds hold what the
/// full measurement found, with room for chance.
/// </summary>
public sealed class RecipientScoreSimulationTests
{
    private const int Outcomes = 4_000_000;
    private static readonly double[] Limits = [6.9, 8, 10, 12];

    [Theory]
    // False crossings of 6.9, 8, 10 and 12 per 100,000 outcomes: from, to.
    [InlineData(0.01, 0.2, 0.8, 0, 0.3, 0, 0.1, 0, 0.05)]
    [InlineData(0.02, 5, 8, 1.5, 3, 0.1, 0.6, 0, 0.2)]
    [InlineData(0.03, 25, 33, 11, 15, 2, 4, 0.3, 1.2)]
    [InlineData(0.05, 145, 165, 90, 110, 38, 52, 16, 26)]
    public void Honest_mail_reaches_a_limit_as_seldom_as_documented(
        double share, double from0, double to0, double from1, double to1, double from2, double to2, double from3, double to3)
    {
        var rates = Rates(RecipientTraffic.Independent(new Random(7), share));

        Assert.InRange(rates[0], from0, to0);
        Assert.InRange(rates[1], from1, to1);
        Assert.InRange(rates[2], from2, to2);
        Assert.InRange(rates[3], from3, to3);
    }

    [Theory]
    // Outcomes until 8 and 12: median from, to; 95th percentile of 12 at most.
    [InlineData(0.10, 68, 83, 125, 145, 450)]
    [InlineData(0.20, 20, 26, 30, 45, 90)]
    [InlineData(0.40, 8, 11, 12, 17, 30)]
    public void A_bad_list_is_noticed_as_soon_as_documented_by_a_new_credential_and_after_a_long_honest_history(
        double share, int from8, int to8, int from12, int to12, int most95)
    {
        foreach (var history in (int[])[0, 2_000])
        {
            var random = new Random(7);
            var delays = RecipientScoreSimulation.MeasureDelays(
                RecipientTraffic.Independent(random, 0.02).Take(history), RecipientTraffic.Independent(random, share), runs: 1_000, Limits);

            Assert.InRange(delays[1].Median, from8, to8);
            Assert.InRange(delays[3].Median, from12, to12);
            Assert.InRange(delays[3].Percentile95, delays[3].Median, most95);
        }
    }

    [Fact]
    public void A_thief_who_sends_as_much_as_the_account_is_noticed_within_some_forty_messages()
    {
        var random = new Random(7);
        var delays = RecipientScoreSimulation.MeasureDelays(
            RecipientTraffic.Independent(random, 0.02).Take(2_000), RecipientTraffic.Mixed(random, (0.02, 100), (0.40, 100)), runs: 1_000, Limits);

        Assert.InRange(delays[3].Median, 28, 42);
    }

    [Fact]
    public void Unknown_recipients_that_come_in_clusters_make_false_crossings_many_times_more_frequent()
    {
        var rates = Rates(RecipientTraffic.Clustered(new Random(7), 0.02, correlation: 0.05, recipients: 50));

        Assert.InRange(rates[1], 50, 76);
        Assert.InRange(rates[3], 21, 35);
    }

    [Fact]
    public void A_mailing_has_the_share_and_the_correlation_that_were_asked_for()
    {
        const int Recipients = 50;
        var shares = RecipientTraffic.Clustered(new Random(7), 0.02, correlation: 0.05, Recipients)
            .Chunk(Recipients).Take(40_000).Select(mailing => mailing.Count(unknown => unknown) / (double)Recipients).ToList();

        var mean = shares.Average();
        var variance = shares.Average(share => (share - mean) * (share - mean));
        Assert.InRange(mean, 0.0195, 0.0205);
        // Of a beta-binomial share.
        var expected = 0.02 * 0.98 * (1 + ((Recipients - 1) * 0.05)) / Recipients;
        Assert.InRange(variance, 0.93 * expected, 1.07 * expected);
    }

    private static double[] Rates(IEnumerable<bool> traffic) =>
        [.. RecipientScoreSimulation.CountCrossings(traffic.Take(Outcomes), Limits).Select(count => count * 100_000.0 / Outcomes)];
}
