using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PostalExporter.Conformance;

/// <summary>Every alert has a page that helps, and every page an alert.</summary>
public sealed partial class RunbookTests
{
    private static readonly string[] Headings = ["Meaning", "Impact", "Diagnosis", "Mitigation", "False positives"];

    public static TheoryData<string> Runbooks =>
        [
            .. Directory.EnumerateFiles(Repository.PathOf("rules", "runbooks"))
                .Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
        ];

    [Fact]
    public void Every_alert_has_a_runbook_and_every_runbook_an_alert() =>
        Assert.Equal(
            RulePack.Alerts.Select(rule => $"{rule.Alert}.md").Distinct().Order(StringComparer.Ordinal),
            Runbooks.Select(row => row.Data));

    [Theory, MemberData(nameof(Runbooks))]
    public void Runbook_has_the_title_and_the_headings_in_order(string file)
    {
        var lines = File.ReadAllLines(PathOf(file));
        Assert.Equal($"# {Path.GetFileNameWithoutExtension(file)}", lines[0]);
        Assert.Equal(Headings, lines.Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]));
    }

    [Theory, MemberData(nameof(Runbooks))]
    public void Runbook_says_how_to_diagnose_mitigate_escalate_and_verify(string file)
    {
        var sections = File.ReadAllText(PathOf(file)).Split("\n## ").Skip(1)
            .ToDictionary(section => section[..section.IndexOf('\n', StringComparison.Ordinal)]);
        Assert.Contains("```promql", sections["Diagnosis"], StringComparison.Ordinal);
        Assert.Contains("Escalate", sections["Mitigation"], StringComparison.Ordinal);
        Assert.Contains("Verify", sections["Mitigation"], StringComparison.Ordinal);
        if (sections["Mitigation"].Contains("UPDATE postal.", StringComparison.Ordinal))
            Assert.Contains("undo", sections["Mitigation"], StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("TODO", File.ReadAllText(PathOf(file)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_PromQL_block_of_every_runbook_is_one_valid_query()
    {
        var rules = new StringBuilder("groups:\n  - name: runbooks\n    rules:\n");
        var count = 0;
        foreach (var query in Queries().Select(block => block.Query))
        {
            rules.Append(CultureInfo.InvariantCulture, $"      - record: runbook:query:number{++count}\n        expr: |2\n");
            foreach (var line in query.Split('\n'))
                rules.Append(CultureInfo.InvariantCulture, $"          {line}\n");
        }
        Assert.NotEqual(0, count);

        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, rules.ToString(), TestContext.Current.CancellationToken);
            (await ProgramRun.RunAsync("promtool", ["check", "rules", file], RulePack.Folder, TestContext.Current.CancellationToken))
                .ShouldSucceed();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void PromQL_of_runbooks_reads_only_series_that_exist()
    {
        var recorded = RulePack.Recordings.Select(rule => rule.Record!).ToHashSet();
        var unknown =
            from block in Queries()
            from selector in RulePack.SelectorsOf(block.Query)
            where !recorded.Contains(selector.Series) && !RuleContract.BuiltIn.ContainsKey(selector.Series)
            // What Prometheus and Alertmanager show of themselves.
            where !selector.Series.StartsWith("prometheus_", StringComparison.Ordinal) && !selector.Series.StartsWith("alertmanager_", StringComparison.Ordinal)
            let labels = RuleContract.Families.GetValueOrDefault(selector.Series)
            where labels is null || selector.Labels.Except(labels).Except(RuleContract.TargetLabels).Any()
            select $"{block.File}: {selector.Series}{{{string.Join(", ", selector.Labels)}}}";
        Assert.Empty(unknown);
    }

    [Theory, MemberData(nameof(Runbooks))]
    public void SQL_of_a_runbook_changes_only_rows_that_the_reader_has_looked_up(string file) =>
        Assert.All(Update().Matches(File.ReadAllText(PathOf(file))), statement => Assert.Matches(@"WHERE id = @\w+_id;$", statement.Value));

    private static IEnumerable<(string File, string Query)> Queries() =>
        from row in Runbooks
        from Match block in PromqlBlock().Matches(File.ReadAllText(PathOf(row.Data)))
        select (row.Data, block.Groups["query"].Value);

    private static string PathOf(string runbook) => Repository.PathOf("rules", "runbooks", runbook);

    [GeneratedRegex(@"```promql\n(?<query>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex PromqlBlock();

    [GeneratedRegex(@"^\s*(UPDATE|DELETE|INSERT|DROP|ALTER)\b[^;]*;", RegexOptions.Multiline)]
    private static partial Regex Update();
}
