using PostalExporter.Configuration;

namespace PostalExporter.RulePacks;

/// <summary>Reads a rule pack, as it is released or as it was rendered.</summary>
internal static class RulePackReader
{
    /// <summary>The folders of a pack that hold rules, in the order in which they are read.</summary>
    public static readonly IReadOnlyList<string> Folders = ["recording", "alerts"];

    /// <summary>Reads the files <c>recording/*.yml</c> and <c>alerts/*.yml</c> of a folder.</summary>
    /// <exception cref="ConfigurationException">It is no pack that can be used; all problems at once.</exception>
    public static RulePack Read(string folder)
    {
        var problems = new List<ConfigurationProblem>();
        var files = new List<PackFile>();
        foreach (var name in FilesOf(folder))
        {
            try
            {
                files.Add(ReadFile(Path.Combine(folder, name), name, problems));
            }
            catch (ConfigurationException exception)
            {
                problems.AddRange(exception.Problems);
            }
        }

        var pack = new RulePack(folder, files);
        if (problems.Count == 0)
            problems.AddRange(ProblemsOfPack(pack));
        return problems.Count == 0 ? pack : throw new ConfigurationException(problems);
    }

    private static List<string> FilesOf(string folder)
    {
        if (!Directory.Exists(folder))
            throw Failure(folder, "the folder does not exist; name the folder of the rule pack with --pack, such as rules/v1");
        var names = Folders.Where(part => Directory.Exists(Path.Combine(folder, part)))
            .SelectMany(part => Directory.EnumerateFiles(Path.Combine(folder, part), "*.yml")
                .Select(path => $"{part}/{Path.GetFileName(path)}").Order(StringComparer.Ordinal))
            .ToList();
        return names.Count > 0
            ? names
            : throw Failure(folder, "holds neither recording/*.yml nor alerts/*.yml; name the folder of the rule pack with --pack, such as rules/v1");
    }

    private static PackFile ReadFile(string path, string name, List<ConfigurationProblem> problems)
    {
        var text = YamlTree.ReadText(path, path);
        var found = new ProblemList(path);
        var root = new YamlSection(YamlTree.ParseExpanded(text, path), "", found);
        var groups = root.Sections("groups").Select(ReadGroup).ToList();
        root.RefuseUnknown();
        problems.AddRange(found.All);
        return new PackFile(name, groups, RenderedHeader.IsIn(text) && !RenderedHeader.Fits(text));
    }

    private static PackGroup ReadGroup(YamlSection section)
    {
        var name = Required(section, "name");
        var group = new PackGroup(name, Duration(section, "interval"), [.. section.Sections("rules").Select(ReadRule)]);
        section.RefuseUnknown();
        return group;
    }

    private static PackRule ReadRule(YamlSection section)
    {
        var rule = new PackRule
        {
            Line = section.Line,
            Record = section.Text("record"),
            Alert = section.Text("alert"),
            Expr = Required(section, "expr"),
            For = Duration(section, "for"),
            KeepFiringFor = Duration(section, "keep_firing_for"),
            Labels = ReadTexts(section.Section("labels")),
            Annotations = ReadTexts(section.Section("annotations")),
        };
        if (section.Has("record") == section.Has("alert"))
            section.Problem("expr", "a rule either records or alerts; give it one of record and alert");
        section.RefuseUnknown();
        try
        {
            PromqlReader.Read(rule.Expr);
        }
        catch (FormatException exception)
        {
            section.Problem("expr", $"{exception.Message}; correct the expression");
        }

        return rule;
    }

    private static string Required(YamlSection section, string key)
    {
        if (!section.Has(key))
            section.Problem(key, "is missing; add it");
        return section.Text(key) ?? "";
    }

    private static string? Duration(YamlSection section, string key)
    {
        var text = section.Text(key);
        if (text is not null && !PrometheusDuration.TryParse(text, out _))
            section.Problem(key, $"not a duration; {PrometheusDuration.Form}");
        return text;
    }

    private static List<KeyValuePair<string, string>> ReadTexts(YamlSection section) =>
        [.. section.Entries.Select(entry => KeyValuePair.Create(entry.Key, section.Text(entry.Key) ?? ""))];

    private static IEnumerable<ConfigurationProblem> ProblemsOfPack(RulePack pack)
    {
        foreach (var name in pack.Files.SelectMany(file => file.Groups).GroupBy(group => group.Name).Where(same => same.Count() > 1).Select(same => same.Key))
            yield return new ConfigurationProblem(pack.Folder, 0, "", $"several groups have the name {name}; name them apart");

        var infos = pack.Rules.Where(placed => placed.Rule.Record == RulePack.InfoSeries).ToList();
        if (infos is not [{ Rule: var info }] || info.Label("version") is null || info.Label("contract") is null)
        {
            yield return new ConfigurationProblem(
                pack.Folder, 0, "", $"a pack has one rule that records {RulePack.InfoSeries}, with the labels version and contract; take the whole folder of a release");
        }
    }

    private static ConfigurationException Failure(string folder, string message) => new([new ConfigurationProblem(folder, 0, "", message)]);
}
