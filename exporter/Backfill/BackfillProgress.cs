using System.Globalization;

namespace PostalExporter.Backfill;

/// <summary>Says every few seconds how far a backfill is.</summary>
/// <param name="output">Standard error.</param>
/// <param name="time">The clock.</param>
internal sealed class BackfillProgress(TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly long started = time.GetTimestamp();
    private long? said;

    /// <summary>Rows that were counted in this run.</summary>
    public long Rows { get; private set; }

    /// <summary>Seconds of this run.</summary>
    public double Seconds => time.GetElapsedTime(started).TotalSeconds;

    /// <summary>Takes in more rows.</summary>
    public void Count(long rows) => Rows += rows;

    /// <summary>Says it, when it is time.</summary>
    /// <param name="moment">Up to when rows are counted.</param>
    /// <param name="rows">Rows that were counted since the last <see cref="Count"/>.</param>
    /// <param name="left">Rows that are not read yet, by difference of ids.</param>
    public void Say(DateTimeOffset moment, long rows, Func<long> left)
    {
        if (said is { } last && time.GetElapsedTime(last) < Interval)
            return;
        said = time.GetTimestamp();
        var (done, rest) = (Rows + rows, left());
        var share = done + rest == 0 ? 1 : (double)done / (done + rest);
        var perSecond = Seconds > 0 ? done / Seconds : 0;
        var eta = perSecond > 0 ? TimeSpan.FromSeconds(rest / perSecond).ToString(@"d\.hh\:mm\:ss", CultureInfo.InvariantCulture) : "not known";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"backfill: {100 * share:F1} %, at {moment:yyyy-MM-dd HH:mm} UTC, {perSecond:N0} rows/s, time left {eta}"));
    }
}
