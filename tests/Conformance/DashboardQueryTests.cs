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
}
