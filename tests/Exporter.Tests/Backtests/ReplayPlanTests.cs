using PostalExporter.Backtests;
using PostalExporter.RulePacks;
using PostalExporter.Tests.RulePacks;

namespace PostalExporter.Tests.Backtests;

public sealed class ReplayPlanTests
{
    private static readonly ReplayPlan Released = ReplayPlan.Of(RulePackReader.Read(RepositoryFiles.PathTo("rules/v1")), ReplayPlan.Step);

    [Fact]
    public void History_is_read_as_far_back_as_baselines_ask()
    {
        // Three weeks and the window, and on top of them an hour of increase.
        Assert.InRange(DepthOf("postal_messages_total").TotalDays, 21, 25);
        Assert.InRange(Released.AlertsDepth.TotalDays, 20, 23);
        Assert.InRange(DepthOf("postal_credential_canary").TotalHours, 1, 6);
    }

    [Fact]
    public void Series_are_selected_by_what_all_readers_ask() =>
        Assert.Equal(
            ["postal_threshold{}", "process_start_time_seconds{job=\"postal\"}"],
            Released.Series.Where(series => series.Name is "postal_threshold" or "process_start_time_seconds").Select(series => series.Selector));

    [Fact]
    public void What_a_rule_reads_is_recorded_in_a_level_before_it()
    {
        var levels = ReplayRule.Levels(Released.Rules);

        Assert.Equal(Released.Rules.Count, levels.Sum(level => level.Count));
        for (var i = 0; i < levels.Count; i++)
            Assert.DoesNotContain(levels[i], rule => levels.Skip(i).SelectMany(level => level).Any(other => other != rule && rule.Reads(other)));
        // The alert that another names comes before it.
        var silence = Assert.Single(Released.Rules, rule => rule.Rule.Alert == "PostalServerVolumeDrop");
        Assert.True(silence.Reads(Assert.Single(Released.Rules, rule => rule.Rule.Alert == "PostalNoMailAtAll" && rule.Rule.Severity == "critical")));
    }

    [Fact]
    public void Rules_that_no_alert_needs_are_left_out_and_no_interval_is_shorter_than_a_step()
    {
        using var pack = PackFolder.With("""
            groups:
              - name: group
                interval: 15s
                rules:
                  - {record: a:b, expr: sum(c_total offset 1d)}
                  - {record: d:e, expr: sum(f)}
                  - {alert: PostalA, expr: 'a:b[2d] > 1', for: 10m}
            """);

        var plan = ReplayPlan.Of(RulePackReader.Read(pack.Path), ReplayPlan.Step);

        Assert.Equal(["a:b", "PostalA ()"], plan.Rules.Select(rule => $"{rule.Rule}"));
        Assert.All(plan.Rules, rule => Assert.Equal(ReplayPlan.Step, rule.Interval));
        Assert.Equal("c_total", Assert.Single(plan.Series).Name);
        Assert.InRange(plan.Series[0].Depth.TotalHours, 72, 75);
    }

    [Fact]
    public void Rules_that_read_each_other_in_a_circle_are_named()
    {
        using var pack = PackFolder.With("""
            groups:
              - name: group
                rules:
                  - {record: a:b, expr: sum(c:d)}
                  - {record: c:d, expr: sum(a:b)}
                  - {alert: PostalA, expr: a:b > 1}
            """);

        var problem = Assert.Throws<BacktestException>(() => ReplayPlan.Of(RulePackReader.Read(pack.Path), ReplayPlan.Step));
        Assert.Contains("read each other in a circle", problem.Message, StringComparison.Ordinal);
        Assert.Contains("a:b, c:d", problem.Message, StringComparison.Ordinal);
    }

    private static TimeSpan DepthOf(string name) => Released.Series.Single(series => series.Name == name).Depth;
}
