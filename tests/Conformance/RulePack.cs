using System.Text.RegularExpressions;
using PostalExporter.RulePacks;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace PostalExporter.Conformance;

/// <summary>The rule pack as its YAML files state it. A key that Prometheus 2.42 does not know is an error here.</summary>
internal static partial class RulePack
{
    private static readonly IDeserializer Yaml = new DeserializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .Build();

    public static string Folder { get; } = Repository.PathOf("rules", "v1");

    public static IReadOnlyList<Group> Groups { get; } =
        [.. FilesIn("recording").Concat(FilesIn("alerts")).SelectMany(file => Yaml.Deserialize<RuleFile>(File.ReadAllText(file)).Groups)];

    public static IReadOnlyList<Rule> Rules { get; } = [.. Groups.SelectMany(group => group.Rules)];

    public static IReadOnlyList<Rule> Alerts { get; } = [.. Rules.Where(rule => rule.Alert is not null)];

    public static IReadOnlyList<Rule> Recordings { get; } = [.. Rules.Where(rule => rule.Record is not null)];

    public static IReadOnlyList<RuleTest> Tests { get; } =
        [.. FilesIn("tests").SelectMany(file => Yaml.Deserialize<RuleTestFile>(File.ReadAllText(file)).Tests)];

    /// <summary>A file of unit tests, named within the pack.</summary>
    public static RuleTestFile ReadTests(string file) => Yaml.Deserialize<RuleTestFile>(File.ReadAllText(Path.Combine(Folder, file)));

    /// <summary>The full paths of the YAML files of one folder of the pack, by name.</summary>
    public static IEnumerable<string> FilesIn(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Folder, folder), "*.yml").Order(StringComparer.Ordinal);

    /// <summary>What an expression reads: series with the names of the labels they are selected by.</summary>
    public static IEnumerable<(string Series, string[] Labels)> SelectorsOf(string expression) =>
        PromqlReader.Read(expression).Selectors.Select(selector => (selector.Name ?? "", selector.Matchers.Select(matcher => matcher.Label).ToArray()));

    /// <summary>The labels that an expression groups or joins by.</summary>
    public static IEnumerable<string> GroupingLabelsOf(string expression) => PromqlReader.Read(expression).GroupingLabels;

    /// <summary>Whether an expression compares anything, label matchers aside.</summary>
    public static bool Compares(string expression) => Comparison().IsMatch(Matchers().Replace(expression, ""));

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Matchers();

    [GeneratedRegex(@"==|!=|>=|<=|>|<")]
    private static partial Regex Comparison();

    internal sealed class RuleFile
    {
        public List<Group> Groups { get; init; } = [];
    }

    internal sealed class Group
    {
        public string Name { get; init; } = "";
        public string? Interval { get; init; }
        public List<Rule> Rules { get; init; } = [];
    }

    internal sealed class Rule
    {
        public string? Record { get; init; }
        public string? Alert { get; init; }
        public string Expr { get; init; } = "";
        public string? For { get; init; }
        public string? KeepFiringFor { get; init; }
        public Dictionary<string, string> Labels { get; init; } = [];
        public Dictionary<string, string> Annotations { get; init; } = [];

        /// <summary>The name with the severity, which tells apart the two rules of one alert.</summary>
        public override string ToString() => Alert is null ? Record! : $"{Alert} ({Labels.GetValueOrDefault("severity")})";
    }

    internal sealed class RuleTestFile
    {
        public List<string> RuleFiles { get; init; } = [];
        public List<string> GroupEvalOrder { get; init; } = [];
        public string EvaluationInterval { get; init; } = "";
        public List<RuleTest> Tests { get; init; } = [];
    }

    internal sealed class RuleTest
    {
        public string Name { get; init; } = "";
        public string Interval { get; init; } = "";
        public List<InputSeries> InputSeries { get; init; } = [];
        public List<AlertTest> AlertRuleTest { get; init; } = [];
        public List<ExpressionTest> PromqlExprTest { get; init; } = [];
    }

    internal sealed class InputSeries
    {
        public string Series { get; init; } = "";
        public string Values { get; init; } = "";
    }

    internal sealed class AlertTest
    {
        public string EvalTime { get; init; } = "";
        public string Alertname { get; init; } = "";
        public List<ExpectedAlert> ExpAlerts { get; init; } = [];
    }

    internal sealed class ExpectedAlert
    {
        public Dictionary<string, string> ExpLabels { get; init; } = [];
        public Dictionary<string, string> ExpAnnotations { get; init; } = [];
    }

    internal sealed class ExpressionTest
    {
        public string Expr { get; init; } = "";
        public string EvalTime { get; init; } = "";
        public List<ExpectedSample> ExpSamples { get; init; } = [];
    }

    internal sealed class ExpectedSample
    {
        public string Labels { get; init; } = "";
        public string Value { get; init; } = "";
    }
}
