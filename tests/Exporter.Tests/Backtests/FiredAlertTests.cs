using PostalExporter.Backtests;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Tests.Backtests;

public sealed class FiredAlertTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Samples_without_a_gap_are_one_firing_and_the_last_goes_on_when_nobody_saw_its_end()
    {
        var series = new PrometheusSeries(
            new Dictionary<string, string> { ["__name__"] = "ALERTS", ["alertname"] = "PostalA", ["alertstate"] = "firing", ["severity"] = "warning" },
            [.. ((int[])[3, 4, 5, 9, 10]).Select(minute => new PrometheusSample(Start.AddMinutes(minute), 1))]);

        var fired = FiredAlert.Of([series], Minute, Start.AddMinutes(10)).ToList();

        Assert.Equal([(3, 6), (9, null)], fired.Select(one => ((int)(one.Begin - Start).TotalMinutes, (int?)(one.End - Start)?.TotalMinutes)));
        Assert.All(fired, one => Assert.Equal("{alertname=\"PostalA\", severity=\"warning\"}", one.Labels.ToString()));
        Assert.Equal(TimeSpan.FromMinutes(1), fired[1].LengthUntil(Start.AddMinutes(10)));
    }

    [Theory]
    [InlineData("PostalA", "critical", "shop", 20, true)]
    // Up to three minutes apart: groups are evaluated at their own time.
    [InlineData("PostalA", "critical", "shop", 32, true)]
    [InlineData("PostalA", "critical", "shop", 34, false)]
    [InlineData("PostalA", "critical", "other", 20, false)]
    [InlineData("PostalA", "warning", "shop", 20, false)]
    [InlineData("PostalB", "critical", "shop", 20, false)]
    public void An_alert_fired_also_when_it_is_the_same_at_about_the_time(string alert, string severity, string server, int minute, bool same)
    {
        // Labels that only one side has, such as a team, tell nothing.
        var fired = new FiredAlert(new LabelSet([new("alertname", "PostalA"), new("severity", "critical"), new("server", "shop"), new("team", "mail")]), Start.AddMinutes(10), Start.AddMinutes(30));
        var firing = new Firing(
            new PackRule { Line = 1, Alert = alert, Expr = "a" }, new LabelSet([new("alertname", alert), new("severity", severity), new("server", server)]), Start.AddMinutes(minute), 1)
        {
            End = Start.AddMinutes(minute + 1),
        };

        Assert.Equal(same, fired.IsAlso(firing));
    }
}
