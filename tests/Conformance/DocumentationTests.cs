using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using PostalExporter.Cli;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalSimulator.Health;

namespace PostalExporter.Conformance;

/// <summary>What pages of the documentation name must exist, and be what they say.</summary>
public sealed partial class DocumentationTests
{
    // Accounts, keys of the configuration and secrets that begin as metrics do.
    private static readonly string[] NoMetrics = ["postal_config", "postal_db_password", "postal_exporter"];

    private static readonly Assembly Exporter = typeof(CommandLine).Assembly;

    public static TheoryData<string> Pages => [.. MarkdownPage.All.Select(page => page.Name)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_within_the_repository_leads_somewhere(string page)
    {
        var path = MarkdownPage.Of(page).Path;
        Assert.All(MarkdownPage.Of(page).Links, link =>
        {
            var parts = link.Split('#');
            var target = parts[0].Length == 0 ? path : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, parts[0]));
            Assert.True(Path.Exists(target), $"{link}: does not exist");
            if (parts.Length > 1)
                Assert.Contains(parts[1], MarkdownPage.Of(Path.GetRelativePath(Repository.Root, target)).Anchors);
        });
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_file_that_is_named_exists(string page)
    {
        var folder = Path.GetDirectoryName(MarkdownPage.Of(page).Path)!;
        Assert.All(
            MarkdownPage.Of(page).CodeSpans.Where(text => RepositoryPath().IsMatch(text)),
            text => Assert.True(Path.Exists(Repository.PathOf(text)) || Path.Exists(Path.Combine(folder, text)), $"{text}: does not exist"));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_metric_that_is_named_is_exposed_or_recorded(string page)
    {
        var known = RulePack.Recordings.Select(rule => rule.Record!).Concat(RuleContract.Families.Keys)
            .Concat(HealthFamily.SmtpServer.Concat(HealthFamily.Worker).Select(family => family.Name)).Concat(NoMetrics).ToHashSet();
        // The middle part of recorded names stands for all levels and operations, where a page explains them.
        var recorded = RulePack.Recordings.Select(rule => rule.Record!.Split(':')).Where(parts => parts.Length == 3).Select(parts => parts[1]).ToHashSet();
        Assert.All(MetricName().Matches(MarkdownPage.Of(page).Text).Select(match => match.Value), name =>
            Assert.True(known.Contains(name) || recorded.Contains(name.Split(':')[0]), $"{name}: neither exposed nor recorded"));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_alert_that_is_named_exists(string page) =>
        Assert.Empty(AlertName().Matches(MarkdownPage.Of(page).Text).Select(match => match.Value).Except(RulePack.Alerts.Select(rule => rule.Alert)));

    [Theory]
    [InlineData("docs/architecture.md")]
    [InlineData("CONTRIBUTING.md")]
    public void Every_type_that_is_named_exists(string page)
    {
        var types = Exporter.GetTypes().Concat(typeof(TimeProvider).Assembly.GetExportedTypes()).Select(type => type.Name.Split('`')[0]).ToHashSet();
        Assert.Empty(MarkdownPage.Of(page).CodeSpans.Where(text => TypeName().IsMatch(text)).Select(text => text.Split('.')[0]).Except(types));
    }

    [Fact]
    public async Task Every_flag_that_is_named_is_one_of_the_exporter_or_of_the_programs_around_it()
    {
        var cancel = TestContext.Current.CancellationToken;
        var help = await Task.WhenAll(
            ProgramRun.RunAsync("dotnet", [Exporter.Location, "--help"], Repository.Root, cancel),
            ProgramRun.RunAsync("dotnet", [Exporter.Location, "state", "show", "--help"], Repository.Root, cancel),
            ProgramRun.RunAsync("dotnet", [Exporter.Location, "rules", "check", "--help"], Repository.Root, cancel),
            ProgramRun.RunAsync("prometheus", ["--help"], Repository.Root, cancel),
            ProgramRun.RunAsync("prometheus-alertmanager", ["--help"], Repository.Root, cancel),
            ProgramRun.RunAsync("amtool", ["--help"], Repository.Root, cancel));
        var flags = help.SelectMany(run => Flag().Matches(run.Output)).Select(match => match.Value).ToHashSet();
        Assert.Contains("--web.enable-lifecycle", flags);

        Assert.Empty(MarkdownPage.All.SelectMany(page => Flag().Matches(page.Text).Select(match => match.Value)).Except(flags));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_command_can_be_read_by_a_shell(string page)
    {
        foreach (var block in MarkdownPage.Of(page).Blocks.Where(block => block.Language is "sh" or "shell"))
            (await ProgramRun.RunAsync("bash", ["-n", "-c", block.Text], Repository.Root, TestContext.Current.CancellationToken)).ShouldSucceed();
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_block_says_its_language(string page) =>
        Assert.All(MarkdownPage.Of(page).Blocks, block => Assert.Contains(block.Language, (string[])["sh", "shell", "yaml", "promql", "sql", "text", "mermaid"]));

    [Fact]
    public void The_table_of_thresholds_shows_the_built_in_limits_of_the_exporter()
    {
        var printed = ThresholdRow().Matches(MarkdownPage.Of("rules/README.md").Text).Select(row =>
            (row.Groups[1].Value, double.Parse(row.Groups[2].Value, CultureInfo.InvariantCulture), double.Parse(row.Groups[3].Value, CultureInfo.InvariantCulture)));

        Assert.Equal(
            ThresholdSignals.All.Select(signal => (signal.Name, signal.Warning, signal.Critical)).OrderBy(signal => signal.Name, StringComparer.Ordinal),
            printed.OrderBy(signal => signal.Item1, StringComparer.Ordinal));
    }

    [Fact]
    public void The_changelog_names_the_versions_that_are_here()
    {
        var pack = Assert.Single(RulePack.Recordings, rule => rule.Record == "postal_rules_info").Labels["version"];

        Assert.Contains(
            $"Exporter {BuildInformation.Version}, metric contract {Families.ContractVersion}, rule pack {pack}", MarkdownPage.Of("CHANGELOG.md").Text, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^(\./)?(exporter|rules|alertmanager|grafana-dashboards|deploy|docs|tests|v1|runbooks|templates|examples)/[\w./-]*$")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"(?<![\w/.-])(?:(?:credential|server|organization|global):)?postal_[a-z0-9_]*[a-z0-9](?::[a-z0-9_]+)?(?![\w/*…])")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"\bPostal[A-Z]\w+")]
    private static partial Regex AlertName();

    [GeneratedRegex(@"^[A-Z][a-z]+([A-Z][a-z]+)+(\.[A-Z]\w+)*$")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"--(no-)?[a-z]+\.[a-z_.-]*[a-z_]")]
    private static partial Regex Flag();

    [GeneratedRegex(@"(?m)^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \|")]
    private static partial Regex ThresholdRow();
}
