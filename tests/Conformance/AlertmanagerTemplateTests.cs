using System.Text.RegularExpressions;

namespace PostalExporter.Conformance;

/// <summary>What each channel shows, rendered by Alertmanager's own engine.</summary>
public sealed partial class AlertmanagerTemplateTests
{
    private static readonly AlertmanagerAlert Hijacked = new("PostalCredentialVolumeAnomaly", "critical")
    {
        Category = "abuse",
        Organization = "acme",
        Server = "main",
        Credential = "app",
        Description = "Credential app of acme/main sends 900 messages per hour, 20 times its usual high of 45.",
    };

    private static readonly AlertmanagerAlert Recovered = Hijacked with
    {
        Credential = "newsletter",
        Description = "Credential newsletter of acme/main sends 300 messages per hour, 6 times its usual high of 50.",
    };

    [Theory]
    [InlineData("postal.pagerduty.firing", "postal.pagerduty.resolved")]
    [InlineData("postal.slack.text", null)]
    [InlineData("postal.mail.text", null)]
    [InlineData("postal.mail.html", null)]
    [InlineData("postal.opsgenie.description", null)]
    [InlineData("postal.msteams.text", null)]
    public async Task A_body_tells_of_firing_alerts_then_of_resolved_ones_with_their_links(string template, string? resolvedTemplate)
    {
        var text = await RenderAsync(template, [Hijacked], [Recovered]);
        if (resolvedTemplate is not null)
            text += await RenderAsync(resolvedTemplate, [Hijacked], [Recovered]);

        var firing = text.IndexOf("Credential app of acme/main sends 900", StringComparison.Ordinal);
        var resolved = text.IndexOf("Credential newsletter of acme/main sends 300", StringComparison.Ordinal);
        Assert.InRange(firing, 0, resolved);
        Assert.Equal(2, Regex.Count(text, Regex.Escape(Hijacked.RunbookUrl)));
        Assert.Equal(2, Regex.Count(text.Replace("&amp;", "&", StringComparison.Ordinal), Regex.Escape(Hijacked.DashboardUrl!)));
    }

    [Theory]
    [InlineData("postal.slack.title")]
    [InlineData("postal.mail.subject")]
    [InlineData("postal.msteams.title")]
    public async Task A_headline_gives_status_number_alert_and_server(string template)
    {
        Assert.Equal("[FIRING 1] PostalCredentialVolumeAnomaly: acme/main", await RenderAsync(template, [Hijacked], [Recovered]));
        Assert.Equal("[RESOLVED] PostalCredentialVolumeAnomaly: acme/main", await RenderAsync(template, [], [Recovered]));
    }

    [Theory]
    [InlineData("postal.pagerduty.summary")]
    [InlineData("postal.opsgenie.message")]
    public async Task A_page_names_server_and_credentials_before_it_says_what(string template)
    {
        Assert.Equal(
            "acme/main, credential app: A credential sends far more mail than usual.",
            await RenderAsync(template, [Hijacked], [Recovered]));
        Assert.Equal(
            "acme/main, credential app, newsletter: A credential sends far more mail than usual.",
            await RenderAsync(template, [Hijacked, Recovered], []));
    }

    [Fact]
    public async Task A_page_of_many_credentials_names_three_and_says_how_many_there_are()
    {
        AlertmanagerAlert[] many = [.. "abcdef".Select(name => Hijacked with { Credential = $"{name}" })];

        Assert.Equal(
            "acme/main, credential a, b, c and others, 6 in all: A credential sends far more mail than usual.",
            await RenderAsync("postal.pagerduty.summary", many, []));
    }

    [Theory]
    [InlineData("postal.pagerduty.summary", "whole installation: The exporter cannot be scraped.")]
    [InlineData("postal.mail.subject", "[FIRING 1] PostalExporterDown: whole installation")]
    [InlineData("postal.pagerduty.runbook", "https://runbooks.example/PostalExporterDown.md")]
    [InlineData("postal.pagerduty.dashboard", "https://alertmanager.example")] // PagerDuty refuses an empty link.
    [InlineData("postal.slack.link", "https://alertmanager.example")]
    public async Task An_alert_of_no_server_is_said_to_concern_the_whole_installation(string template, string expected)
    {
        var down = new AlertmanagerAlert("PostalExporterDown", "critical") { Category = "operations", Summary = "The exporter cannot be scraped." };

        Assert.Equal(expected, await RenderAsync(template, [down], []));
    }

