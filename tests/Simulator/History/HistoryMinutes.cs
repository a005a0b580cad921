using PostalSimulator.Traffic;

namespace PostalSimulator.History;

/// <summary>The minutes of a history with their messages.</summary>
internal static class HistoryMinutes
{
    public static IEnumerable<(long Minute, List<PlannedMessage> Messages)> Of(TrafficPlan plan, DateTimeOffset from, DateTimeOffset until)
    {
        for (var minute = First(from); minute <= Last(until); minute++)
            yield return (minute, plan.Minute(minute));
    }

    /// <summary>So many messages in all, distributed by what the rhythm expects of each minute.</summary>
    public static IEnumerable<(long Minute, List<PlannedMessage> Messages)> Exactly(
        TrafficPlan plan, int messages, DateTimeOffset from, DateTimeOffset until)
    {
        // The minute in which the history ends is left out, so that none of its messages is cut off.
        var expected = Enumerable.Range(0, (int)(Last(until) - First(from))).Select(index => plan.ExpectedIn(First(from) + index)).ToArray();
        var total = expected.Sum();
        if (total <= 0)
            throw new InvalidOperationException("the server sends nothing in that time: its credentials need messages_per_day above 0");
        var (sum, placed) = (0.0, 0L);
        for (var index = 0; index < expected.Length; index++)
        {
            sum += expected[index];
            // The last minute takes what rounding left.
            var due = index == expected.Length - 1 ? messages : (long)(messages * (sum / total));
            var planned = plan.Minute(First(from) + index, (int)(due - placed));
            yield return (First(from) + index, planned.ConvertAll(static message => message with { BounceAfterSeconds = 0 }));
            placed = due;
        }
    }

    private static long First(DateTimeOffset from) => (from.ToUnixTimeSeconds() + 59) / 60;

    private static long Last(DateTimeOffset until) => until.ToUnixTimeSeconds() / 60;
}
