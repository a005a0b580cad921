using PostalExporter.Configuration;
using PostalExporter.RulePacks;

namespace PostalExporter.Tests.RulePacks;

public sealed class PackRenderingTests : IDisposable
{
    private readonly PackFolder folder = PackFolder.With(PackFolder.Alerts);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Rendered_file_says_what_it_is_and_holds_plain_rules_and_nothing_else()
    {
        var text = Text("alerts/alerts.yml", "");

        Assert.Equal(
            """
            groups:
              - name: "volume"
                interval: "1m"
                rules:
                  - alert: "PostalLoud"
                    expr: |2
                        postal_messages_total > 5
                      or
                        postal_messages_total{scope="incoming"} > 9
                    for: "5m"
                    keep_firing_for: "10m"
                    labels:
                      severity: "warning"
                      category: "abuse"
                    annotations:
                      summary: "Much mail."
                      dashboard_url: "http://grafana:3000/d/postal-server?var-server={{ $labels.server }}"
                      runbook_url: "https://example.org/pack/PostalLoud.md"
                  - alert: "PostalLoud"
                    expr: |-
                      postal_messages_total > 50
                    labels:
                      severity: "critical"
                      category: "abuse"
                    annotations:
                      summary: "Much mail."
                      dashboard_url: "http://grafana:3000/d/postal-server?var-server={{ $labels.server }}"
                      runbook_url: "https://example.org/pack/PostalLoud.md"
              - name: "queue"
                rules:
                  - alert: "PostalSlow"
                    expr: |-
                      postal_queue_messages > 5
                    labels:
                      severity: "warning"
                      category: "operations"

            """,
            text[text.IndexOf("groups:", StringComparison.Ordinal)..]);
        Assert.Matches(
            @"\A# Rendered by postal-exporter \d+\.\d+\.\d+ from rule pack 1\.2\.3, metric contract 1, for prometheus\.\n# Do not edit it: .+\n# SHA-256 of what stands below: [0-9a-f]{64}\ngroups:\n",
            text);
        Assert.True(RenderedHeader.IsIn(text));
        Assert.True(RenderedHeader.Fits(text));
        Assert.False(RenderedHeader.Fits(text.Replace("> 50", "> 51", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_was_rendered_renders_to_the_same_rules_again()
    {
        using var again = PackFolder.With("groups: []");
        var first = Render("");
        foreach (var (name, text) in first.Files)
            again.Write(name, text);

        var second = PackRendering.Of(again.Read(), new RenderOptions(), RenderTarget.Prometheus);

        Assert.Equal(first.Files.Single(file => file.Key == "alerts/alerts.yml"), second.Files.Single(file => file.Key == "alerts/alerts.yml"));
        Assert.DoesNotContain(again.Read().Files, file => file.IsEdited);
    }

    [Theory]
    [InlineData("a\n")]
    [InlineData("a")]
    [InlineData("a\n\n")]
    [InlineData("  a\nb\n\n  c ")]
    [InlineData("\n\na")]
    [InlineData("\ta\n")]
    [InlineData("# a\n'b' \"c\" \\d: {e}")]
    [InlineData("a é € 𝄞")]
    [InlineData("a \u0001 b")]
    [InlineData("a\r\nb")]
    [InlineData("a\n   \nb")]
    public void Texts_of_any_form_come_back_as_they_were(string text)
    {
        var rule = new PackRule { Line = 1, Record = "on", Expr = text, Annotations = [KeyValuePair.Create("summary", text)] };
        var body = RuleFileText.Of([new PackGroup("no", null, [rule])]);

        var group = Assert.IsType<YamlMap>(Assert.IsType<YamlList>(YamlTree.Parse(body, "test").Entries[0].Value).Items[0]);
        var written = Assert.IsType<YamlMap>(Assert.IsType<YamlList>(group.Entries[^1].Value).Items[0]);

        Assert.Equal(text, Assert.IsType<YamlScalar>(written.Entries.Single(entry => entry.Key == "expr").Value).Text);
        Assert.Equal(text, Assert.IsType<YamlScalar>(Assert.IsType<YamlMap>(written.Entries.Single(entry => entry.Key == "annotations").Value).Entries[0].Value).Text);
    }

    [Fact]
    public void Vmalert_gets_no_key_that_it_does_not_know_and_another_checksum()
    {
        var rendering = PackRendering.Of(folder.Read(), new RenderOptions(), RenderTarget.Vmalert);

        Assert.All(rendering.Files, file => Assert.DoesNotContain("keep_firing_for", file.Value, StringComparison.Ordinal));
        Assert.Contains(", for vmalert.\n", rendering.Files[0].Value, StringComparison.Ordinal);
        Assert.NotEqual(Render("").Checksum, rendering.Checksum);
    }

    [Fact]
    public void Info_series_carries_version_contract_and_the_checksum_of_all_rules()
    {
        var rendering = Render("");

        Assert.Matches("^[0-9a-f]{12}$", rendering.Checksum);
        Assert.Contains($"version: \"1.2.3\"\n          contract: \"1\"\n          checksum: \"{rendering.Checksum}\"\n", TextOf(rendering, "recording/pack.yml"), StringComparison.Ordinal);
        Assert.Equal(rendering.Checksum, Render("").Checksum);
        Assert.NotEqual(rendering.Checksum, Render("interval: 20s").Checksum);
    }

    [Fact]
    public void Links_lead_to_the_operators_own_pages()
    {
        var text = Text("alerts/alerts.yml", "runbook_base_url: https://wiki.example.com/postal\ndashboard_base_url: https://grafana.example.com/team/\n");

        Assert.Contains("runbook_url: \"https://wiki.example.com/postal/PostalLoud.md\"", text, StringComparison.Ordinal);
        Assert.Contains("dashboard_url: \"https://grafana.example.com/team/d/postal-server?var-server={{ $labels.server }}\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_are_added_to_all_alerts_and_to_those_of_a_category()
    {
        var text = Text("alerts/alerts.yml", "labels: {all: {team: mail, zone: a}, abuse: {team: desk, room: \"7\"}}");

        Assert.Contains("category: \"abuse\"\n          room: \"7\"\n          team: \"desk\"\n          zone: \"a\"\n", text, StringComparison.Ordinal);
        Assert.Contains("category: \"operations\"\n          team: \"mail\"\n          zone: \"a\"\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("team", Text("recording/pack.yml", "labels: {all: {team: mail}}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Alerts_are_switched_off_as_a_whole_or_by_severity_and_what_is_empty_is_left_out()
    {
        Assert.Equal(["PostalLoud (warning)", "PostalSlow (warning)"], Render("disabled_alerts: [PostalLoud/critical]").Pack.Alerts.Select(rule => rule.ToString()));
        Assert.Equal(["pack", "queue"], Render("disabled_alerts: [PostalLoud]").Pack.Files.SelectMany(file => file.Groups).Select(group => group.Name));
        Assert.Equal(["recording/pack.yml"], Render("disabled_alerts: [PostalLoud, PostalSlow]").Files.Select(file => file.Key));
    }

    [Fact]
    public void Severities_change()
    {
        var alerts = Render("severities: {PostalSlow/warning: critical, PostalLoud/warning: info}").Pack.Alerts;

        Assert.Equal(["PostalLoud (info)", "PostalLoud (critical)", "PostalSlow (critical)"], alerts.Select(rule => rule.ToString()));
    }

    [Fact]
    public void Intervals_change_for_groups_without_one_and_for_those_that_are_named()
    {
        var groups = Render("interval: 20s\nintervals: {volume: 2m}").Pack.Files.SelectMany(file => file.Groups);

        Assert.Equal([("pack", "20s"), ("volume", "2m"), ("queue", "20s")], groups.Select(group => (group.Name, group.Interval)));
        Assert.Equal("1m", Render("interval: 20s").Pack.Files[^1].Groups[0].Interval);
    }

    [Fact]
    public void A_rule_that_reads_an_alert_which_changes_is_told()
    {
        folder.Write("recording/base.yml", """
            groups:
              - name: base
                rules:
                  - record: a:b:c
                    expr: up unless ALERTS{alertname=~"Postal(Loud|Other)", severity="critical", alertstate="firing"}
            """);

        Assert.Equal(
            "PostalLoud (critical) is switched off, so rules that look back at it do not see it any more: recording/base.yml:4: base: a:b:c",
            Assert.Single(Render("disabled_alerts: [PostalLoud]").Warnings));
        Assert.StartsWith("PostalLoud (critical) is now info", Assert.Single(Render("severities: {PostalLoud/critical: info}").Warnings), StringComparison.Ordinal);
        Assert.Empty(Render("disabled_alerts: [PostalLoud/warning, PostalSlow]").Warnings);
    }

    [Fact]
    public void Everything_that_is_wrong_with_the_configuration_is_told_at_once()
    {
        var file = folder.Write("own.yml", """
            runbook_base_url: wiki/postal
            dashboard_base_url: https://user:secret@grafana.example.com/
            labels:
              all: {severity: page, server: a, __x: b, team-a: c, value: "{{ $value }}", fine: yes}
              abus: {team: d}
            disabled_alerts:
              - PostalLuod
              - PostalLoud/info
              - PostalLoud/warning
              - PostalLoud/warning
            severities:
              PostalLoud/warning: critical
              PostalLoud/critical: page
              PostalSlow: info
              PostalSlow/warning: inof
            interval: 10m
            intervals: {volum: 1m, queue: fast}
            runbook_base: x
            """);

        var problems = Assert.Throws<ConfigurationException>(() => RenderOptionsReader.Read(file, folder.Read())).Problems;

        Assert.Equal(
            [
                ":1: runbook_base_url: not an address; write the whole of it, such as https://wiki.example.com/postal/",
                ":2: dashboard_base_url: holds a user or password, which every alert would show; leave it out",
                ":4: labels.all.severity: the label has a meaning of its own in metrics and alerts; give it another name",
                ":4: labels.all.server: the label has a meaning of its own in metrics and alerts; give it another name",
                ":4: labels.all.__x: names that begin with __ are Prometheus' own; give the label another name",
                ":4: labels.all.team-a: not the name of a label; use letters, digits and underscores, and begin with a letter",
                ":4: labels.all.value: a template would make an alert another one with each value; give a fixed text",
                ":5: labels.abus: no category of the pack; did you mean abuse?",
                ":7: disabled_alerts[0]: the pack has no alert PostalLuod; did you mean PostalLoud?",
                ":8: disabled_alerts[1]: PostalLoud has no rule of severity info; write PostalLoud/warning or PostalLoud/critical",
                ":10: disabled_alerts[3]: is switched off already; keep one of the entries",
                ":12: severities.PostalLoud/warning: is switched off by disabled_alerts; keep one of them",
                ":13: severities.PostalLoud/critical: unknown value; known are critical, warning, info",
                ":14: severities.PostalSlow: says no severity; write PostalSlow/warning",
                ":15: severities.PostalSlow/warning: unknown value; did you mean info?",
                ":16: interval: out of range; give between 1s and 300s",
                ":17: intervals.volum: the pack has no group of this name; did you mean volume?",
                ":17: intervals.queue: not a duration; write a duration such as 500ms, 60s, 5m, 1h",
                ":18: runbook_base: unknown key; did you mean runbook_base_url?",
            ],
            problems.Select(problem => problem.ToString()[file.Length..]));
        Assert.DoesNotContain(problems, problem => problem.ToString().Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("runbook_base_url: ftp://example.com/", "not an address")]
    [InlineData("runbook_base_url: \"https://example.com/{{ x }}\"", "not an address")]
    [InlineData("runbook_base_url: https://example.com/?page=", "cannot be continued")]
    [InlineData("severities: {PostalLoud/critical: warning}", "two rules of PostalLoud would be warning, and their alerts the same; switch one of them off by disabled_alerts")]
    [InlineData("labels: [team]", "a section is expected here")]
    public void What_would_make_broken_rules_is_refused(string options, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigurationException>(() => Render(options)).Message, StringComparison.Ordinal);

    [Fact]
    public void Severities_may_swap_and_one_may_take_the_place_of_another_that_is_off()
    {
        Assert.Equal(2, Render("severities: {PostalLoud/critical: warning, PostalLoud/warning: critical}").Pack.Alerts.Count(rule => rule.Alert == "PostalLoud"));
        Assert.Single(Render("severities: {PostalLoud/critical: warning}\ndisabled_alerts: [PostalLoud/warning]").Pack.Alerts, rule => rule.Alert == "PostalLoud");
    }

    [Fact]
    public void Address_of_the_pack_that_cannot_be_changed_is_a_problem_of_the_pack()
    {
        folder.Write("alerts/alerts.yml", PackFolder.Alerts.Replace("/d/postal-server", "/x/postal-server", StringComparison.Ordinal));

        var message = Assert.Throws<ConfigurationException>(() => Render("dashboard_base_url: https://grafana.example.com/")).Message;

        Assert.Contains("alerts/alerts.yml:5: volume: PostalLoud (warning): dashboard_url has no /d/ in it", message, StringComparison.Ordinal);
    }

    private PackRendering Render(string options) =>
        PackRendering.Of(folder.Read(), RenderOptionsReader.Read(folder.Write("own.yml", options), folder.Read()), RenderTarget.Prometheus);

    private string Text(string name, string options) => TextOf(Render(options), name);

    private static string TextOf(PackRendering rendering, string name) => rendering.Files.Single(file => file.Key == name).Value;
}
