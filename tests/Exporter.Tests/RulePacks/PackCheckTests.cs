using PostalExporter.Cli;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.RulePacks;

namespace PostalExporter.Tests.RulePacks;

public sealed class PackCheckTests
{
    private static readonly string Exporter = $$"""
        # HELP postal_exporter_build_info Always 1.
        # TYPE postal_exporter_build_info gauge
        postal_exporter_build_info{version="{{BuildInformation.Version}}",revision="x",contract="1"} 1
        postal_messages_total{organization="acme",server="shop",scope="outgoing",credential="a \"b\" } c"} 5
        # TYPE own_requests histogram
        # TYPE own_header counter
        own_gauge{shard="1"} NaN 1700000000000

        """;

    private static readonly string Thresholds = string.Concat(ThresholdSignals.Names.Select(signal =>
        $"postal_threshold{{organization=\"acme\",server=\"shop\",signal=\"{signal}\",severity=\"warning\"}} 1\n"));

    [Fact]
    public async Task Series_of_the_page_its_headers_Prometheus_and_the_rules_themselves_are_no_finding() =>
        Assert.Equal(["0 problems, 0 warnings"], await FindingsAsync("""
            - {record: "a:b:rate5m", expr: 'sum without (credential) (rate(postal_messages_total{scope="outgoing", instance="a"}[5m]))'}
            - {alert: PostalA, expr: 'a:b:rate5m{server="shop"} unless on (organization, alertname) ALERTS{severity="critical"} or up{job="postal"}'}
            - {alert: PostalB, expr: 'rate(own_requests_bucket{le="5"}[5m]) + own_header{any="thing"} + scrape_duration_seconds + own_gauge{shard="1"}'}
            - {alert: PostalC, expr: 'sum by (copy, shard) (label_replace(own_gauge, "copy", "$1", "shard", "(.*)"))'}
            - {alert: PostalD, expr: 'up', annotations: {description: '{{ with printf `a:b:rate5m{server=%q}` $labels.server | query }}{{ end }}'}}
            """));

    [Fact]
    public async Task Names_and_labels_that_do_not_exist_are_told_with_rule_and_remedy() => Assert.Equal(
        [
            "problem  alerts/alerts.yml:4: group: PostalA (): postal_mesages_total: no page has it, and the exporter does not declare it; did you mean postal_messages_total?",
            "problem  alerts/alerts.yml:5: group: PostalB (): a:c:rate5m: no rule of the pack records it; did you mean a:b:rate5m?",
            "problem  alerts/alerts.yml:3: group: a:b:rate5m: postal_messages_total: has no label scop; did you mean scope?",
            "problem  alerts/alerts.yml:6: group: PostalC (): a:b:rate5m: has no label srever; did you mean server?",
            "problem  alerts/alerts.yml:7: group: PostalD (): groups or joins by credentials, which no series has that it reads; did you mean credential?",
            "problem  alerts/alerts.yml:8: group: PostalE (): a:b:rate5m: has no label shop; known are credential, instance, job, organization, scope, server",
            "6 problems, 0 warnings",
        ],
        await FindingsAsync("""
            - {record: "a:b:rate5m", expr: 'rate(postal_messages_total{scop="outgoing"}[5m])'}
            - {alert: PostalA, expr: 'postal_mesages_total{x="y"} > 5'}
            - {alert: PostalB, expr: 'a:c:rate5m > 5'}
            - {alert: PostalC, expr: 'a:b:rate5m{srever="shop"} > 5'}
            - {alert: PostalD, expr: 'sum by (credentials) (a:b:rate5m)'}
            - {alert: PostalE, expr: 'up', annotations: {description: '{{ with query `a:b:rate5m{shop="x"}` }}{{ end }}'}}
            """));

    [Fact]
    public async Task A_family_that_this_version_declares_is_a_note_and_one_of_another_version_a_warning()
    {
        const string Rule = "- {alert: PostalA, expr: 'postal_complaints_total{feedback_type=\"abuse\"} > 5'}";

        var own = await FindingsAsync(Rule);
        var other = await FindingsAsync(Rule, Exporter.Replace($"version=\"{BuildInformation.Version}\"", "version=\"7.0.0\"", StringComparison.Ordinal));

        Assert.StartsWith("note     postal_complaints_total: has no series now, so what reads it is silent (alerts/alerts.yml:3: group: PostalA ()). ", own[0], StringComparison.Ordinal);
        Assert.Contains("only with complaints.routes", own[0], StringComparison.Ordinal);
        Assert.Equal("0 problems, 0 warnings", own[^1]);
        Assert.Contains("exporters of another version (7.0.0) may not know it", other[0], StringComparison.Ordinal);
        Assert.Equal("0 problems, 1 warning", other[^1]);
    }

    [Fact]
    public async Task Series_of_Postals_own_page_are_a_note_until_that_page_is_given()
    {
        const string Rule = "- {alert: PostalA, expr: 'sum by (exported_job) (rate(postal_worker_job_executions{exported_job=\"a\"}[5m]))'}";

        Assert.Contains("the job postal-worker scrapes; give its address as a further --url", (await FindingsAsync(Rule))[0], StringComparison.Ordinal);
        Assert.Equal(["0 problems, 0 warnings"], await FindingsAsync(Rule, Exporter, "postal_worker_job_executions{thread=\"1\",job=\"a\"} 5\n"));
    }

