using System.Globalization;
using System.Text;

namespace PostalExporter.Metrics;

/// <summary>
/// The series that scrapes are shown. A registry of prometheus-net would hold twice the memory for each (half a kilobyte) and
/// take four times as long to write them; with a hundred thousand of them that is most of what the exporter needs. Not thread-safe.
/// </summary>
internal sealed class MetricsPage
{
    private const int LongestValue = 32;

    private readonly Dictionary<Family, FamilyOnPage> families = Families.All.ToDictionary(family => family, family => new FamilyOnPage(family));

    /// <summary>Shows a series from now on.</summary>
    public void Show(Series series)
    {
        if (series.Place >= 0)
            return;
        var siblings = families[series.Family].Series;
        series.Place = siblings.Count;
        siblings.Add(series);
    }

    /// <summary>Shows a series no more.</summary>
    public void Hide(Series series)
    {
        if (series.Place < 0)
            return;
        // The last one takes its place: the order within a family means nothing.
        var siblings = families[series.Family].Series;
        var last = siblings[^1];
        siblings[series.Place] = last;
        last.Place = series.Place;
        siblings.RemoveAt(siblings.Count - 1);
        series.Place = -1;
    }

    /// <summary>The series of these labels if it is shown. Goes through its family: for small ones.</summary>
    public Series? Find(Family family, ReadOnlySpan<string> labels)
    {
        foreach (var series in families[family].Series)
        {
            if (labels.SequenceEqual(series.Labels))
                return series;
        }
        return null;
    }

    /// <summary>Writes all families that have series, in the order of their declaration.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="openMetrics">OpenMetrics text without its end mark, instead of Prometheus text.</param>
    public void Write(IPageOutput output, bool openMetrics)
    {
        Span<byte> value = stackalloc byte[LongestValue];
        foreach (var family in families.Values)
        {
            if (family.Series.Count == 0)
                continue;
            output.Write(openMetrics ? family.OpenMetricsHeader : family.PrometheusHeader);
            foreach (var series in family.Series)
            {
                output.Write(series.Head);
                var length = Format(series.Shown, value);
                value[length] = (byte)'\n';
                output.Write(value[..(length + 1)]);
            }
        }
    }

    // Both formats take whole numbers without a point.
    private static int Format(double value, Span<byte> text)
    {
        int length;
        if (Math.Abs(value) < 1L << 53 && Math.Truncate(value) == value)
            ((long)value).TryFormat(text, out length, provider: CultureInfo.InvariantCulture);
        else if (double.IsInfinity(value))
            (value > 0 ? "+Inf"u8 : "-Inf"u8).CopyTo(text[..(length = 4)]);
        else
            value.TryFormat(text, out length, provider: CultureInfo.InvariantCulture);
        return length;
    }

    private sealed class FamilyOnPage(Family family)
    {
        public List<Series> Series { get; } = [];

        public byte[] PrometheusHeader { get; } = Header(family, family.Name);

        // OpenMetrics names a counter without the suffix of its series.
        public byte[] OpenMetricsHeader { get; } = Header(
            family, family.Type == FamilyType.Counter ? family.Name[..family.Name.LastIndexOf("_total", StringComparison.Ordinal)] : family.Name);

        private static byte[] Header(Family family, string name) =>
            Encoding.UTF8.GetBytes($"# HELP {name} {family.Help}\n# TYPE {name} {(family.Type == FamilyType.Counter ? "counter" : "gauge")}\n");
    }
}

/// <summary>Takes the bytes of a page.</summary>
internal interface IPageOutput
{
    /// <summary>Appends.</summary>
    void Write(ReadOnlySpan<byte> bytes);
}
