namespace PostalExporter.Conformance;

/// <summary>Every query of every dashboard, asked of a real Prometheus that holds samples of the metric contract.</summary>
public sealed class DashboardQueryTests(DashboardPrometheus prometheus) : IClassFixture<DashboardPrometheus>
{
    public static TheoryData<string, string> Queries
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var dashboard in DashboardFile.All)
            {
                foreach (var query in dashboard.Queries.Distinct())
                    data.Add(dashboard.Uid, query);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task A_query_finds_series(string dashboard, string query)
    {
        var answer = await prometheus.QueryRangeAsync(DashboardFile.Substitute(query), TestContext.Current.CancellationToken);

        Assert.True(answer.GetProperty("status").GetString() == "success", $"{dashboard}: {answer}\n{query}");
        Assert.True(answer.GetProperty("data").GetProperty("result").GetArrayLength() > 0, $"{dashboard}: no series for\n{query}");
    }

    [Fact]
    public void The_samples_are_of_series_that_the_exporter_declares_or_the_rules_record()
    {
        var recorded = RulePack.Recordings.Select(rule => rule.Record!).ToHashSet();
        var unknown =
            from line in DashboardSeries.OpenMetrics().Split('\n').Where(line => !line.StartsWith('#'))
            from selector in RulePack.SelectorsOf(line)
            where !recorded.Contains(selector.Series) && !RuleContract.BuiltIn.ContainsKey(selector.Series)
            let labels = RuleContract.Families.GetValueOrDefault(selector.Series)
            where labels is null || !labels.ToHashSet().SetEquals(selector.Labels.Except(RuleContract.TargetLabels))
            select $"{selector.Series}{{{string.Join(", ", selector.Labels)}}}";
        Assert.Empty(unknown.Distinct());
    }
}
