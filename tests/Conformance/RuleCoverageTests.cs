namespace PostalExporter.Conformance;

/// <summary>promtool passes a test of an alert that does not exist, so the names are compared here, both ways.</summary>
public sealed class RuleCoverageTests
{
    private static readonly string[] AlertNames = [.. RulePack.Alerts.Select(rule => rule.Alert!).Distinct()];

    private static readonly RulePack.AlertTest[] AlertTests = [.. RulePack.Tests.SelectMany(test => test.AlertRuleTest)];

    [Fact]
    public void Every_alert_that_a_test_names_exists() =>
        Assert.Empty(AlertTests.Select(test => test.Alertname).Except(AlertNames));

    [Fact]
    public void Every_rule_of_every_alert_has_a_test_that_expects_it_to_fire() =>
        Assert.Empty(RulePack.Alerts.Select(rule => rule.ToString()).Except(
            from test in AlertTests
            from alert in test.ExpAlerts
            select $"{test.Alertname} ({alert.ExpLabels["severity"]})"));

    [Fact]
    public void Every_alert_but_the_watchdog_has_a_test_that_expects_silence() =>
        Assert.Empty(AlertNames.Except(["PostalWatchdog"]).Except(
            AlertTests.Where(test => test.ExpAlerts.Count == 0).Select(test => test.Alertname)));

    [Fact]
    public void Every_alert_but_the_watchdog_has_a_test_in_which_it_resolves() =>
        Assert.Empty(AlertNames.Except(["PostalWatchdog"]).Except(
            from test in RulePack.Tests
            from name in AlertNames
            let states = test.AlertRuleTest.Where(check => check.Alertname == name).Select(check => check.ExpAlerts.Count > 0).ToArray()
            where states.SkipWhile(firing => !firing).Contains(false)
            select name));

    [Fact]
    public void Test_names_are_sentences_and_unique()
    {
        Assert.All(RulePack.Tests, test => Assert.Matches("^[A-Z][^.]+ [^.]+$", test.Name));
        Assert.Equal(RulePack.Tests.Count, RulePack.Tests.Select(test => test.Name).Distinct().Count());
    }

    [Fact]
    public void Tests_feed_only_what_the_exporter_or_Prometheus_exposes()
    {
        var unknown =
            from test in RulePack.Tests
            from input in test.InputSeries
            from selector in RulePack.SelectorsOf(input.Series)
            let labels = RuleContract.Families.GetValueOrDefault(selector.Series) ?? RuleContract.BuiltIn.GetValueOrDefault(selector.Series)
            where labels is null || selector.Labels.Except(labels).Except(RuleContract.TargetLabels).Any()
            select $"{test.Name}: {input.Series}";
        Assert.Empty(unknown);
    }
}
