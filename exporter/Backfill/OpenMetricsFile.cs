using System.Globalization;
using System.Text;
using PostalExporter.Metrics;

namespace PostalExporter.Backfill;

/// <summary>
/// Writes one file of samples with time stamps in the OpenMetrics text format. Families have to be together, and servers come one after the other:
/// the lines of each family wait in a file of its own until <see cref="Complete"/>. What is not complete is called <c>.part</c>.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="labels">Labels that every series gets, <c>NAME=VALUE</c>.</param>
internal sealed class OpenMetricsFile(string path, IEnumerable<string> labels) : IDisposable
{
    /// <summary>End of the names of files that are not complete.</summary>
    public const string PartSuffix = ".part";

    private const int BufferBytes = 64 * 1024;

    // A value and a time stamp.
    private const int LongestSample = 64;

    private readonly string extra = string.Concat(labels.Select(label => label.Split('=', 2)).Select(pair => $",{pair[0]}=\"{Escape(pair[1])}\""));
    private readonly Dictionary<Family, FileStream> parts = [];
    private byte[] line = new byte[1024];
    private int nameLength;
    private FileStream? current;

    /// <summary>Samples so far.</summary>
    public long Samples { get; private set; }

    /// <summary>Says whose samples follow.</summary>
    public void Begin(Series series)
    {
        var name = NameOf(series);
        var needed = Encoding.UTF8.GetMaxByteCount(name.Length) + LongestSample;
        if (line.Length < needed)
            line = new byte[needed];
        nameLength = Encoding.UTF8.GetBytes(name, line);
        if (!parts.TryGetValue(series.Family, out current))
            parts.Add(series.Family, current = new FileStream($"{path}.{series.Family.Name}{PartSuffix}", FileMode.Create, FileAccess.ReadWrite, FileShare.Read, BufferBytes));
    }

    /// <summary>Writes a sample of the series; its time is after that of the one before.</summary>
    public void Write(double value, DateTimeOffset moment)
    {
        var used = nameLength;
        // A whole number is written without a point.
        int length;
        if (value % 1 == 0 && Math.Abs(value) < 1L << 53)
            ((long)value).TryFormat(line.AsSpan(used), out length, provider: CultureInfo.InvariantCulture);
        else
            value.TryFormat(line.AsSpan(used), out length, provider: CultureInfo.InvariantCulture);
        used += length;
        line[used++] = (byte)' ';
        var (seconds, milliseconds) = Math.DivRem(moment.ToUnixTimeMilliseconds(), 1000);
        seconds.TryFormat(line.AsSpan(used), out length, provider: CultureInfo.InvariantCulture);
        used += length;
        if (milliseconds > 0)
        {
            line[used++] = (byte)'.';
            milliseconds.TryFormat(line.AsSpan(used), out length, "000", CultureInfo.InvariantCulture);
            used += length;
        }
        line[used++] = (byte)'\n';
        current!.Write(line, 0, used);
        Samples++;
    }

    /// <summary>Puts the families together, and gives the file its name when it is on disk as a whole.</summary>
    /// <returns>Its bytes; 0 when there were no samples, and so no file.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    public long Complete()
    {
        if (parts.Count == 0)
            return 0;
        var unfinished = path + PartSuffix;
        long bytes;
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.Read, BufferBytes))
        {
            foreach (var family in Families.All.Where(parts.ContainsKey))
            {
                file.Write(Encoding.UTF8.GetBytes(HeaderOf(family)));
                parts[family].Position = 0;
                parts[family].CopyTo(file);
            }
            file.Write("# EOF\n"u8);
            file.Flush(flushToDisk: true);
            bytes = file.Length;
        }
        File.Move(unfinished, path, overwrite: true);
        Dispose();
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in parts.Values)
        {
            part.Dispose();
            File.Delete(part.Name);
        }
        parts.Clear();
    }

    private static string HeaderOf(Family family)
    {
        // A counter is named without the suffix of its series.
        var name = family.Type == FamilyType.Counter ? family.Name[..family.Name.LastIndexOf("_total", StringComparison.Ordinal)] : family.Name;
        return $"# HELP {name} {family.Help}\n# TYPE {name} {family.Type.ToString().ToLowerInvariant()}\n";
    }

    private string NameOf(Series series)
    {
        var (family, values) = (series.Family, series.Labels);
        var suffix = "";
        var count = values.Length;
        if (family.Type == FamilyType.Histogram)
        {
            suffix = values[^1] switch { HistogramPart.Sum => "_sum", HistogramPart.Count => "_count", _ => "_bucket" };
            count -= suffix == "_bucket" ? 0 : 1;
        }
        var text = new StringBuilder(family.Name).Append(suffix).Append('{');
        for (var index = 0; index < count; index++)
        {
            // Bounds are whole numbers, which OpenMetrics writes with a point.
            var point = suffix == "_bucket" && index == count - 1 && values[index] != HistogramPart.Infinity ? ".0" : "";
            text.Append(index == 0 ? "" : ",").Append(family.Labels[index]).Append("=\"").Append(Escape(values[index])).Append(point).Append('"');
        }
        return text.Append(count == 0 ? extra.TrimStart(',') : extra).Append("} ").ToString();
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
