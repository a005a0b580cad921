using PostalExporter.Backfill;

namespace PostalExporter.Tests.Backfill;

public sealed class BackfillSpanTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Spans_follow_each_other_without_a_gap_and_each_lies_in_one_block()
    {
        var now = At("2026-11-24T19:50:30Z");
        var plan = BackfillPlan.Begin(TimeSpan.FromDays(2), Minute, [], "out", now);
        Assert.Equal(At("2026-11-22T19:50:00Z"), plan.From);

        var spans = new List<BackfillSpan>();
        for (var position = plan.Position; BackfillSpan.After(position, Minute, now) is { } span; position = span.End)
            spans.Add(span);

        Assert.Equal(
            Enumerable.Range(0, (2 * 24 * 60) + 1).Select(minute => plan.From.AddMinutes(minute)).Append(now), spans.SelectMany(span => span.Moments));
        Assert.All(spans, span => Assert.Equal(span.Moments[0].UtcTicks / BackfillSpan.Block.Ticks, span.End.UtcTicks / BackfillSpan.Block.Ticks));
        Assert.Equal([.. spans.Select(_ => false).Skip(1), true], spans.Select(span => span.IsLast));
        Assert.Equal(["postal-20261122T195000Z.om", "postal-20261123T000000Z.om", "postal-20261123T060000Z.om"], spans.Take(3).Select(span => span.FileName));
    }

    [Fact]
    public void The_last_span_ends_now_and_a_span_after_it_begins_there()
    {
        var last = BackfillSpan.After(At("2026-11-24T19:48:00Z"), Minute, At("2026-11-24T19:50:30.7Z"))!;
        var next = BackfillSpan.After(last.End, Minute, At("2026-11-24T19:52:10Z"))!;

        Assert.Equal([At("2026-11-24T19:49:00Z"), At("2026-11-24T19:50:00Z"), At("2026-11-24T19:50:30Z")], last.Moments);
        Assert.Equal([At("2026-11-24T19:51:00Z"), At("2026-11-24T19:52:00Z"), At("2026-11-24T19:52:10Z")], next.Moments);
        Assert.Null(BackfillSpan.After(next.End, Minute, At("2026-11-24T19:52:10.9Z")));
        Assert.Null(BackfillSpan.After(next.End, Minute, At("2026-11-24T19:00:00Z")));
    }

    [Theory]
    [InlineData(60, 300)]
    [InlineData(300, 300)]
    [InlineData(120, 240)]
    [InlineData(15, 300)]
    public void An_unchanged_series_is_found_by_a_query_at_any_time(int stepSeconds, int fillSeconds)
    {
        var step = TimeSpan.FromSeconds(stepSeconds);
        var first = BackfillSpan.After(At("2026-11-24T05:59:00Z") - step, step, At("2026-11-24T20:00:00Z"))!;
        var span = BackfillSpan.After(first.End, step, At("2026-11-24T20:00:00Z"))!;

        var fills = span.Fills.Select(index => span.Moments[index]).Prepend(first.End).ToList();

        Assert.All(fills.Zip(fills.Skip(1)), pair => Assert.InRange((pair.Second - pair.First).TotalSeconds, stepSeconds, fillSeconds));
        Assert.Equal(span.Moments.Count - 1, span.Fills[^1]);
    }

    [Fact]
    public void A_plan_is_saved_with_everything_that_a_run_goes_on_with()
    {
        var plan = BackfillPlan.Begin(TimeSpan.FromDays(28), Minute, ["job=postal", "instance=a:1"], "/out", At("2026-11-24T19:50:30Z"));

        var again = BackfillPlan.FromJson((plan with { Position = plan.From.AddHours(3) }).ToJson());

        Assert.Equal(plan.From, again.From);
        Assert.Equal(plan.From.AddHours(3), again.Position);
        Assert.True(again.IsAs(BackfillPlan.Begin(TimeSpan.FromDays(28), Minute, ["instance=a:1", "job=postal"], "/out", At("2026-11-25T00:00:00Z"))));
        Assert.False(again.IsAs(plan with { Step = 2 * Minute }));
        Assert.Throws<BackfillException>(() => BackfillPlan.FromJson("{}"));
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
