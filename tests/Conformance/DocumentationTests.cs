using System.Text.RegularExpressions;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using PostalExporter.Cli;
using PostalExporter.Configuration;

namespace PostalExporter.Conformance;

/// <summary>What the documentation prints must be so.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] Pages =
    [
        .. Directory.GetFiles(Repository.Root, "*.md"),
        .. new[] { "docs", "rules", "alertmanager", "grafana-dashboards" }
            .SelectMany(folder => Directory.GetFiles(Repository.PathOf(folder), "*.md", SearchOption.AllDirectories)),
    ];

    public static TheoryData<string> PageNames => [.. Pages.Select(page => Path.GetRelativePath(Repository.Root, page))];

    [Theory]
    [MemberData(nameof(PageNames))]
    public void Every_relative_link_leads_to_a_file_of_the_repository(string page)
    {
        var path = Repository.PathOf(page);
        var links = Markdown.Parse(File.ReadAllText(path)).Descendants<LinkInline>().Select(link => link.Url ?? "")
            .Where(url => !url.Contains("://", StringComparison.Ordinal) && !url.StartsWith('#'));

        Assert.All(links, url => Assert.True(
            Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, url.Split('#')[0])), $"{page} links {url}, which does not exist"));
    }

    [Theory]
    [MemberData(nameof(PageNames))]
    public void Every_metric_that_is_named_is_exposed_or_recorded(string page)
    {
        var recorded = RulePack.Recordings.Select(rule => rule.Record!).ToList();
        var unknown = MetricName().Matches(File.ReadAllText(Repository.PathOf(page))).Select(match => match.Value.TrimEnd('_')).Distinct()
            .Where(name => !RuleContract.Families.Keys.Any(family => family.StartsWith(name, StringComparison.Ordinal))
                && !recorded.Any(record => record.Contains(name, StringComparison.Ordinal))
                // Postal's own metrics, names of accounts and files.
                && !name.StartsWith("postal_worker", StringComparison.Ordinal) && !name.StartsWith("postal_message_queue", StringComparison.Ordinal)
                && !name.StartsWith("postal_smtp_server", StringComparison.Ordinal) && name is not ("postal_config" or "postal_exporter" or "postal_db_password"));

        Assert.Empty(unknown);
    }

    [Fact]
    public async Task The_exporter_configuration_of_the_readme_loads()
    {
        var folder = Directory.CreateTempSubdirectory("postal-readme-").FullName;
        try
        {
            var cancel = TestContext.Current.CancellationToken;
            await File.WriteAllTextAsync(Path.Combine(folder, "postal.yml"), "version: 2\nmain_db:\n  host: db.example.com\nmessage_db:\n  host: db.example.com\n", cancel);
            await File.WriteAllTextAsync(Path.Combine(folder, "password"), "a password\n", cancel);
            var configuration = Block("# exporter.yml")
                .Replace("/opt/postal/config/", folder + "/", StringComparison.Ordinal)
                .Replace("/etc/postal-exporter/", folder + "/", StringComparison.Ordinal);
            var file = Path.Combine(folder, "exporter.yml");
            await File.WriteAllTextAsync(file, configuration, cancel);

            var loaded = new ConfigurationLoader(new EnvironmentReader(_ => null)).Load(file).Configuration;

            Assert.Equal("postal_exporter@db.example.com:3306", loaded.MainDatabase.ToString());
            Assert.Equal("a password", loaded.MessageDatabase.Password);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_scrape_configuration_of_the_readme_is_valid()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Block("# prometheus.yml"), TestContext.Current.CancellationToken);

            (await ProgramRun.RunAsync("promtool", ["check", "config", "--syntax-only", file], Repository.Root, TestContext.Current.CancellationToken)).ShouldSucceed();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Every_flag_of_the_exporter_that_the_readme_names_exists()
    {
        var help = await ProgramRun.RunAsync(
            "dotnet", [typeof(CommandLine).Assembly.Location, "--help"], Repository.Root, TestContext.Current.CancellationToken);
        var flags = Flag().Matches(await File.ReadAllTextAsync(Repository.PathOf("README.md"), TestContext.Current.CancellationToken)).Select(match => match.Value).Distinct();

        Assert.All(flags, flag => Assert.Contains(flag, help.Output, StringComparison.Ordinal));
    }

    private static string Block(string firstLine) =>
        Markdown.Parse(File.ReadAllText(Repository.PathOf("README.md"))).Descendants<FencedCodeBlock>()
            .Select(block => block.Lines.ToString()).Single(text => text.StartsWith(firstLine, StringComparison.Ordinal));

    [GeneratedRegex(@"(?<![\w:/.-])postal_[a-z_]+")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"--(web|config|log|collector)\.[a-z.-]+[a-z]")]
    private static partial Regex Flag();
}
