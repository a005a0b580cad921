using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace PostalExporter.Conformance;

/// <summary>What a dashboard must be so that it can be provisioned from a file into any Grafana. The rules are those of Grafana's dashboard linter.</summary>
public sealed partial class DashboardTests
{
    public static TheoryData<string> Dashboards => [.. DashboardFile.All.Select(dashboard => dashboard.Name)];

    [Fact]
    public void The_overview_and_the_view_of_a_server_exist() =>
        Assert.Equal(["postal-overview", "postal-server"], DashboardFile.All.Select(dashboard => dashboard.Uid));

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void It_has_a_fixed_uid_after_which_its_file_is_named_and_cannot_be_edited(string name)
    {
        var dashboard = Dashboard(name);

        Assert.Equal(name, $"{dashboard.Uid}.json");
        Assert.False(dashboard.Json.GetProperty("editable").GetBoolean());
        Assert.False(dashboard.Json.TryGetProperty("id", out _), "The id is the database's: a file that has one overwrites another dashboard.");
        Assert.NotEmpty(DashboardFile.Text(dashboard.Json, "title"));
        Assert.NotEmpty(DashboardFile.Text(dashboard.Json, "description"));
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Its_data_source_is_a_variable_that_every_panel_variable_and_annotation_uses(string name)
    {
        var dashboard = Dashboard(name);
        var dataSource = Assert.Single(dashboard.Variables, variable => DashboardFile.Text(variable, "type") == "datasource");

        Assert.Equal("datasource", DashboardFile.Text(dataSource, "name"));
        Assert.Equal("Data source", DashboardFile.Text(dataSource, "label"));
        Assert.Equal("prometheus", DashboardFile.Text(dataSource, "query"));
        var users = dashboard.Panels.Select(panel => panel.Json)
            .Concat(dashboard.Panels.SelectMany(panel => panel.Json.GetProperty("targets").EnumerateArray()))
            .Concat(dashboard.Variables.Where(variable => DashboardFile.Text(variable, "type") == "query"))
            .Concat(dashboard.Json.GetProperty("annotations").GetProperty("list").EnumerateArray());
        Assert.All(users, user => Assert.Equal("${datasource}", DashboardFile.Text(user.GetProperty("datasource"), "uid")));
    }

    [Theory]
    [InlineData("job", "Job")]
    [InlineData("instance", "Instance")]
    public void Jobs_and_instances_can_be_chosen_together_and_all_means_any(string variableName, string label)
    {
        foreach (var dashboard in DashboardFile.All)
        {
            var variable = Variable(dashboard, variableName);
            Assert.Equal(label, DashboardFile.Text(variable, "label"));
            Assert.True(variable.GetProperty("multi").GetBoolean());
            Assert.True(variable.GetProperty("includeAll").GetBoolean());
            Assert.Equal(".+", DashboardFile.Text(variable, "allValue"));
        }
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Its_variables_lead_from_organization_to_server_and_reload_when_the_time_changes(string name)
    {
        var dashboard = Dashboard(name);

        Assert.Contains("$organization\"", DashboardFile.Text(Variable(dashboard, "server"), "definition"), StringComparison.Ordinal);
        Assert.All(
            dashboard.Variables.Where(variable => DashboardFile.Text(variable, "type") == "query"),
            variable =>
            {
                Assert.Equal(2, variable.GetProperty("refresh").GetInt32());
                Assert.Matches(@"^label_values\(.+, [a-z]+\)$", DashboardFile.Text(variable, "definition"));
                Assert.Equal(DashboardFile.Text(variable, "definition"), DashboardFile.Text(variable.GetProperty("query"), "query"));
            });
    }

    [Fact]
    public void The_overview_shows_alerts_that_belong_to_no_server()
    {
        var overview = Dashboard("postal-overview.json");

        Assert.All(["organization", "server"], name => Assert.Equal(".*", DashboardFile.Text(Variable(overview, name), "allValue")));
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Every_panel_has_a_title_a_description_a_unit_and_a_query(string name)
    {
        var panels = Dashboard(name).Panels;

        Assert.InRange(panels.Count, 5, 9);
        Assert.Equal(panels.Count, panels.Select(panel => panel.Title).Distinct().Count());
        Assert.All(panels, panel =>
        {
            Assert.NotEmpty(panel.Title);
            Assert.EndsWith(".", panel.Description, StringComparison.Ordinal);
            Assert.Contains(panel.Unit, (string[])["short", "percentunit", "s", "mps", "string"]);
            Assert.All(panel.Queries, Assert.NotEmpty);
            Assert.NotEmpty(panel.Queries);
        });
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Panels_do_not_overlap_and_have_ids_of_their_own(string name)
    {
        var panels = Dashboard(name).Panels;
        var cells = panels.SelectMany(panel =>
        {
            var at = panel.Json.GetProperty("gridPos");
            int Value(string key) => at.GetProperty(key).GetInt32();
            Assert.InRange(Value("x") + Value("w"), 1, 24);
            return from x in Enumerable.Range(Value("x"), Value("w")) from y in Enumerable.Range(Value("y"), Value("h")) select (x, y);
        }).ToList();

        Assert.Equal(cells.Count, cells.Distinct().Count());
        Assert.Equal(panels.Count, panels.Select(panel => panel.Json.GetProperty("id").GetInt32()).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Every_selector_of_an_exporter_series_names_job_and_instance(string name)
    {
        // Recorded series are excluded: the maximum over exporters was taken in them, so they have neither label. Postal's own are no exporter's.
        var selectors = Dashboard(name).Queries.SelectMany(query => Selector().Matches(query))
            .Where(selector => !DashboardFile.IsRecorded(selector.Groups["series"].Value) && !RuleContract.PostalSeries.ContainsKey(selector.Groups["series"].Value))
            .ToList();

        Assert.NotEmpty(selectors);
        Assert.All(selectors, selector =>
        {
            Assert.Contains("job=~\"$job\"", selector.Value, StringComparison.Ordinal);
            Assert.Contains("instance=~\"$instance\"", selector.Value, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_overview_shows_Postals_own_metrics_by_the_jobs_of_the_shipped_configuration()
    {
        var selectors = Dashboard("postal-overview.json").Queries.SelectMany(query => Selector().Matches(query))
            .Where(selector => RuleContract.PostalSeries.ContainsKey(selector.Groups["series"].Value)).Select(selector => selector.Value).ToList();

        Assert.Equal(2, selectors.Count);
        Assert.Contains(selectors, selector => selector.StartsWith("postal_smtp_server_client_errors{job=\"postal-smtp\", error=~\"invalid-credentials|", StringComparison.Ordinal));
        Assert.Contains("postal_worker_errors{job=\"postal-worker\"}", selectors);
    }

    [Fact]
    public void A_page_of_Postal_that_cannot_be_reached_is_no_missing_exporter() =>
        Assert.All(
            DashboardFile.All.SelectMany(dashboard => dashboard.Queries).SelectMany(query => Selector().Matches(query))
                .Where(selector => selector.Groups["series"].Value == "up"),
            selector => Assert.Contains("job!~\"postal-smtp|postal-worker\"", selector.Value, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Counters_stand_under_rate_with_an_interval_that_fits_the_scrapes(string name)
    {
        foreach (var query in Dashboard(name).Queries)
        {
            foreach (Match counter in Counter().Matches(query))
            {
                Assert.EndsWith("rate(", query[..counter.Index], StringComparison.Ordinal);
                Assert.StartsWith("[$__rate_interval])", query[(counter.Index + counter.Length)..], StringComparison.Ordinal);
                // A redundant pair of exporters counts every message twice: their maximum, then the sum.
                Assert.Contains("max without (job, instance) (\n    rate(", query, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("postal-overview.json", "bounce_ratio")]
    [InlineData("postal-overview.json", "queue_age_seconds")]
    [InlineData("postal-overview.json", "send_limit_ratio")]
    [InlineData("postal-server.json", "volume_ratio")]
    [InlineData("postal-server.json", "bounce_ratio")]
    [InlineData("postal-server.json", "queue_age_seconds")]
    [InlineData("postal-server.json", "send_limit_ratio")]
    public void The_limit_an_alert_uses_is_drawn_beside_the_value(string name, string signal)
    {
        var panel = Assert.Single(Dashboard(name).Panels, panel => panel.Queries.Any(query => query.Contains($"signal=\"{signal}\"", StringComparison.Ordinal)));

        Assert.All(["warning", "critical"], severity =>
            Assert.Contains(panel.Queries, query => query.Contains($"signal=\"{signal}\", severity=\"{severity}\"", StringComparison.Ordinal)));
        Assert.True(panel.Queries.Count > 2, "The value itself is missing.");
    }

    [Fact]
    public void Links_between_the_dashboards_lead_to_uids_that_exist()
    {
        var links = DashboardFile.All.SelectMany(dashboard => DashboardLink().Matches(dashboard.Json.GetRawText())).Select(match => match.Groups["uid"].Value).ToList();

        Assert.NotEmpty(links);
        Assert.All(links, uid => Assert.Contains(uid, DashboardFile.All.Select(dashboard => dashboard.Uid)));
    }

    [Fact]
    public void No_variable_is_left_that_the_tests_do_not_know() =>
        Assert.All(
            DashboardFile.All.SelectMany(dashboard => dashboard.Queries),
            query => Assert.DoesNotContain("$", DashboardFile.Substitute(query), StringComparison.Ordinal));

    [Fact]
    public void Every_recorded_series_is_recorded_by_the_rule_pack()
    {
        var recorded = Directory.EnumerateFiles(Repository.PathOf("rules", "v1"), "*.yml", SearchOption.AllDirectories)
            .SelectMany(RecordsIn).ToHashSet();
        var used = DashboardFile.All.SelectMany(dashboard => dashboard.Queries).SelectMany(DashboardFile.SeriesIn)
            .Where(series => series.Contains(':', StringComparison.Ordinal)).ToHashSet();

        Assert.NotEmpty(used);
        Assert.Empty(used.Except(recorded));
    }

    private static IEnumerable<string> RecordsIn(string file)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(file);
        stream.Load(reader);
        return stream.Documents.SelectMany(document => document.AllNodes.OfType<YamlMappingNode>())
            .SelectMany(node => node.Children)
            .Where(pair => pair.Key is YamlScalarNode { Value: "record" })
            .Select(pair => ((YamlScalarNode)pair.Value).Value!);
    }

    private static DashboardFile Dashboard(string name) => DashboardFile.All.Single(dashboard => dashboard.Name == name);

    private static JsonElement Variable(DashboardFile dashboard, string name) =>
        Assert.Single(dashboard.Variables, variable => DashboardFile.Text(variable, "name") == name);

    [GeneratedRegex(@"(?<series>(?:[a-z]+:)?\b(?:postal_[a-z0-9_]+|up|ALERTS)(?::[a-z0-9_]+)?)\{[^}]*\}")]
    private static partial Regex Selector();

    [GeneratedRegex(@"\bpostal_[a-z0-9_]+_total\{[^}]*\}")]
    private static partial Regex Counter();

    [GeneratedRegex("\"/d/(?<uid>[a-z-]+)")]
    private static partial Regex DashboardLink();
}
