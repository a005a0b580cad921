using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace PostalExporter.Benchmarks.Detection.Replay;

/// <summary>One rule of a pack with the interval of its group.</summary>
internal sealed partial record Rule(
    string File, string Group, int StepMinutes, string? Record, string? Alert, string Expression, int ForMinutes, int KeepFiringMinutes,
    IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>Every word of the expression, names of series among them.</summary>
    public IReadOnlySet<string> Words { get; } = Word().Matches(Expression).Select(match => match.Value).ToHashSet();

    /// <summary>Whether the expression reads a series that another rule records.</summary>
    public bool Reads(Rule other) => other.Record is not null
        && (Words.Contains(other.Record) || NamelessSelector().Matches(Expression).Any(selector => other.Labels.ContainsKey(selector.Groups[1].Value)));

    /// <summary>Whether the expression reads a series of more than a day ago.</summary>
    public bool LooksBackAt(string record) => Words.Contains(record)
        && Regex.IsMatch(Expression, Regex.Escape(record) + @"(\{[^}]*\})?(\[\d+[dw]|(\[[^\]]*\])?\s*offset\s+\d+[dw])");

    /// <summary>Reads every rule of some files.</summary>
    public static IReadOnlyList<Rule> Load(IEnumerable<string> files)
    {
        var yaml = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).IgnoreUnmatchedProperties().Build();
        return
        [
            .. from file in files
               from grouped in yaml.Deserialize<PackFile>(new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(System.IO.File.OpenText(file)))).Groups
               from rule in grouped.Rules
               select new Rule(
                   Path.GetFileName(file), grouped.Name, Math.Max(1, Minutes(grouped.Interval)), rule.Record, rule.Alert, rule.Expr,
                   Minutes(rule.For), Minutes(rule.KeepFiringFor), rule.Labels),
        ];
    }

    public override string ToString() => Record ?? $"{Alert} ({Labels.GetValueOrDefault("severity")})";

    /// <summary>Whole minutes of a duration, rounded up: nothing in a replay happens between two minutes.</summary>
    private static int Minutes(string? duration) => duration is null ? 0 : (int)Math.Ceiling(
        DurationPart().Matches(duration).Sum(part => int.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * part.Groups[2].Value switch
        {
            "s" => 1.0 / 60, "m" => 1, "h" => 60, "d" => 1440, _ => 10080,
        }));

    [GeneratedRegex(@"[A-Za-z_:][\w:]*")]
    private static partial Regex Word();

    // {anomaly_name!="", ...}
    [GeneratedRegex(@"(?<![\w:])\{(\w+)")]
    private static partial Regex NamelessSelector();

    [GeneratedRegex(@"(\d+)([smhdw])")]
    private static partial Regex DurationPart();

    internal sealed class PackFile
    {
        public List<PackGroup> Groups { get; init; } = [];
    }

    internal sealed class PackGroup
    {
        public string Name { get; init; } = "";
        public string? Interval { get; init; }
        public List<PackRule> Rules { get; init; } = [];
    }

    internal sealed class PackRule
    {
        public string? Record { get; init; }
        public string? Alert { get; init; }
        public string Expr { get; init; } = "";
        public string? For { get; init; }
        public string? KeepFiringFor { get; init; }
        public Dictionary<string, string> Labels { get; init; } = [];
    }
}
