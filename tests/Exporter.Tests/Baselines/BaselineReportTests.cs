using System.Xml;
using System.Xml.Linq;
using PostalExporter.Baselines;
using PostalExporter.Configuration;

namespace PostalExporter.Tests.Baselines;

/// <summary>The files, of names that people who mean harm could choose.</summary>
public sealed class BaselineReportTests
{
    private const string Hostile = "a|b\\|<script>alert(1)</script>&amp; `x` *y* _z_ [l](http://e.example) \"q\" 'r'\n# thresholds: {}\r\u2028\u0085\u202e\0 www.e.example @all ~~s~~ $m$ ![i](x) # --- {k: v}";

    // Rewritten by UPDATE_GOLDEN=1.
    [Theory]
    [InlineData("baseline.md")]
    [InlineData("thresholds.yml")]
    public void Files_are_as_kept(string name)
    {
        var text = name == "baseline.md" ? Markdown(Ordinary()) : ThresholdsYaml.Of(Ordinary().Servers);
        var kept = RepositoryFiles.PathTo($"tests/Exporter.Tests/Baselines/testdata/{name}");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(kept, text);

        Assert.Equal(File.ReadAllText(kept), text);
    }

    [Fact]
    public void Html_shows_hostile_names_as_they_are_and_has_no_element_of_theirs()
    {
        var page = Page(Report(Hostile, Hostile));

        var elements = page.Descendants().Select(element => element.Name.LocalName).ToHashSet();
        Assert.Subset(
            new HashSet<string>
            {
                "html", "head", "meta", "style", "title", "body", "h1", "h2", "p", "pre", "section", "div", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "details", "summary",
                "figure", "figcaption", "span", "svg", "clipPath", "rect", "line", "text", "path",
            },
            elements);
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || attribute.Name.LocalName is "href" or "src");
        Assert.Contains(page.Descendants("summary"), summary => summary.Value == $"Credential {VisibleText.Of(Hostile)}");
        Assert.Contains(page.Descendants("h2"), heading => heading.Value == VisibleText.Of($"{Hostile}/{Hostile}"));
    }

    [Fact]
    public void Html_has_a_plot_of_the_weeks_and_one_of_the_week_for_server_and_credential()
    {
        var page = Page(Ordinary());

        var server = Assert.Single(page.Descendants("section"), section => section.Element("h2")!.Value == "acme/shop");
        Assert.Equal(["figure", "figure"], server.Elements("figure").Select(element => element.Name.LocalName));
        Assert.Equal(168, server.Elements("figure").Last().Descendants("rect").Count());
        Assert.Equal(168, server.Elements("figure").Last().Descendants("title").Count());
        Assert.Equal(2, server.Elements("figure").First().Descendants("path").Count(path => (string?)path.Attribute("class") is "mail" or "high"));
        Assert.Equal(2, server.Elements("figure").First().Descendants("path").Count(path => (string?)path.Attribute("class") is "alert" or "campaign"));
        Assert.Equal(2, server.Elements("details").Count());
        // The drawings of a page cut by frames of their own.
        var frames = page.Descendants("clipPath").Select(frame => (string?)frame.Attribute("id")).ToList();
        Assert.Equal(frames.Distinct(), frames);
    }

    [Theory]
    [InlineData("plain-name.1", "plain-name.1")]
    [InlineData("my_app", "my_app")]
    [InlineData("_a_", @"\_a\_")]
    [InlineData("a|b\\|c", "a&#124;b&#92;&#124;c")]
    [InlineData("<b>&lt;", "&#60;b&#62;&#38;lt;")]
    [InlineData("[x](http://e.example)", @"\[x\](http&#58;//e.example)")]
    [InlineData("`x` *y* ~~z~~ $m$ !#^", @"\`x\` \*y\* \~\~z\~\~ \$m\$ \!\#\^")]
    [InlineData("WWW.e.example mailto:a@b", "WWW&#46;e.example mailto&#58;a&#64;b")]
    [InlineData("a\nb\u202e", @"a&#92;u000Ab&#92;u202E")]
    [InlineData("09:00 credential:postal_messages:increase1h", "09:00 credential:postal_messages:increase1h")]
    public void Markdown_of_a_name_is_the_name(string name, string expected) => Assert.Equal(expected, MarkdownReport.Escape(name));

    [Fact]
    public void Markdown_tables_keep_their_cells_whatever_the_names()
    {
        var blocks = Markdown(Report(Hostile, Hostile)).Split("\n```");
        var lines = (blocks[0] + blocks[2]).Split('\n');

        Assert.Equal(3, blocks.Length);
        Assert.Equal([9, 16], lines.Where(line => line.StartsWith('|')).Select(line => line.Count(character => character == '|')).Distinct().Order());
        Assert.Equal("# What mail is normal", Assert.Single(lines, line => line.StartsWith("# ", StringComparison.Ordinal)));
        Assert.All(blocks[1].Split('\n')[1..], line => Assert.Matches("^(# |thresholds: {}$)", line));
    }

    [Fact]
    public void Proposals_are_a_section_that_the_configuration_takes_whatever_the_name_of_the_credential()
    {
        var yaml = ThresholdsYaml.Of([History.Server("acme", "shop", History.Credential(Hostile, _ => 5000))]);

        var thresholds = Load(yaml).Resolve("acme", "shop");

        Assert.Equal([8000, 20_000], thresholds.Where(one => one.Signal == "messages_per_hour").Select(one => one.Value));
        Assert.Equal(Load("thresholds: {}").Resolve("acme", "other"), Load(yaml).Resolve("acme", "other"));
    }

    [Fact]
    public void A_server_that_the_configuration_cannot_name_is_left_out_of_the_proposals()
    {
        var yaml = ThresholdsYaml.Of([History.Server(Hostile, "shop", History.Credential("app", _ => 5000))]);

        Assert.Contains("cannot name it", yaml, StringComparison.Ordinal);
        Assert.Equal(Load("thresholds: {}").Resolve("acme", "shop"), Load(yaml).Resolve("acme", "shop"));
    }

    [Fact]
    public void Nothing_to_propose_is_a_section_too() =>
        Assert.Equal("# No limit needs to be other than it is.\nthresholds: {}\n", ThresholdsYaml.Of([History.Server("acme", "shop", History.Credential("app", _ => 320))]));

    private static BaselineReport Ordinary() => Report("acme", "bulk");

    private static BaselineReport Report(string organization, string credential)
    {
        var app = History.Credential("app", hour => 40 + hour % 24);
        var other = History.Credential(credential, hour => History.Span.HourOfWeek(hour) == 57 ? 2400 + hour : hour == 300 ? 70_000 : 0);
        (app.ComparedWeeks, other.ComparedWeeks) = (2, 1);
        other.LeftOut[299] = other.LeftOut[300] = other.LeftOut[301] = LeftOut.Alert;
        for (var hour = 400; hour < 410; hour++)
            app.LeftOut[hour] = other.LeftOut[hour] = LeftOut.Campaign;
        for (var hour = BaselineSpan.Week; hour < History.Span.Hours; hour++)
            (app.Highs[hour], other.Highs[hour]) = (64, History.Span.HourOfWeek(hour) is >= 56 and <= 58 ? 2400 : 0);
        other.Bouncing(0.06, 57, 57 + BaselineSpan.Week);
        return new BaselineReport("http://prometheus:9090/", History.Span, [History.Server(organization, organization == "acme" ? "shop" : organization, app, other)]);
    }

    private static string Markdown(BaselineReport report)
    {
        using var text = new StringWriter { NewLine = "\n" };
        report.Write(new MarkdownReport(text));
        return text.ToString();
    }

    private static XElement Page(BaselineReport report)
    {
        using var text = new StringWriter { NewLine = "\n" };
        report.Write(new HtmlReport(text));
        using var reader = XmlReader.Create(new StringReader(text.ToString()), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }

    private static ThresholdOptions Load(string yaml)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, yaml);
            return new ConfigurationLoader(new EnvironmentReader(_ => null)).Load(file).Configuration.Thresholds;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
