using PostalExporter.Configuration;

namespace PostalExporter.Tests.RulePacks;

public sealed class RulePackReaderTests
{
    [Fact]
    public void Aliases_and_merged_sections_stand_for_what_they_refer_to()
    {
        using var folder = PackFolder.With(PackFolder.Alerts);

        var alerts = folder.Read().Alerts.ToList();

        Assert.Equal(["PostalLoud (warning)", "PostalLoud (critical)", "PostalSlow (warning)"], alerts.Select(rule => rule.ToString()));
        Assert.Equal("abuse", alerts[1].Category);
        Assert.Equal(alerts[0].Annotations, alerts[1].Annotations);
    }

    [Fact]
    public void Expressions_keep_every_character()
    {
        using var folder = PackFolder.With(PackFolder.Alerts);

        Assert.Equal("  postal_messages_total > 5\nor\n  postal_messages_total{scope=\"incoming\"} > 9\n", folder.Read().Alerts.First().Expr);
    }

    [Fact]
    public void Recording_rules_come_first_and_files_by_name()
    {
        using var folder = PackFolder.With(PackFolder.Alerts);
        folder.Write("alerts/a.yml", "groups: [{name: a, rules: [{alert: PostalFirst, expr: up}]}]");
        folder.Write("alerts/notes.txt", "no rules");
        folder.Write("tests/a_test.yml", "tests: []");

        var pack = folder.Read();

        Assert.Equal(["recording/pack.yml", "alerts/a.yml", "alerts/alerts.yml"], pack.Files.Select(file => file.Name));
        Assert.Equal(("1.2.3", "1"), (pack.Version, pack.Contract));
    }

    [Fact]
    public void All_problems_of_all_files_are_told_with_file_line_key_and_remedy()
    {
        using var folder = PackFolder.With("""
            groups:
              - name: a
                interval: often
                rules:
                  - alert: PostalA
                    exp: up
                  - alert: PostalB
                    record: b
                    expr: a{x="y
            """);
        var other = folder.Write("alerts/other.yml", "groups:\n  - rules: *nowhere\n");
        var file = Path.Combine(folder.Path, "alerts/alerts.yml");

        var problems = Assert.Throws<ConfigurationException>(folder.Read).Problems.Select(problem => problem.ToString()).ToList();

        Assert.Equal(
            [
                $"{file}:3: groups[0].interval: not a duration; write a duration such as 500ms, 60s, 5m, 1h",
                $"{file}:5: groups[0].rules[0].expr: is missing; add it",
                $"{file}:6: groups[0].rules[0].exp: unknown key; did you mean expr?",
                $"{file}:9: groups[0].rules[1].expr: a rule either records or alerts; give it one of record and alert",
                $"{file}:9: groups[0].rules[1].expr: the string that begins at character 5 is not closed; correct the expression",
                $"{other}:2: refers to an anchor that does not stand before it; correct its name",
            ],
            problems);
    }

    [Fact]
    public void A_folder_that_is_no_pack_is_refused_with_the_remedy()
    {
        using var empty = PackFolder.With(PackFolder.Alerts);
        Directory.Delete(Path.Combine(empty.Path, "recording"), recursive: true);
        using var twice = PackFolder.With(PackFolder.Alerts);
        twice.Write("alerts/again.yml", PackFolder.Alerts);

        Assert.Contains("the folder does not exist; name the folder of the rule pack with --pack", MessageOf("/nowhere/v1"), StringComparison.Ordinal);
        Assert.Contains("holds neither recording/*.yml nor alerts/*.yml", MessageOf(Path.GetTempPath()), StringComparison.Ordinal);
        Assert.Contains("one rule that records postal_rules_info, with the labels version and contract", MessageOf(empty.Path), StringComparison.Ordinal);
        Assert.Contains("several groups have the name volume", MessageOf(twice.Path), StringComparison.Ordinal);
    }

    private static string MessageOf(string folder) =>
        Assert.Throws<ConfigurationException>(() => PostalExporter.RulePacks.RulePackReader.Read(folder)).Message;
}
