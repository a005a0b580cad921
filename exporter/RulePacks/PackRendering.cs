using PostalExporter.Configuration;

namespace PostalExporter.RulePacks;

/// <summary>A pack as an operator wants it, in plain files.</summary>
/// <param name="Checksum">The first twelve hexadecimal digits of SHA-256 over all rules; the label <c>checksum</c> of the pack's info series.</param>
/// <param name="Files">Names within the pack, with the whole text of each file.</param>
/// <param name="Pack">The pack with everything that was changed.</param>
/// <param name="Warnings">What the changes bring with them.</param>
internal sealed record PackRendering(
    string Checksum, IReadOnlyList<KeyValuePair<string, string>> Files, RulePack Pack, IReadOnlyList<string> Warnings)
{
    private const int ChecksumDigits = 12;
    private const string ChecksumLabel = "checksum";
    private const string RunbookUrl = "runbook_url";
    private const string DashboardUrl = "dashboard_url";

    /// <summary>What all addresses of dashboards have in common behind that of Grafana.</summary>
    private const string DashboardPath = "/d/";

    /// <summary>Renders a pack.</summary>
    /// <exception cref="ConfigurationException">An address of the pack does not have the form that could be changed.</exception>
    public static PackRendering Of(RulePack pack, RenderOptions options, RenderTarget target)
    {
        var problems = new List<ConfigurationProblem>();
        var changed = new RulePack(pack.Folder,
        [
            .. from file in pack.Files
               let groups = file.Groups.Select(part => Change(part, options, target, Report)).Where(part => part.Rules.Count > 0).ToList()
               where groups.Count > 0
               select file with { Groups = groups },
        ]);
        if (problems.Count > 0)
            throw new ConfigurationException(problems);

        var rules = string.Concat(changed.Files.Select(file => $"{file.Name}\n{RuleFileText.Of(file.Groups)}"));
        var checksum = RenderedHeader.Checksum(rules)[..ChecksumDigits];
        var files = changed.Files.Select(file => KeyValuePair.Create(
            file.Name, RenderedHeader.Above(pack, target, RuleFileText.Of(file.Groups.Select(group => Sign(group, checksum)))))).ToList();
        return new PackRendering(checksum, files, changed, [.. AlertReaders.Warnings(pack, options)]);

        void Report(PackRule rule, string annotation, string message) => problems.Add(new ConfigurationProblem(
            pack.Folder, 0, "", $"{pack.Rules.First(placed => placed.Rule == rule)}: {annotation} {message}"));
    }

    private static PackGroup Change(PackGroup part, RenderOptions options, RenderTarget target, Action<PackRule, string, string> report) => part with
    {
        Interval = options.Intervals.GetValueOrDefault(part.Name) ?? part.Interval ?? options.Interval,
        Rules =
        [
            .. from rule in part.Rules
               where rule.Alert is null || !options.Disabled.Contains(new AlertRule(rule.Alert, rule.Severity))
               select rule with
               {
                   KeepFiringFor = target == RenderTarget.Vmalert ? null : rule.KeepFiringFor,
                   Labels = rule.Alert is null ? rule.Labels : [.. LabelsOf(rule, options)],
                   Annotations = [.. rule.Annotations.Select(annotation =>
                       KeyValuePair.Create(annotation.Key, Redirect(rule, annotation.Key, annotation.Value, options, report)))],
               },
        ],
    };

    private static IEnumerable<KeyValuePair<string, string>> LabelsOf(PackRule rule, RenderOptions options)
    {
        var severity = options.Severities.GetValueOrDefault(new AlertRule(rule.Alert!, rule.Severity));
        foreach (var (name, value) in rule.Labels)
            yield return KeyValuePair.Create(name, name == PackRule.SeverityLabel ? severity ?? value : value);

        var added = new SortedDictionary<string, string>(options.Labels.ToDictionary(), StringComparer.Ordinal);
        foreach (var (name, value) in options.CategoryLabels.GetValueOrDefault(rule.Category ?? "") ?? new Dictionary<string, string>())
            added[name] = value;
        foreach (var label in added)
            yield return label;
    }

    private static string Redirect(PackRule rule, string annotation, string url, RenderOptions options, Action<PackRule, string, string> report)
    {
        if (annotation == RunbookUrl && options.RunbookBaseUrl is { } runbooks)
        {
            if (url.EndsWith($"/{rule.Alert}.md", StringComparison.Ordinal))
                return $"{runbooks}{rule.Alert}.md";
            report(rule, annotation, $"does not end in /{rule.Alert}.md, so its base cannot be changed; correct the pack");
        }

        if (annotation == DashboardUrl && options.DashboardBaseUrl is { } grafana)
        {
            if (url.IndexOf(DashboardPath, StringComparison.Ordinal) is var path and >= 0)
                return grafana + url[(path + 1)..];
            report(rule, annotation, $"has no {DashboardPath} in it, so its base cannot be changed; correct the pack");
        }

        return url;
    }

    private static PackGroup Sign(PackGroup group, string checksum) => group with
    {
        Rules =
        [
            .. group.Rules.Select(rule => rule.Record != RulePack.InfoSeries
                ? rule
                : rule with { Labels = [.. rule.Labels.Where(label => label.Key != ChecksumLabel), KeyValuePair.Create(ChecksumLabel, checksum)] }),
        ],
    };
}
