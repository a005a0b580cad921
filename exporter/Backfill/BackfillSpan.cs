using System.Globalization;

namespace PostalExporter.Backfill;

/// <summary>The time of one file: moments of samples that lie in one block of Prometheus.</summary>
internal sealed class BackfillSpan
{
    /// <summary>
    /// A length that blocks of Prometheus have: <c>promtool</c> reads a file once for each block that it makes of it, so one file is one block.
    /// </summary>
    public static readonly TimeSpan Block = TimeSpan.FromHours(6);

    // A query looks five minutes back: an unchanged series has a sample as often.
    private static readonly TimeSpan LookBack = TimeSpan.FromMinutes(5);

    private BackfillSpan(DateTimeOffset begin, List<DateTimeOffset> moments, TimeSpan step, bool isLast)
    {
        Begin = begin;
        Moments = moments;
        IsLast = isLast;
        var fill = LookBack.Ticks / step.Ticks * step.Ticks;
        for (var index = 0; index < moments.Count; index++)
        {
            if (moments[index].UtcTicks % fill == 0 || index == moments.Count - 1)
                Fills.Add(index);
        }
    }

    /// <summary>The last moment before it.</summary>
    public DateTimeOffset Begin { get; }

    /// <summary>Moments of samples, ascending.</summary>
    public IReadOnlyList<DateTimeOffset> Moments { get; }

    /// <summary>Indices of the moments at which every series has a sample; the last one is among them.</summary>
    public List<int> Fills { get; } = [];

    /// <summary>Whether it ends now: all rows that there are belong to it.</summary>
    public bool IsLast { get; }

    /// <summary>Its last moment.</summary>
    public DateTimeOffset End => Moments[^1];

    /// <summary>Name of its file.</summary>
    public string FileName => string.Create(CultureInfo.InvariantCulture, $"postal-{Moments[0].UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.om");

    /// <summary>The span that follows a moment.</summary>
    /// <returns>Null when there is none, as the moment is now.</returns>
    public static BackfillSpan? After(DateTimeOffset position, TimeSpan step, DateTimeOffset now)
    {
        now = new DateTimeOffset(now.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);
        if (now <= position)
            return null;
        var next = new DateTimeOffset(((position.UtcTicks / step.Ticks) + 1) * step.Ticks, TimeSpan.Zero);
        var boundary = new DateTimeOffset(((next.UtcTicks / Block.Ticks) + 1) * Block.Ticks, TimeSpan.Zero);
        var moments = new List<DateTimeOffset>();
        for (; next < boundary && next <= now; next += step)
            moments.Add(next);
        var isLast = now < boundary;
        if (isLast && (moments.Count == 0 || moments[^1] < now))
            moments.Add(now);
        return new BackfillSpan(position, moments, step, isLast);
    }
}
