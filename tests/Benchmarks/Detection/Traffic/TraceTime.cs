namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>The time of a trace: minutes from a Monday, 00:00 UTC.</summary>
internal static class TraceTime
{
    public const int Hour = 60;

    public const int Day = 24 * Hour;

    public const int Week = 7 * Day;

    /// <summary>Minute 0.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Unix time of a minute, in seconds.</summary>
    public static long Seconds(int minute) => Start.ToUnixTimeSeconds() + (minute * 60L);

    /// <summary>Hour of the day at a place that is so many hours ahead of UTC.</summary>
    public static int HourOfDay(int minute, int hoursAhead) => (((minute / Hour) + hoursAhead) % 24 + 24) % 24;
}
