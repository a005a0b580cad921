using System.Text.RegularExpressions;

namespace PostalExporter.Conformance;

/// <summary>What rules/README.md promises about every rule of the pack.</summary>
public sealed partial class RuleConventionTests
{
    private const string Watchdog = "PostalWatchdog";
    private const string InfoSeries = "postal_rules_info";

    // Postal's SMTP server does not know whose password is wrong, and thresholds belong to servers.
    private const string WithoutServer = "PostalRejectedLoginsHigh";

    // One message is one too many.
    private const string WithoutLimit = "PostalCanaryCredentialUsed";

    [Fact]
    public void Recording_rules_are_named_level_metric_operations() =>
        NoneOf(RulePack.Recordings.Where(rule => rule.Record != InfoSeries), rule => !RecordingName().IsMatch(rule.Record!));

    [Fact]
    public void Rules_read_only_families_and_labels_of_the_metric_contract()
    {
        var recorded = RulePack.Recordings.Select(rule => rule.Record!).ToHashSet();
        var unknown =
            from rule in RulePack.Rules
            from selector in RulePack.SelectorsOf(rule.Expr)
            where !recorded.Contains(selector.Series)
            let labels = RuleContract.Families.GetValueOrDefault(selector.Series) ?? RuleContract.BuiltIn.GetValueOrDefault(selector.Series)
            where labels is null || selector.Labels.Except(labels).Except(RuleContract.TargetLabels).Any()
            select $"{rule}: {selector.Series}{{{string.Join(", ", selector.Labels)}}}";
        Assert.Empty(unknown);
    }

    [Fact]
    public void Rules_group_and_join_by_labels_of_the_metric_contract()
    {
        var known = RuleContract.Families.Values.Concat(RuleContract.BuiltIn.Values).SelectMany(labels => labels).Concat(RuleContract.TargetLabels).Append("week").ToHashSet();
        Assert.Empty(from rule in RulePack.Rules
                     from label in RulePack.GroupingLabelsOf(rule.Expr)
                     where !known.Contains(label)
                     select $"{rule}: {label}");
    }