    [Theory]
    [InlineData("critical", "danger")]
    [InlineData("warning", "warning")]
    public async Task Slack_shows_the_severity_as_a_color_and_green_once_resolved(string severity, string color)
    {
        var alert = Hijacked with { Severity = severity };

        Assert.Equal(color, await RenderAsync("postal.slack.color", [alert], []));
        Assert.Equal("good", await RenderAsync("postal.slack.color", [], [alert]));
    }

    [Theory]
    [InlineData("postal.slack.text", "&lt;!channel&gt; &amp; [x](http://evil.example) *b*")]
    [InlineData("postal.mail.html", "&lt;!channel&gt; &amp; [x](http://evil.example) *b*")]
    [InlineData("postal.msteams.text", @"\<!channel\> & \[x\]\(http://evil.example\) \*b\*")]
    public async Task A_credential_name_cannot_mention_a_channel_or_plant_a_link(string template, string shown)
    {
        const string name = "<!channel> & [x](http://evil.example) *b*";
        var alert = Hijacked with { Credential = name, Description = $"Credential {name} sends." };

        var text = await RenderAsync(template, [alert], []);

        Assert.Contains($"Credential {shown} sends.", text, StringComparison.Ordinal);
        Assert.DoesNotContain(name, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postal.pagerduty.firing")]
    [InlineData("postal.slack.text")]
    [InlineData("postal.mail.text")]
    [InlineData("postal.mail.html")]
    [InlineData("postal.opsgenie.description")]
    [InlineData("postal.msteams.text")]
    public async Task A_body_says_after_what_happened_what_it_costs_where_that_is_known(string template)
    {
        const string impact = "In the last 24 hours the server took 900 outgoing messages and 90 bounced.";

        var text = await RenderAsync(template, [Hijacked with { Impact = impact }], []);

        Assert.InRange(
            text.IndexOf(impact, StringComparison.Ordinal), text.IndexOf(Hijacked.Description!, StringComparison.Ordinal) + Hijacked.Description!.Length, text.Length);
        Assert.DoesNotContain("In the last 24 hours", await RenderAsync(template, [Hijacked], []), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_template_is_named_after_its_channel_and_its_part()
    {
        var names = await TemplateNamesAsync();

        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Matches("^postal\\.(text|pagerduty|slack|mail|opsgenie|msteams)\\.[a-z]+$", name));
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public async Task Every_template_is_used_and_every_used_template_exists()
    {
        var configuration = Directory.EnumerateFiles(Repository.PathOf("alertmanager"), "*.yml", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Repository.PathOf("alertmanager", "templates")));
        var used = new HashSet<string>();
        foreach (var file in configuration)
        {
            foreach (Match use in Use().Matches(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)))
                used.Add(use.Groups["name"].Value);
        }

        Assert.Equal((await TemplateNamesAsync()).Order(), used.Order());
    }

    private static async Task<List<string>> TemplateNamesAsync()
    {
        var names = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf("alertmanager", "templates"), "*.tmpl"))
        {
            foreach (Match definition in Definition().Matches(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)))
                names.Add(definition.Groups["name"].Value);
        }
        return names;
    }

    private static async Task<string> RenderAsync(
        string template, IReadOnlyCollection<AlertmanagerAlert> firing, IReadOnlyCollection<AlertmanagerAlert> resolved)
    {
        var data = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(data, AlertmanagerAlert.Notification(firing, resolved), TestContext.Current.CancellationToken);
            var run = await ProgramRun.RunAsync(
                "amtool",
                [
                    "template", "render", "--template.glob=alertmanager/templates/*.tmpl", $"--template.data={data}",
                    $"--template.type={(template.EndsWith("html", StringComparison.Ordinal) ? "html" : "text")}",
                    $"--template.text={{{{ template \"{template}\" . }}}}",
                ],
                Repository.Root,
                TestContext.Current.CancellationToken);
            run.ShouldSucceed();
            return run.Output;
        }
        finally
        {
            File.Delete(data);
        }
    }

    [GeneratedRegex("""\{\{-? define "(?<name>[^"]+)" """)]
    private static partial Regex Definition();

    [GeneratedRegex("""\{\{-? template "(?<name>[^"]+)" """)]
    private static partial Regex Use();
}
