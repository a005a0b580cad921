using PostalExporter.Backtests;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Tests.Backtests;

public sealed class AlertTimelineTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private static readonly ReplayRule Rule = new(new PackRule { Line = 1, Alert = "PostalA", Expr = "a > 1" }, TimeSpan.FromMinutes(1));

    [Theory]
    // A letter is a minute: x where the condition holds; p pending, f firing.
    [InlineData(0, 0, "..xx..x", "..ff..f")]
    [InlineData(2, 0, "xxxx.xx.", "ppff.pp.")]
    [InlineData(0, 2, "x.....", "fff...")]
    [InlineData(0, 2, "x.x....", "fffff..")]
    // While it is kept it needs not be pending again.
    [InlineData(2, 2, "xxx..xx...", "ppfffffff.")]
    [InlineData(2, 2, "xxx...xx..", "ppfff.pp..")]
    public void For_and_keep_firing_for_are_as_in_Prometheus(int holdMinutes, int keepMinutes, string condition, string states)
    {
        var whole = Timeline(holdMinutes, keepMinutes);
        Assert.Equal(states, States(whole.Advance(Start, At(condition.Length), Condition(condition)), condition.Length));

        // The same in two pieces.
        var pieces = Timeline(holdMinutes, keepMinutes);
        var middle = condition.Length / 2;
        var written = pieces.Advance(Start, At(middle), Condition(condition[..middle])).Concat(pieces.Advance(At(middle), At(condition.Length), Condition(condition, middle)));
        Assert.Equal(states, States(written, condition.Length));
        Assert.Equal(whole.Firings, pieces.Firings);
    }

    [Fact]
    public void A_firing_has_its_time_and_its_values()
    {
        var timeline = Timeline(1, 0);
        timeline.Advance(Start, At(6), [new(At(1), 5), new(At(2), 3), new(At(3), 9), new(At(4), 4)]);

        var firing = Assert.Single(timeline.Firings);
        Assert.Equal((At(2), At(5), 3, 9), (firing.Begin, firing.End, firing.First, firing.Peak));
        Assert.True(firing.Covers(At(2)) && firing.Covers(At(4)) && !firing.Covers(At(1)) && !firing.Covers(At(5)));
    }

    [Fact]
    public void Where_a_state_ends_there_is_a_mark()
    {
        var written = Timeline(1, 0).Advance(Start, At(4), [new(At(0), 1), new(At(1), 1)]);

        // Pending in minute 0, firing in minute 1.
        Assert.Equal([(0, false), (1, true)], MarksOf(written, "pending"));
        Assert.Equal([(1, false), (2, true)], MarksOf(written, "firing"));
    }

    private static AlertTimeline Timeline(int holdMinutes, int keepMinutes) =>
        new(Rule, new LabelSet([new("alertname", "PostalA")]), TimeSpan.FromMinutes(holdMinutes), TimeSpan.FromMinutes(keepMinutes));

    private static DateTimeOffset At(int minute) => Start.AddMinutes(minute);

    private static List<PrometheusSample> Condition(string condition, int from = 0) =>
        [.. condition.Select((letter, minute) => (letter, minute)).Where(one => one.letter == 'x' && one.minute >= from).Select(one => new PrometheusSample(At(one.minute), 1))];

    private static string States(IEnumerable<PrometheusSeries> written, int minutes)
    {
        var states = new string('.', minutes).ToCharArray();
        foreach (var series in written)
        {
            Assert.Equal("ALERTS", series.Label("__name__"));
            foreach (var sample in series.Samples.Where(sample => !double.IsNaN(sample.Value)))
                states[(int)(sample.Time - Start).TotalMinutes] = series.Label("alertstate")[0];
        }

        return new string(states);
    }

    private static IEnumerable<(int Minute, bool IsEnd)> MarksOf(IEnumerable<PrometheusSeries> written, string state) =>
        written.Single(series => series.Label("alertstate") == state).Samples.Select(sample => ((int)(sample.Time - Start).TotalMinutes, double.IsNaN(sample.Value)));
}
