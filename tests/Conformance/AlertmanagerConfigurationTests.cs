using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace PostalExporter.Conformance;

/// <summary>What Alertmanager's own tools say of the configuration, and what no tool checks.</summary>
public sealed partial class AlertmanagerConfigurationTests
{
    private const string SecretsFolder = "/etc/alertmanager/secrets/";

    [Theory]
    [InlineData("alertmanager/alertmanager.yml")]
    [InlineData("alertmanager/examples/opsgenie.yml")]
    public async Task Amtool_accepts_it_with_its_templates(string file)
    {
        var run = await AmtoolAsync("check-config", file);

        run.ShouldSucceed();
        Assert.Contains("1 templates", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_amtool_too_old_for_the_teams_example_finds_nothing_else_in_it()
    {
        var run = await AmtoolAsync("check-config", "alertmanager/examples/msteams.yml");

        // Before 0.28 the strict parser lists every key it does not know: the receiver's must be the only one.
        var unknown = UnknownKey().Matches(run.Output).Select(match => match.Groups["key"].Value).ToList();
        if (run.ExitCode != 0)
            Assert.Equal(["msteamsv2_configs"], unknown);
    }

    [Theory]
    [InlineData("critical", "abuse", "mail,pagerduty")]
    [InlineData("critical", "deliverability", "mail,pagerduty")]
    [InlineData("critical", "operations", "mail,pagerduty")]
    [InlineData("warning", "abuse", "mail,slack")]
    [InlineData("warning", "deliverability", "mail,slack")]
    [InlineData("warning", "operations", "mail,slack")]
    [InlineData("info", "operations", "nobody")]
    [InlineData("info", "deliverability", "nobody")]
    public async Task A_severity_reaches_its_channel_whatever_the_category(string severity, string category, string receivers) =>
        Assert.Equal(receivers, await RouteAsync("alertname=PostalSomething", $"severity={severity}", $"category={category}", "organization=acme", "server=main"));

    [Theory]
    [InlineData("severity=warning")]
    [InlineData("severity=critical")]
    [InlineData("severity=none")]
    public async Task The_watchdog_reaches_the_dead_mans_switch_and_nobody_else(string severity) =>
        Assert.Equal("dead-mans-switch", await RouteAsync("alertname=PostalWatchdog", severity, "category=operations"));

    [Theory]
    [InlineData("critical", "opsgenie")]
    [InlineData("warning", "opsgenie")]
    [InlineData("info", "nobody")]
    public async Task The_example_sends_what_needs_somebody_to_its_channel(string severity, string receiver) =>
        Assert.Equal(receiver, await RouteAsync("alertmanager/examples/opsgenie.yml", ["alertname=PostalSomething", $"severity={severity}", "category=abuse"]));

    [Fact]
    public async Task No_alert_of_the_rule_pack_ends_in_mail_alone()
    {
        foreach (var (name, severity, _) in RulePackAlerts())
            Assert.NotEqual("mail", await RouteAsync($"alertname={name}", $"severity={severity}"));
    }

    [Theory]
    [InlineData("alertmanager.yml")]
    [InlineData("examples/opsgenie.yml")]
    [InlineData("examples/msteams.yml")]
    public void Every_secret_is_read_from_a_file_in_the_folder_for_secrets(string file)
    {
        var scalars = Load(PathOf(file)).SelectMany(mapping => mapping.Children)
            .Where(pair => pair.Value is YamlScalarNode)
            .Select(pair => (Key: pair.Key.ToString(), Value: pair.Value.ToString())).ToList();

        Assert.All(scalars.Where(scalar => scalar.Key.EndsWith("_file", StringComparison.Ordinal)), scalar => Assert.StartsWith(SecretsFolder, scalar.Value, StringComparison.Ordinal));
        Assert.DoesNotContain(scalars, scalar => scalar.Key is
            "routing_key" or "service_key" or "api_url" or "api_key" or "opsgenie_api_key" or "slack_api_url" or "smtp_auth_password"
            or "auth_password" or "password" or "credentials" or "bearer_token" or "webhook_url");
    }

    [Fact]
    public void The_comment_at_the_top_names_every_secret_file()
    {
        var text = File.ReadAllText(PathOf("alertmanager.yml"));

        var used = SecretFile().Matches(text).Select(match => match.Groups["name"].Value).Distinct().ToList();
        var header = text[..text.IndexOf("global:", StringComparison.Ordinal)];

        Assert.Equal(4, used.Count);
        Assert.All(used, name => Assert.Matches($"(?m)^#   {name} +\\S", header));
    }

    [Fact]
    public void Notifications_are_grouped_by_alert_and_server_and_pages_do_not_wait_long()
    {
        var route = (YamlMappingNode)Root()["route"];
        var page = ((YamlSequenceNode)route["routes"]).Cast<YamlMappingNode>().Single(child => child["receiver"].ToString() == "pagerduty");

        Assert.Equal(["alertname", "organization", "server"], ((YamlSequenceNode)route["group_by"]).Select(label => label.ToString()));
        Assert.Equal("10s", page["group_wait"].ToString());
        Assert.Equal("1m", page["group_interval"].ToString());
        Assert.False(page.Children.ContainsKey("group_by"));
    }

    [Fact]
    public void A_warning_never_silences_a_page()
    {
        Assert.All(InhibitRules(), rule =>
        {
            if (!rule.Source.Contains("severity = \"critical\""))
                Assert.Contains("severity = \"warning\"", rule.Target);
        });
    }

    [Fact]
    public void Where_servers_must_be_equal_alerts_of_no_server_do_not_take_part()
    {
        Assert.All(InhibitRules().Where(rule => rule.Equal.Contains("server") && !rule.Equal.Contains("alertname")), rule =>
        {
            Assert.Contains("server =~ \".+\"", rule.Source);
            Assert.Contains("server =~ \".+\"", rule.Target);
        });
    }

    [Fact]
    public void Every_alert_that_the_inhibition_names_is_in_the_rule_pack()
    {
        var alerts = RulePackAlerts().Select(alert => alert.Name).Distinct().ToList();
        var matchers = InhibitRules().SelectMany(rule => rule.Source.Concat(rule.Target)).Select(matcher => AlertNameMatcher().Match(matcher))
            .Where(match => match.Success).ToList();

        Assert.NotEmpty(matchers);
        Assert.All(matchers, match => Assert.Contains(alerts, name => Regex.IsMatch(name, $"^(?:{match.Groups["pattern"].Value})$")));
    }

    [Fact]
    public void Every_alert_of_the_rule_pack_has_a_severity_and_a_category_that_routes_and_inhibition_know()
    {
        Assert.All(RulePackAlerts(), alert =>
        {
            Assert.Contains(alert.Severity, (string[])["info", "warning", "critical"]);
            Assert.Contains(alert.Category, (string[])["abuse", "deliverability", "operations"]);
        });
    }

    private static Task<ProgramRun> AmtoolAsync(params string[] arguments) =>
        ProgramRun.RunAsync("amtool", arguments, Repository.Root, TestContext.Current.CancellationToken);

    private static Task<string> RouteAsync(params string[] labels) => RouteAsync("alertmanager/alertmanager.yml", labels);

    private static async Task<string> RouteAsync(string file, string[] labels)
    {
        var run = await AmtoolAsync(["config", "routes", "test", $"--config.file={file}", .. labels]);
        run.ShouldSucceed();
        return run.Output.Split('\n')[0];
    }

    private static string PathOf(string file) => Repository.PathOf(["alertmanager", .. file.Split('/')]);

    private static YamlMappingNode Root() => Load(PathOf("alertmanager.yml")).First();

    private static IEnumerable<YamlMappingNode> Load(string path)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(path);
        stream.Load(reader);
        return stream.Documents[0].AllNodes.OfType<YamlMappingNode>();
    }

    private static List<(string[] Source, string[] Target, string[] Equal)> InhibitRules() =>
    [
        .. ((YamlSequenceNode)Root()["inhibit_rules"]).Cast<YamlMappingNode>().Select(rule => (
            Texts(rule["source_matchers"]), Texts(rule["target_matchers"]),
            rule.Children.TryGetValue("equal", out var equal) ? Texts(equal) : [])),
    ];

    private static string[] Texts(YamlNode sequence) => [.. ((YamlSequenceNode)sequence).Select(item => item.ToString())];

    private static IReadOnlyList<(string Name, string Severity, string Category)> RulePackAlerts() =>
    [
        .. Directory.EnumerateFiles(Repository.PathOf("rules", "v1", "alerts"), "*.yml").SelectMany(Load)
            .Where(mapping => mapping.Children.ContainsKey("alert"))
            .Select(alert => (alert["alert"].ToString(), alert["labels"]["severity"].ToString(), alert["labels"]["category"].ToString())),
    ];

    [GeneratedRegex("field (?<key>[a-z0-9_]+) not found")]
    private static partial Regex UnknownKey();

    [GeneratedRegex(SecretsFolder + "(?<name>[a-z_]+)")]
    private static partial Regex SecretFile();

    [GeneratedRegex("^alertname (?:=|=~|!=|!~) \"(?<pattern>[^\"]+)\"$")]
    private static partial Regex AlertNameMatcher();
}
