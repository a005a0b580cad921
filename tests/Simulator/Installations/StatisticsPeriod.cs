namespace PostalSimulator.Installations;

/// <summary>One of the four tables in which Postal counts: a row for each UTC hour, day, month or year.</summary>
internal sealed record StatisticsPeriod(string Table, Func<DateTimeOffset, DateTimeOffset> Start)
{
    public static readonly IReadOnlyList<StatisticsPeriod> All =
    [
        new("stats_hourly", moment => Utc(moment.Year, moment.Month, moment.Day, moment.Hour)),
        new("stats_daily", moment => Utc(moment.Year, moment.Month, moment.Day, 0)),
        new("stats_monthly", moment => Utc(moment.Year, moment.Month, 1, 0)),
        new("stats_yearly", moment => Utc(moment.Year, 1, 1, 0)),
    ];

    private static DateTimeOffset Utc(int year, int month, int day, int hour) => new(year, month, day, hour, 0, 0, TimeSpan.Zero);
}
