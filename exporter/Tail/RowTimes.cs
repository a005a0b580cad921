namespace PostalExporter.Tail;

/// <summary>
/// When rows of a page happened, by their time stamps. Ids say in which order; hosts stamp rows by their own clocks. A row that is dated well
/// after those behind it would keep them waiting until its time has come, were it believed.
/// </summary>
internal static class RowTimes
{
    /// <summary>Rows behind one by which it is seen to be dated wrongly: the last ones of a page have none.</summary>
    public const int Neighbours = 4;

    // Hosts differ by seconds, and rows that are written together overtake each other.
    private const decimal Tolerance = 60;

    /// <summary>The times, Unix seconds: mostly the time stamps.</summary>
    /// <param name="stamps">Time stamps by ascending id, Unix seconds, 0 where there is none.</param>
    public static decimal[] Of(ReadOnlySpan<decimal> stamps)
    {
        var times = stamps.ToArray();
        var isAscending = true;
        for (var i = 1; i < times.Length; i++)
        {
            if (times[i] == 0)
                times[i] = times[i - 1];
            isAscending &= times[i] >= times[i - 1];
        }
        if (isAscending)
            return times;
        var bound = decimal.MaxValue;
        Span<decimal> window = stackalloc decimal[(2 * Neighbours) + 1];
        var smooth = (decimal[])times.Clone();
        for (var i = times.Length - 1; i >= 0; i--)
        {
            if (i >= Neighbours && i < times.Length - Neighbours)
            {
                smooth.AsSpan(i - Neighbours, window.Length).CopyTo(window);
                window.Sort();
                bound = Math.Min(bound, window[Neighbours]);
            }
            // The least of what is usual from here on.
            if (bound < decimal.MaxValue && times[i] > bound + Tolerance)
                times[i] = bound;
        }
        return times;
    }
}
