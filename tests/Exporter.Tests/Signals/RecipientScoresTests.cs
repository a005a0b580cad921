using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class RecipientScoresTests
{
    [Fact]
    public void Honest_mail_keeps_the_score_near_zero_and_a_bad_list_takes_it_past_the_page_within_a_hundred_outcomes()
    {
        var scores = new RecipientScores();
        for (var i = 1; i <= 5_000; i++)
            scores.Observe(1, unknownRecipient: i % 50 == 0);
        Assert.InRange(scores[1], 0, 2.31);

        var outcomes = 0;
        while (scores[1] < 12)
            scores.Observe(1, unknownRecipient: ++outcomes % 5 == 0);
        Assert.InRange(outcomes, 20, 100);
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
        Assert.Equal(new PostalExporter.Configuration.RecipientScoreOptions().Ceiling, scores[1]);
    }
}
