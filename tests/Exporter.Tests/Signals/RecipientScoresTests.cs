using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class RecipientScoresTests
{
    private static readonly RecipientScoreOptions Defaults = new();

    [Fact]
    public void The_steps_follow_from_the_shares_of_the_two_lists()
    {
        Assert.Equal((2.30, -0.20), (Math.Round(Defaults.UnknownStep, 2), Math.Round(Defaults.KnownStep, 2)));

        var scores = new RecipientScores();
        scores.Use(new RecipientScoreOptions { NormalShare = 0.05, BadShare = 0.5 });
        scores.Observe(1, unknownRecipient: true);
        Assert.Equal(Math.Log(10), scores[1], 12);
        scores.Observe(1, unknownRecipient: false);
        Assert.Equal(Math.Log(10) + Math.Log(0.5 / 0.95), scores[1], 12);
    }

    [Fact]
    public void The_score_has_a_floor_and_a_ceiling()
    {
        var scores = new RecipientScores();
        scores.Observe(1, unknownRecipient: false);
        Assert.Equal(0, scores[1]);
        Assert.Empty(scores.Dirty);
        for (var i = 0; i < 100; i++)
            scores.Observe(1, unknownRecipient: true);
        Assert.Equal(Defaults.Ceiling, scores[1]);
    }

    [Fact]
    public void From_the_ceiling_an_honest_account_is_back_at_zero_after_180_messages()
    {
        var scores = new RecipientScores();
        scores.Restore(1, Defaults.Ceiling);
        var messages = 0;
        for (; scores[1] > 0; messages++)
            scores.Observe(1, unknownRecipient: false);

        Assert.InRange(messages, 170, 180);
    }

    [Fact]
    public void A_lower_ceiling_takes_down_what_lies_above_it_and_nothing_else()
    {
        var scores = new RecipientScores();
        scores.Restore(1, 30);
        scores.Restore(2, 5);

        scores.Use(Defaults with { Ceiling = 10 });

        Assert.Equal((10, 5), (scores[1], scores[2]));
        Assert.Equal([1], scores.Dirty);
    }

    [Fact]
    public void Ten_thousand_credentials_take_less_than_two_mebibytes_and_more_outcomes_of_theirs_nothing()
    {
        var scores = new RecipientScores();
        ObserveAll(scores);
        scores.Saved();
        var other = new RecipientScores();
        var started = GC.GetAllocatedBytesForCurrentThread();
        ObserveAll(other);
        var filled = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
        {
            ObserveAll(scores);
            scores.Saved();
        }
        var ended = GC.GetAllocatedBytesForCurrentThread();

        // With all that was grown out of on the way.
        Assert.InRange(filled - started, 1, 2 << 20);
        // A million outcomes; the runtime takes a kilobyte now and then when it compiles a loop anew.
        Assert.InRange(ended - filled, 0, 1 << 16);
        Assert.Equal(10_000, scores.Credentials.Count);
        scores.KeepOnly([7]);
        Assert.Equal([7], scores.Credentials);
    }

    private static void ObserveAll(RecipientScores scores)
    {
        for (var credential = 1; credential <= 10_000; credential++)
            scores.Observe(credential, unknownRecipient: true);
    }
}
