using PostalExporter.Baselines;

namespace PostalExporter.Tests.Baselines;

public sealed class DistributionTests
{
    [Theory]
    [InlineData(50, 2)]
    [InlineData(75, 3)]
    [InlineData(76, 4)]
    [InlineData(100, 4)]
    [InlineData(1, 1)]
    public void Percentile_is_the_smallest_value_that_so_many_percent_do_not_exceed(int percent, double expected) =>
        Assert.Equal(expected, new Distribution([4, 1, 3, 2]).Percentile(percent));

    [Fact]
    public void A_tenth_of_a_percent_of_a_thousand_values_is_one_value() =>
        Assert.Equal(999, new Distribution(Enumerable.Range(1, 1000).Select(value => (double)value)).Percentile(99.9m));

    [Fact]
    public void Mean_and_deviation_are_those_of_the_values_that_are_numbers()
    {
        var values = new Distribution([2, 4, double.NaN, 4, 4, 5, double.PositiveInfinity, 5, 7, 9]);

        Assert.Equal((8, 5.0, 2.0, 9.0), (values.Count, values.Mean, values.Deviation, values.Highest));
    }

    [Fact]
    public void Of_nothing_nothing_is_known() =>
        Assert.Equal((0, double.NaN, double.NaN, double.NaN), (new Distribution([]).Count, new Distribution([]).Mean, new Distribution([]).Deviation, new Distribution([]).Percentile(50)));
}
