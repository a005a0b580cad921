namespace PostalExporter.RulePacks;

/// <summary>A rule pack: the files of a folder.</summary>
/// <param name="Folder">The folder, as it was named.</param>
/// <param name="Files">Its files of recording rules, then those of alerts, each by name.</param>
internal sealed record RulePack(string Folder, IReadOnlyList<PackFile> Files)
{
    /// <summary>The series that states the pack's version, in the labels <c>version</c> and <c>contract</c>.</summary>
    public const string InfoSeries = "postal_rules_info";

    /// <summary>All rules with their places, in the order of the files.</summary>
    public IReadOnlyList<PlacedRule> Rules { get; } =
        [.. from file in Files from @group in file.Groups from rule in @group.Rules select new PlacedRule(file, @group, rule)];

    /// <summary>The alerts.</summary>
    public IEnumerable<PackRule> Alerts => Rules.Select(placed => placed.Rule).Where(rule => rule.Alert is not null);

    /// <summary>The pack's version.</summary>
    public string Version => Info.Label("version")!;

    /// <summary>The metric contract that its rules read.</summary>
    public string Contract => Info.Label("contract")!;

    private PackRule Info => Rules.Select(placed => placed.Rule).First(rule => rule.Record == InfoSeries);
}

/// <summary>A file of a pack.</summary>
/// <param name="Name">Its path within the pack, with slashes.</param>
/// <param name="Groups">Its groups.</param>
/// <param name="IsEdited">Whether it was rendered and is not any more what was rendered.</param>
internal sealed record PackFile(string Name, IReadOnlyList<PackGroup> Groups, bool IsEdited);

/// <summary>A group of rules, which are evaluated one after the other.</summary>
/// <param name="Name">Its name, unique in the pack.</param>
/// <param name="Interval">Its own interval of evaluation, or null.</param>
/// <param name="Rules">Its rules.</param>
internal sealed record PackGroup(string Name, string? Interval, IReadOnlyList<PackRule> Rules);

/// <summary>A rule with its place.</summary>
/// <param name="File">The file.</param>
/// <param name="Group">The group.</param>
/// <param name="Rule">The rule.</param>
internal sealed record PlacedRule(PackFile File, PackGroup Group, PackRule Rule)
{
    /// <summary><c>FILE:LINE: GROUP: RULE</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{File.Name}:{Rule.Line}: {Group.Name}: {Rule}");
}
