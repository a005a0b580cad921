using PostalExporter.Configuration;

namespace PostalExporter.Tests.Configuration;

public sealed class ThresholdOptionsTests
{
    private static readonly ThresholdOptions Thresholds = new ConfigurationLoader(new EnvironmentReader(_ => null))
        .Load(Path.Combine(AppContext.BaseDirectory, "Configuration", "testdata", "thresholds.good.yml")).Configuration.Thresholds;

    [Theory]
    [InlineData("other", "shop", "messages_per_hour", "warning", 700)]
    [InlineData("acme", "shop", "messages_per_hour", "warning", 700)]
    [InlineData("acme", "shop", "messages_per_hour", "critical", 9000)]
    [InlineData("acme", "marketing", "messages_per_hour", "warning", 8000)]
    [InlineData("acme", "marketing", "messages_per_hour", "critical", 9000)]
    [InlineData("acme", "marketing", "bounce_minimum_outcomes", "critical", 20)]
    [InlineData("other", "shop", "queue_age_seconds", "critical", 900)]
    public void Most_specific_limit_counts(string organization, string server, string signal, string severity, double limit)
    {
        var resolved = Thresholds.Resolve(organization, server);

        Assert.Equal(limit, resolved.Single(threshold => threshold.Signal == signal && threshold.Severity == severity).Value);
    }

    [Fact]
    public void Limit_that_is_off_is_one_that_nothing_reaches()
    {
        var resolved = Thresholds.Resolve("acme", "shop").Where(threshold => threshold.Signal == "volume_score");

        Assert.Equal([("warning", double.PositiveInfinity), ("critical", 4)], resolved.Select(threshold => (threshold.Severity, threshold.Value)));
    }

    [Fact]
    public void Without_configuration_every_signal_has_both_limits_once()
    {
        var resolved = new ThresholdOptions().Resolve("acme", "shop").ToList();

        Assert.Equal(ThresholdSignals.All.Count * 2, resolved.DistinctBy(threshold => (threshold.Signal, threshold.Severity)).Count());
        Assert.Equal(ThresholdSignals.All.Count * 2, resolved.Count);
    }

    [Fact]
    public void Built_in_limits_are_ones_that_the_reader_would_accept()
    {
        Assert.All(ThresholdSignals.All, signal =>
        {
            Assert.InRange(signal.Warning, 0, signal.Maximum);
            Assert.InRange(signal.Critical, 0, signal.Maximum);
            Assert.True(!signal.Rises || signal.Warning <= signal.Critical, signal.Name);
        });
    }
}
