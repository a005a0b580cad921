using System.Text.RegularExpressions;
using PostalExporter.Configuration;
using PostalExporter.Metrics;

namespace PostalExporter.RulePacks;

/// <summary>Reads what an operator wants different from a pack, and notes what that pack does not have.</summary>
internal sealed partial class RenderOptionsReader
{
    /// <summary>Key of the labels that every alert gets; its neighbours are categories.</summary>
    private const string AllAlerts = "all";

    // A series that no rule writes for longer than this is gone for those that read it.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private static readonly string[] SeverityWords = ["critical", "warning", "info"];

    // What tells an alert from others, for routes and inhibitions.
    private static readonly HashSet<string> ReservedLabels =
    [
        "alertname", "alertstate", "job", "instance", PackRule.SeverityLabel, PackRule.CategoryLabel, .. Families.All.SelectMany(family => family.Labels),
    ];

    private readonly RulePack pack;
    private readonly YamlSection root;
    private readonly List<string> alerts;

    private RenderOptionsReader(RulePack pack, YamlSection root)
    {
        this.pack = pack;
        this.root = root;
        alerts = [.. pack.Alerts.Select(rule => rule.Alert!).Distinct()];
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">Something is wrong with it; all problems at once.</exception>
    public static RenderOptions Read(string file, RulePack pack)
    {
        var problems = new ProblemList(file);
        var options = new RenderOptionsReader(pack, new YamlSection(YamlTree.Load(file, file), "", problems)).Read();
        return problems.All.Count == 0 ? options : throw new ConfigurationException(problems.All);
    }

    private RenderOptions Read()
    {
        var disabled = ReadDisabled();
        var options = new RenderOptions
        {
            RunbookBaseUrl = ReadUrl("runbook_base_url"),
            DashboardBaseUrl = ReadUrl("dashboard_base_url"),
            Labels = ReadLabels(root.Section("labels"), AllAlerts),
            CategoryLabels = ReadCategories(root.Section("labels")),
            Disabled = disabled,
            Severities = ReadSeverities(root.Section("severities"), disabled),
            Interval = ReadInterval(root, "interval", Longest),
            Intervals = ReadIntervals(root.Section("intervals")),
        };
        root.RefuseUnknown();
        return options;
    }

    private string? ReadUrl(string key)
    {
        if (root.Text(key) is not { } text)
            return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || !url.IsWellFormedOriginalString())
            root.Problem(key, "not an address; write the whole of it, such as https://wiki.example.com/postal/");
        else if (url.Query.Length > 0 || url.Fragment.Length > 0)
            root.Problem(key, "an address with ? or # cannot be continued; give the one that pages are below");
        else if (url.UserInfo.Length > 0)
            root.Problem(key, "holds a user or password, which every alert would show; leave it out");
        else
            return text.EndsWith('/') ? text : text + "/";
        return null;
    }

    private Dictionary<string, IReadOnlyDictionary<string, string>> ReadCategories(YamlSection section)
    {
        var categories = pack.Alerts.Select(rule => rule.Category).OfType<string>().Distinct().ToList();
        foreach (var category in section.Entries.Select(entry => entry.Key).Where(key => key != AllAlerts && !categories.Contains(key)).ToList())
        {
            section.Section(category);
            section.Problem(category, $"no category of the pack; {NearMiss.Remedy(category, [AllAlerts, .. categories])}");
        }

        return categories.ToDictionary(category => category, IReadOnlyDictionary<string, string> (category) => ReadLabels(section, category));
    }

    private static Dictionary<string, string> ReadLabels(YamlSection parent, string key)
    {
        var labels = new Dictionary<string, string>();
        var section = parent.Section(key);
        foreach (var name in section.Entries.Select(entry => entry.Key).ToList())
        {
            var value = section.Text(name);
            if (!LabelName().IsMatch(name))
                section.Problem(name, "not the name of a label; use letters, digits and underscores, and begin with a letter");
            else if (name.StartsWith("__", StringComparison.Ordinal))
                section.Problem(name, "names that begin with __ are Prometheus' own; give the label another name");
            else if (ReservedLabels.Contains(name))
                section.Problem(name, "the label has a meaning of its own in metrics and alerts; give it another name");
            else if (value?.Contains("{{", StringComparison.Ordinal) == true)
                section.Problem(name, "a template would make an alert another one with each value; give a fixed text");
            else if (value is not null)
                labels[name] = value;
        }

        return labels;
    }

