using System.Globalization;

namespace PostalExporter.Integration.Baselines;

/// <summary>What the rules record, as text that <c>promtool</c> makes blocks of: a sample at the end of each hour.</summary>
internal sealed class RecordedHistory
{
    public const int Weeks = 3;

    /// <summary>A Monday.</summary>
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    public static readonly DateTimeOffset End = Start.AddDays(7 * Weeks);

    private readonly List<(long Seconds, string Sample)> samples = [];

    /// <summary>Adds a series: a value for each hour by its number, none where it is null, so many minutes before the hour's end.</summary>
    public void Add(string name, string labels, Func<int, double?> value, int minutesEarlier = 0)
    {
        for (var hour = 0; hour < 7 * 24 * Weeks; hour++)
        {
            if (value(hour) is { } sample)
                samples.Add((Start.AddHours(hour + 1).AddMinutes(-minutesEarlier).ToUnixTimeSeconds(), string.Create(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {sample}")));
        }
    }

    /// <summary>Adds what is recorded of a credential.</summary>
    public void AddCredential(string organization, string server, string credential, Func<int, double?> messages)
    {
        var labels = $"organization=\"{organization}\",server=\"{server}\",credential=\"{credential}\"";
        Add("credential:postal_messages:increase1h", labels, messages);
        Add("credential:postal_outcomes:increase1h", labels, messages);
        Add("credential:postal_messages:baseline1h", labels, hour => hour >= 168 ? 900 : null);
        Add("credential:postal_messages:baseline_weeks", labels, hour => hour / 168);
    }

    /// <summary>Writes all, the oldest first: promtool leaves out what is older than its predecessor.</summary>
    public Task SaveAsync(string file) => File.WriteAllLinesAsync(
        file, [.. samples.OrderBy(sample => sample.Seconds).Select(sample => string.Create(CultureInfo.InvariantCulture, $"{sample.Sample} {sample.Seconds}")), "# EOF"],
        TestContext.Current.CancellationToken);
}
