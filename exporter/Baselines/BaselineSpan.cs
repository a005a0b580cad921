using System.Globalization;

namespace PostalExporter.Baselines;

/// <summary>The whole hours (UTC) that are looked at. Each has a number, 0 the oldest.</summary>
/// <param name="Start">When the first begins.</param>
/// <param name="Hours">How many there are.</param>
internal sealed record BaselineSpan(DateTimeOffset Start, int Hours)
{
    /// <summary>Hours of a week.</summary>
    public const int Week = 168;

    /// <summary>The weeks that end with the last full hour.</summary>
    public static BaselineSpan Ending(DateTimeOffset now, int weeks)
    {
        var end = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() / 3600 * 3600);
        return new BaselineSpan(end.AddHours(-weeks * Week), weeks * Week);
    }

    /// <summary>When the last hour ends.</summary>
    public DateTimeOffset End => Start.AddHours(Hours);

    /// <summary>The numbers of the hours.</summary>
    public IEnumerable<int> Numbers => Enumerable.Range(0, Hours);

    /// <summary>A value for each hour, which is not known yet.</summary>
    public double[] Unknown()
    {
        var values = new double[Hours];
        Array.Fill(values, double.NaN);
        return values;
    }

    /// <summary>When an hour begins.</summary>
    public DateTimeOffset BeginOf(int hour) => Start.AddHours(hour);

    /// <summary>The hour that ends at a moment; outside of 0 to <see cref="Hours"/> when it is none of the span.</summary>
    public int EndingAt(DateTimeOffset moment) => (int)Math.Round((moment - Start).TotalHours) - 1;

    /// <summary>The hour of the week of an hour: 0 is that from Monday 00:00 to 01:00.</summary>
    public int HourOfWeek(int hour)
    {
        var begin = BeginOf(hour);
        return ((int)begin.DayOfWeek + 6) % 7 * 24 + begin.Hour;
    }

    /// <summary>The hours at an hour of the week, one of each week.</summary>
    public IEnumerable<int> NumbersAt(int hourOfWeek)
    {
        for (var hour = (hourOfWeek - HourOfWeek(0) + Week) % Week; hour < Hours; hour += Week)
            yield return hour;
    }

    /// <summary>An hour in words, such as <c>Mon 2026-11-16 09:00</c>.</summary>
    public string Name(int hour) => BeginOf(hour).ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