    [Fact]
    public async Task Contract_of_the_page_must_be_that_of_the_pack()
    {
        var other = await FindingsAsync("- {alert: PostalA, expr: up}", Exporter.Replace("contract=\"1\"", "contract=\"2\"", StringComparison.Ordinal));
        var none = await FindingsAsync("- {alert: PostalA, expr: up}", "own_gauge 1\n");

        Assert.Equal("problem  postal_exporter_build_info: an exporter speaks metric contract 2, the pack reads 1; load the pack of the exporter's release", other[0]);
        Assert.Contains("no page has it, so none is a Postal exporter's", none[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signals_are_compared_both_ways()
    {
        var signals = ThresholdSignals.Names.ToList();
        var rule = $$"""
            - {record: "server:postal_threshold:max", expr: 'max by (organization, server, signal, severity) (postal_threshold)'}
            - {alert: PostalA, expr: 'up > on () server:postal_threshold:max{signal="{{signals[0]}}"} + on () postal_threshold{signal=~"{{string.Join('|', signals.Skip(3))}}"}'}
            - {alert: PostalB, expr: 'up > on () postal_threshold{signal="bounce_ratoi"} + on () postal_threshold{signal="{{signals[1]}}"}'}
            """;
        var page = string.Join('\n', Thresholds.Split('\n').Where(line => !line.Contains($"signal=\"{signals[1]}\"", StringComparison.Ordinal)));

        Assert.Equal(
            [
                "problem  alerts/alerts.yml:5: group: PostalB (): postal_threshold: has no signal bounce_ratoi; did you mean bounce_ratio?",
                $"warning  alerts/alerts.yml:5: group: PostalB (): postal_threshold: signal {signals[1]} is off on every server, so the rule is silent; give it a limit in thresholds, or switch the alert off by rules render",
                $"warning  postal_threshold: no rule reads signal {signals[2]}, so its limits mean nothing; load the whole pack of the exporter's release, unless you switched its alerts off",
                "1 problem, 2 warnings",
            ],
            await FindingsAsync(rule, Exporter, page));
    }

    [Fact]
    public async Task A_collector_that_is_off_is_a_warning()
    {
        var page = Exporter + string.Concat(
            PostalExporter.Collectors.StateCollectors.All.Where(collector => collector.Name != "queue").Select(collector => $"postal_exporter_collector_success{{collector=\"{collector.Name}\"}} 1\n"));

        Assert.Equal(
            "warning  collector queue does not run, so rules that read its families are silent; start the exporter without --no-collector.queue",
            (await FindingsAsync("- {alert: PostalA, expr: up}", page))[0]);
    }

    [Fact]
    public async Task A_rendered_file_that_was_edited_is_a_warning()
    {
        using var folder = PackFolder.With(PackFolder.Alerts);
        foreach (var (name, text) in PackRendering.Of(folder.Read(), new RenderOptions(), RenderTarget.Prometheus).Files)
            folder.Write(name, text.Replace("> 50", "> 500", StringComparison.Ordinal));

        var findings = await FindingsAsync(folder.Read(), Exporter);

        Assert.StartsWith("warning  alerts/alerts.yml: was changed after it was rendered", findings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_counts_its_series_and_what_is_no_page_has_none()
    {
        Assert.Equal(3, await new ExposedSeries().AddAsync(new StringReader(Exporter), TestContext.Current.CancellationToken));
        Assert.Equal(0, await new ExposedSeries().AddAsync(new StringReader("<!DOCTYPE html>\n<p>\"not closed</p>\n"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Every_declared_series_is_known_with_its_labels() =>
        Assert.All(Families.All.Where(family => family.Type == FamilyType.Histogram), family => Assert.Contains($"{family.Name}_bucket", SeriesLabels.Declared.Keys));

    private static Task<string[]> FindingsAsync(string rules, params string[] pages)
    {
        using var folder = PackFolder.With($"groups:\n  - {{name: group, rules: [\n{string.Join(",\n", rules.TrimEnd().Split('\n').Select(rule => $"      {rule[2..]}"))}]}}\n");
        return FindingsAsync(folder.Read(), pages.Length > 0 ? pages : [Exporter]);
    }

    // Without what is as it should be, and that there are no limits to check.
    private static async Task<string[]> FindingsAsync(RulePack pack, params string[] pages)
    {
        var exposed = new ExposedSeries();
        foreach (var page in pages)
            await exposed.AddAsync(new StringReader(page), TestContext.Current.CancellationToken);
        await using var output = new StringWriter { NewLine = "\n" };
        var report = new CheckReport(output);
        new PackCheck(pack, exposed, report).Run();
        report.Close();
        return [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith("ok ", StringComparison.Ordinal) && !line.StartsWith("note     postal_threshold: ", StringComparison.Ordinal))];
    }
}
