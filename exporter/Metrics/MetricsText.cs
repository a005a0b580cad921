using System.Buffers;
using System.Globalization;
using System.Text;

namespace PostalExporter.Metrics;

/// <summary>Writes a snapshot in a text format, a piece at a time.</summary>
/// <param name="snapshot">What to write.</param>
/// <param name="openMetrics">OpenMetrics text without its end mark, instead of Prometheus text.</param>
internal sealed class MetricsText(MetricsSnapshot snapshot, bool openMetrics)
{
    private const int LongestValue = 32;

    // A character of UTF-16 takes three bytes at most, an escaped one two.
    private const int LongestCharacter = 3;

    private static readonly SearchValues<char> Escaped = SearchValues.Create("\\\"\n");
    private static readonly Dictionary<Family, FamilyText> Texts = Families.All.ToDictionary(family => family, family => new FamilyText(family));

    private int next;
    private FamilyText? family;

    /// <summary>Writes whole lines, as many as fit.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="needed">When not even one fits, the size that is surely enough; else 0.</param>
    /// <returns>How many bytes were written; none at the end.</returns>
    public int Write(Span<byte> buffer, out int needed)
    {
        var used = 0;
        needed = 0;
        while (next < snapshot.Count)
        {
            var (series, value) = snapshot[next];
            var begins = family?.Family != series.Family;
            var text = begins ? Texts[series.Family] : family!;
            var header = !begins ? [] : openMetrics ? text.OpenMetricsHeader : text.PrometheusHeader;
            var longest = header.Length + text.LabelsLength + LongestValue;
            foreach (var label in series.Labels)
                longest += LongestCharacter * label.Length;
            if (longest > buffer.Length - used)
            {
                needed = used == 0 ? longest : 0;
                break;
            }
            header.CopyTo(buffer[used..]);
            used += header.Length;
            used += WriteLine(buffer[used..], text, series, value);
            family = text;
            next++;
        }
        return used;
    }

    private int WriteLine(Span<byte> line, FamilyText text, Series series, double value)
    {
        var labels = series.Labels;
        var used = 0;
        var before = text.BeforeLabels;
        ReadOnlySpan<byte> after = [];
        if (text.Family.Type == FamilyType.Histogram)
        {
            // Bounds are whole numbers, which OpenMetrics writes with a point.
            var isBound = labels[^1] is not (HistogramPart.Sum or HistogramPart.Count);
            before = isBound ? text.BeforeLabels : labels[^1] == HistogramPart.Sum ? text.BeforeLabelsOfSum : text.BeforeLabelsOfCount;
            labels = isBound ? labels : labels[..^1];
            after = isBound && openMetrics && labels[^1] != HistogramPart.Infinity ? ".0"u8 : [];
        }
        for (var i = 0; i < before.Length; i++)
        {
            if (i == before.Length - 1)
            {
                after.CopyTo(line[used..]);
                used += after.Length;
            }
            before[i].CopyTo(line[used..]);
            used += before[i].Length;
            if (i < labels.Length)
                used += WriteLabel(line[used..], labels[i]);
        }
        used += WriteValue(line[used..], value);
        line[used++] = (byte)'\n';
        return used;
    }

    private static int WriteLabel(Span<byte> line, ReadOnlySpan<char> label)
    {
        var used = 0;
        while (label.IndexOfAny(Escaped) is var special && special >= 0)
        {
            used += Encoding.UTF8.GetBytes(label[..special], line[used..]);
            line[used++] = (byte)'\\';
            line[used++] = label[special] == '\n' ? (byte)'n' : (byte)label[special];
            label = label[(special + 1)..];
        }
        return used + Encoding.UTF8.GetBytes(label, line[used..]);
    }

    // Both formats take whole numbers without a point.
    private static int WriteValue(Span<byte> line, double value)
    {
        int length;
        if (Math.Abs(value) < 1L << 53 && Math.Truncate(value) == value)
            ((long)value).TryFormat(line, out length, provider: CultureInfo.InvariantCulture);
        else if (double.IsInfinity(value))
            (value > 0 ? "+Inf"u8 : "-Inf"u8).CopyTo(line[..(length = 4)]);
        else
            value.TryFormat(line, out length, provider: CultureInfo.InvariantCulture);
        return length;
    }

    // What all series of a family have in common.
    private sealed class FamilyText
    {
        public FamilyText(Family family)
        {
            Family = family;
            // OpenMetrics names a counter without the suffix of its series.
            var counted = family.Type == FamilyType.Counter ? family.Name[..family.Name.LastIndexOf("_total", StringComparison.Ordinal)] : family.Name;
            (PrometheusHeader, OpenMetricsHeader) = (Header(family.Name), Header(counted));
            var isHistogram = family.Type == FamilyType.Histogram;
            BeforeLabels = [.. Parts(isHistogram ? "_bucket" : "", family.Labels).Select(Encoding.UTF8.GetBytes)];
            BeforeLabelsOfSum = isHistogram ? [.. Parts("_sum", family.Labels[..^1]).Select(Encoding.UTF8.GetBytes)] : [];
            BeforeLabelsOfCount = isHistogram ? [.. Parts("_count", family.Labels[..^1]).Select(Encoding.UTF8.GetBytes)] : [];
            // With the point and the zero of a bound.
            LabelsLength = 2 + BeforeLabels.Sum(part => part.Length);
        }

        public Family Family { get; }

        public byte[] PrometheusHeader { get; }

        public byte[] OpenMetricsHeader { get; }

        // name{first=" ",second=" "} and so on: label values stand between them.
        public byte[][] BeforeLabels { get; }

        public byte[][] BeforeLabelsOfSum { get; }

        public byte[][] BeforeLabelsOfCount { get; }

        public int LabelsLength { get; }

        private byte[] Header(string name) =>
            Encoding.UTF8.GetBytes($"# HELP {name} {Family.Help}\n# TYPE {name} {Family.Type.ToString().ToLowerInvariant()}\n");

        private IEnumerable<string> Parts(string suffix, string[] labels)
        {
            if (labels.Length == 0)
            {
                yield return $"{Family.Name}{suffix} ";
                yield break;
            }
            for (var i = 0; i < labels.Length; i++)
                yield return $"{(i == 0 ? $"{Family.Name}{suffix}{{" : "\",")}{labels[i]}=\"";
            yield return "\"} ";
        }
    }
}
