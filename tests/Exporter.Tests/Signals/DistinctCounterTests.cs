using System.IO.Hashing;
using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class DistinctCounterTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    public void Small_sets_are_counted_exactly_however_often_a_value_is_added(int distinct)
    {
        var counter = new DistinctCounter();
        for (var round = 0; round < 3; round++)
            Fill(counter, 0, distinct);

        Assert.Equal(distinct, counter.Estimate());
    }

    [Theory]
    [InlineData(200)]
    [InlineData(2_000)]
    [InlineData(100_000)]
    public void Large_sets_are_estimated_within_four_standard_errors(int distinct)
    {
        var counter = new DistinctCounter();
        Fill(counter, 0, distinct);

        Assert.InRange(counter.Estimate(), distinct * 0.816, distinct * 1.184);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    [InlineData(5_000)]
    public void Merging_overlapping_sets_counts_what_they_share_once(int each)
    {
        var (left, right, both) = (new DistinctCounter(), new DistinctCounter(), new DistinctCounter());
        Fill(left, 0, each);
        Fill(right, each / 2, each);
        Fill(both, 0, each + (each / 2));

        left.Merge(right);

        Assert.Equal(both.Estimate(), left.Estimate());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(3_000)]
    public void What_was_saved_goes_on_where_it_was(int distinct)
    {
        var counter = new DistinctCounter();
        Fill(counter, 0, distinct);

        var restored = DistinctCounter.FromBytes(counter.ToBytes());
        Fill(counter, 10_000, 50);
        Fill(restored, 10_000, 50);

        Assert.Equal(counter.Estimate(), restored.Estimate());
    }

    private static void Fill(DistinctCounter counter, int first, int count)
    {
        for (var i = first; i < first + count; i++)
            counter.Add(XxHash64.HashToUInt64(BitConverter.GetBytes(i)));
    }
}