    [Fact]
    public void Every_threshold_of_the_contract_is_read_and_every_threshold_read_is_of_the_contract()
    {
        var read = RulePack.Rules.SelectMany(rule => Signal().Matches(rule.Expr)).Select(match => match.Groups[1].Value).Distinct();
        Assert.Equal(RuleContract.Signals.Order(StringComparer.Ordinal), read.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_rule_reads_the_thresholds_of_its_own_severity() =>
        NoneOf(RulePack.Alerts, rule => ThresholdSeverity().Matches(rule.Expr + rule.Annotations["description"])
            .Any(match => match.Groups[1].Value != rule.Labels["severity"]));

    [Fact]
    public void Counters_of_several_exporters_are_reduced_to_their_maximum_before_any_sum()
    {
        Assert.Contains(RulePack.Rules, rule => CounterRise().IsMatch(rule.Expr));
        NoneOf(RulePack.Rules, rule => CounterRise().Matches(rule.Expr).Any(rise =>
            !InnermostAggregation(rule.Expr[..rise.Index]).StartsWith("max without (instance, job", StringComparison.Ordinal)));
    }

    [Fact]
    public void Alerts_are_named_in_camel_case_with_the_prefix_Postal() =>
        NoneOf(RulePack.Alerts, rule => !AlertName().IsMatch(rule.Alert!));

    [Fact]
    public void Alerts_carry_a_severity_and_a_category_and_no_other_label() =>
        NoneOf(RulePack.Alerts, rule => rule.Labels.Count != 2
            || rule.Labels.GetValueOrDefault("severity") is not ("info" or "warning" or "critical")
            || rule.Labels.GetValueOrDefault("category") is not ("abuse" or "deliverability" or "operations"));

    [Fact]
    public void An_alert_has_one_rule_for_each_severity() =>
        Assert.Equal(RulePack.Alerts.Count, RulePack.Alerts.Select(rule => rule.ToString()).Distinct().Count());

    [Fact]
    public void Alerts_compare_something() =>
        NoneOf(RulePack.Alerts.Where(rule => rule.Alert != Watchdog), rule => !RulePack.Compares(rule.Expr));

    [Fact]
    public void No_label_holds_a_value_or_any_other_template() =>
        NoneOf(RulePack.Rules, rule => rule.Labels.Values.Any(value => value.Contains("{{", StringComparison.Ordinal)));

    [Fact]
    public void Summaries_are_static_sentences() =>
        NoneOf(RulePack.Alerts, rule => !Sentence().IsMatch(rule.Annotations.GetValueOrDefault("summary", "")));

    [Fact]
    public void Descriptions_show_the_value_in_human_form_and_never_raw() =>
        NoneOf(RulePack.Alerts, rule => rule.Annotations.GetValueOrDefault("description") is not { } text
            || !HumanValue().IsMatch(text)
            || text.Replace(" ", "", StringComparison.Ordinal).Contains("$value}}", StringComparison.Ordinal));

    [Fact]
    public void Alerts_have_the_annotations_that_notifications_show_and_no_other() =>
        NoneOf(RulePack.Alerts, rule => rule.Annotations.Keys.Except(["summary", "description", "impact", "dashboard_url", "runbook_url"]).Any());

    [Fact]
    public void Mail_that_does_not_get_out_comes_with_its_impact() =>
        NoneOf(RulePack.Alerts.Where(rule => rule.Alert is "PostalQueueBacklog" or "PostalSendLimitExceeded" or "PostalWorkerStalled" or "PostalProviderDeferring"
                or "PostalNoMailAtAll" || rule.Alert!.StartsWith("PostalServerDeferral", StringComparison.Ordinal) || rule.Alert.Contains("Complaint", StringComparison.Ordinal)),
            rule => !rule.Annotations.GetValueOrDefault("impact", "").Contains('.', StringComparison.Ordinal));

    [Fact]
    public void What_is_only_told_of_never_resolves_slowly() =>
        NoneOf(RulePack.Alerts.Where(rule => rule.Labels["severity"] == "info"), rule => rule.KeepFiringFor is not null);

    [Fact]
    public void Complaints_are_held_against_the_mail_of_the_providers_that_the_exporter_names()
    {
        var rule = Assert.Single(RulePack.Recordings, rule => rule.Record == "server:postal_feedback_deliveries:increase1h");
        var listed = File.ReadLines(Repository.PathOf("exporter", "Signals", "feedback-provider-domains.txt"))
            .Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#');
        Assert.Matches(RecipientDomains(), rule.Expr);
        Assert.All(RecipientDomains().Matches(rule.Expr), match => Assert.Equal(
            listed.Order(StringComparer.Ordinal),
            match.Groups["domains"].Value.Replace(@"\\.", ".", StringComparison.Ordinal).Split('|').Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void A_group_has_no_more_rules_than_rulers_take() =>
        Assert.Empty(RulePack.Groups.Where(group => group.Rules.Count > 20).Select(group => group.Name));

    [Fact]
    public void Descriptions_of_abuse_name_the_threshold() =>
        NoneOf(RulePack.Alerts.Where(rule => rule.Labels["category"] == "abuse" && rule.Alert is not (WithoutServer or WithoutLimit)),
            rule => !rule.Annotations["description"].Contains("server:postal_threshold:", StringComparison.Ordinal));

    [Fact]
    public void Volume_alerts_name_the_baseline() =>
        NoneOf(RulePack.Alerts.Where(rule => rule.Alert!.EndsWith("VolumeAnomaly", StringComparison.Ordinal)),
            rule => !rule.Annotations["description"].Contains(":baseline1h", StringComparison.Ordinal));

    [Fact]
    public void Runbook_links_share_one_base_and_end_in_the_name_of_the_alert()
    {
        NoneOf(RulePack.Alerts, rule => !RunbookUrl(rule).EndsWith($"/rules/runbooks/{rule.Alert}.md", StringComparison.Ordinal));
        Assert.Single(RulePack.Alerts.Select(rule => RunbookUrl(rule).Replace($"{rule.Alert}.md", "", StringComparison.Ordinal)).Distinct());
    }

    [Fact]
    public void Dashboard_links_share_one_base_and_lead_to_a_dashboard_of_the_project()
    {
        NoneOf(RulePack.Alerts, rule => !DashboardUrl().IsMatch(rule.Annotations.GetValueOrDefault("dashboard_url", "")));
        Assert.Single(RulePack.Alerts
            .Select(rule => DashboardUrl().Match(rule.Annotations["dashboard_url"]).Groups["base"].Value).Distinct());
    }

    [Fact]
    public void Critical_alerts_about_abuse_of_a_credential_wait_at_most_thirty_seconds_unless_they_speak_of_volume_or_loops() =>
        NoneOf(RulePack.Alerts.Where(rule => rule.Labels["severity"] == "critical" && rule.Labels["category"] == "abuse"
                && !rule.Alert!.Contains("Volume", StringComparison.Ordinal) && rule.Alert != "PostalCredentialLoop"),
            rule => rule.For is not ("0s" or "15s" or "30s"));

    [Fact]
    public void Alerts_about_abuse_resolve_slowly_instead_of_flapping() =>
        NoneOf(RulePack.Alerts.Where(rule => rule.Labels["category"] == "abuse"), rule => rule.KeepFiringFor is not ("10m" or "15m"));

    [Fact]
    public void No_rule_uses_what_Prometheus_3_removed() =>
        NoneOf(RulePack.Rules, rule => rule.Expr.Contains("holt_winters", StringComparison.Ordinal));

    [Fact]
    public void The_pack_states_its_version_and_contract_once()
    {
        var info = Assert.Single(RulePack.Recordings, rule => rule.Record == InfoSeries);
        Assert.Matches(@"^1\.\d+\.\d+$", info.Labels["version"]);
        Assert.Equal("1", info.Labels["contract"]);
    }

    // The aggregation that is nearest around the end of this beginning of an expression; empty when there is none.
    private static string InnermostAggregation(string before)
    {
        var open = new Stack<int>();
        foreach (var (index, character) in before.Index())
        {
            if (character == '(')
                open.Push(index);
            else if (character == ')')
                open.Pop();
        }
        return open.Select(index => Aggregation().Match(before[..index])).FirstOrDefault(match => match.Success)?.Value ?? "";
    }

    private static string RunbookUrl(RulePack.Rule rule) => rule.Annotations.GetValueOrDefault("runbook_url", "");

    private static void NoneOf(IEnumerable<RulePack.Rule> rules, Func<RulePack.Rule, bool> offends) =>
        Assert.Empty(rules.Where(offends).Select(rule => rule.ToString()));

    // What Postal's own processes count, each counts for itself; theirs is summed.
    [GeneratedRegex(@"\b(increase|rate)\(postal_(?!worker_|smtp_server_|message_queue_latency)")]
    private static partial Regex CounterRise();

    [GeneratedRegex(@"\b(sum|max|min|avg|count|quantile|stddev) (without|by) \([^)]*\) ?$")]
    private static partial Regex Aggregation();

    [GeneratedRegex("^(credential|server|organization|global):postal_[a-z_]+:[a-z0-9_]+$")]
    private static partial Regex RecordingName();

    [GeneratedRegex("^Postal([A-Z][a-z]+)+$")]
    private static partial Regex AlertName();

    [GeneratedRegex(@"^[A-Z][^{}]*\.$")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\{\{ ?\$value \| humanize(Percentage|Duration)? ?\}\}")]
    private static partial Regex HumanValue();

    [GeneratedRegex("recipient_domain=~\"(?<domains>[^\"]+)\"")]
    private static partial Regex RecipientDomains();

    [GeneratedRegex("postal_threshold:\\w+\\{signal=\"(\\w+)\"")]
    private static partial Regex Signal();

    [GeneratedRegex("postal_threshold:\\w+\\{signal=\"\\w+\", severity=\"(\\w+)\"")]
    private static partial Regex ThresholdSeverity();

    [GeneratedRegex(@"^(?<base>https?://[^/]+)/d/(postal-overview|" +
        @"postal-server\?var-organization=\{\{ \$labels\.organization \}\}&var-server=\{\{ \$labels\.server \}\})$")]
    private static partial Regex DashboardUrl();
}