    private HashSet<AlertRule> ReadDisabled()
    {
        var disabled = new HashSet<AlertRule>();
        foreach (var text in root.Texts("disabled_alerts"))
        {
            var (rules, problem) = Find(text.Value);
            if (problem is not null)
                root.Problem(text, problem);
            else if (rules.All(disabled.Contains))
                root.Problem(text, "is switched off already; keep one of the entries");
            disabled.UnionWith(rules);
        }

        return disabled;
    }

    private Dictionary<AlertRule, string> ReadSeverities(YamlSection section, HashSet<AlertRule> disabled)
    {
        var severities = new Dictionary<AlertRule, string>();
        foreach (var key in section.Entries.Select(entry => entry.Key).ToList())
        {
            var severity = section.OneOf(key, SeverityWords);
            var (rules, problem) = Find(key);
            if (problem is null && !key.Contains('/', StringComparison.Ordinal))
                problem = $"says no severity; write {rules[0].Alert}/{rules[0].Severity}";
            else if (problem is null && disabled.Contains(rules[0]))
                problem = "is switched off by disabled_alerts; keep one of them";
            if (problem is not null)
                section.Problem(key, problem);
            else if (severity is not null)
                severities[rules[0]] = severity;
        }

        foreach (var (rule, severity) in severities)
        {
            var others = RulesOf(rule.Alert).Where(other => other != rule && !disabled.Contains(other));
            if (others.Any(other => severities.GetValueOrDefault(other, other.Severity!) == severity))
                section.Problem($"{rule.Alert}/{rule.Severity}", $"two rules of {rule.Alert} would be {severity}, and their alerts the same; switch one of them off by disabled_alerts");
        }

        return severities;
    }

    // ALERT or ALERT/SEVERITY.
    private (List<AlertRule> Rules, string? Problem) Find(string text)
    {
        var parts = text.Split('/', 2);
        var rules = RulesOf(parts[0]);
        if (rules.Count == 0)
            return ([], $"the pack has no alert {parts[0]}; {NearMiss.Remedy(parts[0], alerts)}");
        if (parts.Length == 1)
            return (rules, null);
        var found = rules.Where(rule => rule.Severity == parts[1]).ToList();
        return found.Count > 0
            ? (found, null)
            : ([], $"{parts[0]} has no rule of severity {parts[1]}; write {string.Join(" or ", rules.Select(rule => $"{rule.Alert}/{rule.Severity}"))}");
    }

    private List<AlertRule> RulesOf(string alert) =>
        [.. pack.Alerts.Where(rule => rule.Alert == alert).Select(rule => new AlertRule(alert, rule.Severity)).Distinct()];

    private Dictionary<string, string> ReadIntervals(YamlSection section)
    {
        var groups = pack.Files.SelectMany(file => file.Groups).ToDictionary(group => group.Name);
        var intervals = new Dictionary<string, string>();
        foreach (var name in section.Entries.Select(entry => entry.Key).ToList())
        {
            if (!groups.TryGetValue(name, out var group))
            {
                section.Text(name);
                section.Problem(name, $"the pack has no group of this name; {NearMiss.Remedy(name, groups.Keys)}");
            }
            else if (ReadInterval(section, name, Longer(group)) is { } interval)
            {
                intervals[name] = interval;
            }
        }

        return intervals;
    }

    // A group that is slower by itself is made for it.
    private static TimeSpan Longer(PackGroup group) =>
        PrometheusDuration.TryParse(group.Interval ?? "0", out var own) && own > Longest ? own : Longest;

    private static string? ReadInterval(YamlSection section, string key, TimeSpan longest) =>
        section.Duration(key, Shortest, longest) is null ? null : section.Text(key);

    [GeneratedRegex(@"\A[a-zA-Z_][a-zA-Z0-9_]*\z")]
    private static partial Regex LabelName();
}
