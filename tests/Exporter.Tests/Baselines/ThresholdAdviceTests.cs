using PostalExporter.Baselines;

namespace PostalExporter.Tests.Baselines;

public sealed class ThresholdAdviceTests
{
    private static readonly CredentialHours Quiet = History.Credential("quiet", _ => 3);

    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(1000.4, 1200)]
    [InlineData(1249, 1500)]
    [InlineData(99, 100)]
    [InlineData(0.2, 1)]
    [InlineData(8_000_001, 10_000_000)]
    public void A_readable_limit_is_never_below_the_value(double value, double expected) => Assert.Equal(expected, ThresholdAdvice.Readable(value));

    [Fact]
    public void The_volume_limit_lies_above_the_busiest_sixty_minutes_of_the_busiest_credential()
    {
        var busy = History.Credential("busy", hour => hour == 200 ? 1900 : 1000);
        busy.Peaks[201] = 2000;

        var proposal = Assert.Single(Advice(Quiet, busy).Proposals);

        Assert.Equal(("messages_per_hour", 3000, 6000), (proposal.Signal, proposal.Warning, proposal.Critical));
        Assert.Equal(
            "The busiest normal hour of a credential had 2,000 messages (“busy”, Tue 2026-03-10 09:00 UTC), 99.9 % of its normal hours at most 1,900. "
            + "The warning is 1.5 times that, rounded up. Now: warning 500, critical 1000.", proposal.Reason);
    }

    [Fact]
    public void The_volume_limit_of_a_quiet_server_sinks_to_what_is_judged_at_all()
    {
        var proposal = Assert.Single(Advice(Quiet).Proposals);

        Assert.Equal((100, 200), (proposal.Warning, proposal.Critical));
        Assert.Contains("not below volume_minimum_messages", proposal.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(320)] // 500 as built in.
    [InlineData(390)] // 600 is not much else.
    public void A_limit_that_is_about_right_stays(double messages) =>
        Assert.Empty(Advice(History.Credential("app", _ => messages)).Proposals);

    [Fact]
    public void Hours_that_were_left_out_raise_no_limit()
    {
        var hijacked = History.Credential("app", hour => hour is >= 100 and < 130 ? 90_000 : 3);
        for (var hour = 100; hour < 130; hour++)
            hijacked.LeftOut[hour] = hour < 115 ? LeftOut.Alert : LeftOut.Campaign;

        Assert.Equal(100, Assert.Single(Advice(hijacked).Proposals).Warning);
    }

    [Fact]
    public void A_limit_that_is_off_stays_off()
    {
        var limits = Limits(("messages_per_hour", "warning", double.PositiveInfinity));

        var proposal = Assert.Single(ThresholdAdvice.Of(History.Span, [Quiet], limits).Proposals);

        Assert.Equal((null, 200), (proposal.Warning, proposal.Critical));
        Assert.Contains("Now: warning off, critical 1000.", proposal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bounce_ratio_that_is_usual_raises_the_warning_and_never_above_the_critical_limit()
    {
        Assert.Equal((0.075, null), Proposed(0.061));
        Assert.Equal((0.10, null), Proposed(0.095));

        static (double?, double?) Proposed(double share)
        {
            var advice = Advice(History.Credential("app", _ => 400).Bouncing(share, 30, 200, 400));
            var proposal = Assert.Single(advice.Proposals, one => one.Signal == "bounce_ratio");
            Assert.Empty(advice.Remarks);
            return (proposal.Warning, proposal.Critical);
        }
    }

    [Fact]
    public void What_is_proposed_is_not_proposed_again()
    {
        CredentialHours[] credentials = [History.Credential("app", _ => 2000).Bouncing(0.10, 30, 200)];
        var first = Advice(credentials).Proposals;
        var inForce = Limits(
        [
            .. first.Select(one => (one.Signal, "warning", one.Warning!.Value)),
            .. first.Where(one => one.Critical is not null).Select(one => (one.Signal, "critical", one.Critical!.Value)),
        ]);

        Assert.Equal(["messages_per_hour", "bounce_ratio"], first.Select(one => one.Signal));
        Assert.Empty(ThresholdAdvice.Of(History.Span, credentials, inForce).Proposals);
    }

    [Fact]
    public void Bounces_of_one_week_or_above_the_critical_limit_or_of_few_messages_raise_nothing()
    {
        Assert.Contains("in one week only", Assert.Single(Nothing(400, 0.07, 30, 31, 40)), StringComparison.Ordinal);
        Assert.Contains("mend the list of recipients", Assert.Single(Nothing(400, 0.12, 30, 200)), StringComparison.Ordinal);
        Assert.Empty(Nothing(150, 0.12, 30, 200));
        Assert.Empty(Nothing(400, 0.04, 30, 200));

        static IReadOnlyList<string> Nothing(double messages, double share, params int[] hours)
        {
            var advice = Advice(History.Credential("app", _ => messages).Bouncing(share, hours));
            Assert.DoesNotContain(advice.Proposals, one => one.Signal == "bounce_ratio");
            return advice.Remarks;
        }
    }

    [Fact]
    public void Unknown_recipients_count_where_there_are_as_many_as_the_alert_asks_for()
    {
        var list = History.Credential("list", _ => 400);
        var small = History.Credential("small", _ => 40);
        foreach (var hour in (int[])[30, 200])
        {
            (list.UnknownRecipients[hour], list.UnknownRecipientRatios[hour]) = (26, 0.065);
            (small.UnknownRecipients[hour], small.UnknownRecipientRatios[hour]) = (8, 0.2);
        }

        var proposal = Assert.Single(Advice(list, small).Proposals, one => one.Signal == "unknown_recipient_ratio");

        Assert.Equal(0.08, proposal.Warning);
    }

    [Fact]
    public void Less_than_a_week_of_normal_hours_proposes_nothing()
    {
        var young = History.Credential("young", hour => hour < 100 ? 5000 : double.NaN);

        var advice = Advice(young);

        Assert.Empty(advice.Proposals);
        Assert.Equal("There are 100 normal hours, less than the 168 of a week: no limit is proposed.", Assert.Single(advice.Remarks));
    }

    private static ThresholdAdvice Advice(params CredentialHours[] credentials) => ThresholdAdvice.Of(History.Span, credentials, History.BuiltIn);

    private static PresentLimits Limits(params (string Signal, string Severity, double Value)[] limits) =>
        new(limits.ToDictionary(limit => (limit.Signal, limit.Severity), limit => limit.Value));
}
