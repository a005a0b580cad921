using PostalExporter.Tail;

namespace PostalExporter.Tests.Tail;

public sealed class RowTimesTests
{
    private static readonly decimal[] Steady = [.. Enumerable.Range(0, 100).Select(number => 1_000_000m + (10 * number))];

    [Fact]
    public void Rows_in_order_happened_when_they_say_and_so_do_those_that_overtake_each_other()
    {
        decimal[] jitter = [.. Steady.Select((stamp, index) => stamp + (index % 3 * 15))];

        Assert.Equal(Steady, RowTimes.Of(Steady));
        Assert.Equal(jitter, RowTimes.Of(jitter));
        Assert.Equal([5m, 5_000, 900_000], RowTimes.Of([5m, 5_000, 900_000]));
        Assert.Empty(RowTimes.Of([]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(40)]
    public void Rows_of_a_clock_that_is_ahead_do_not_keep_those_behind_them_waiting(int rows)
    {
        var stamps = Steady.ToArray();
        for (var i = 20; i < 20 + rows; i++)
            stamps[i] += 31_536_000;

        var times = RowTimes.Of(stamps);

        Assert.Equal(Steady[..20], times[..20]);
        Assert.All(times[20..(20 + rows)], time => Assert.InRange(time, Steady[19], Steady[20 + rows + 4]));
        Assert.Equal(Steady[(20 + rows)..], times[(20 + rows)..]);
    }

    [Fact]
    public void Rows_of_a_clock_that_is_behind_and_rows_without_a_time_move_no_others()
    {
        var stamps = Steady.ToArray();
        (stamps[30], stamps[31], stamps[50]) = (7, 7, 0);

        var times = RowTimes.Of(stamps);

        Assert.Equal(7, times[30]);
        Assert.Equal(Steady[49], times[50]);
        Assert.Equal(Steady.Where((_, index) => index is not (30 or 31 or 50)), times.Where((_, index) => index is not (30 or 31 or 50)));
    }
}
