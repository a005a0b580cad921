using System.Buffers.Text;
using System.Text;

namespace PostalExporter.Benchmarks;

/// <summary>A page of either format, read without a string for each of its hundred thousand lines.</summary>
/// <param name="text">The page in UTF-8.</param>
internal sealed class ScrapedPage(byte[] text)
{
    /// <summary>Number of samples.</summary>
    public int Samples
    {
        get
        {
            var samples = 0;
            foreach (var line in text.AsSpan().Split((byte)'\n'))
                samples += line.Start.Value < line.End.Value && text[line.Start.Value] != (byte)'#' ? 1 : 0;
            return samples;
        }
    }

    /// <summary>The sum over the samples that begin with a text; 0 when there are none.</summary>
    /// <param name="start">For example <c>postal_messages_total{</c>, with as many labels as the page's order allows.</param>
    public double Sum(string start)
    {
        var sum = 0.0;
        ForEach(start, (_, value) => sum += value);
        return sum;
    }

    /// <summary>The sums over the samples of a family, by the label <c>server</c>.</summary>
    /// <param name="family">Its full name.</param>
    public Dictionary<string, double> SumByServer(string family)
    {
        var sums = new Dictionary<string, double>();
        ForEach(family + "{", (line, value) =>
        {
            var label = ",server=\""u8;
            var name = line[(line.IndexOf(label) + label.Length)..];
            var server = Encoding.UTF8.GetString(name[..name.IndexOf((byte)'"')]);
            sums[server] = sums.GetValueOrDefault(server) + value;
        });
        return sums;
    }

    private void ForEach(string start, Action<ReadOnlySpan<byte>, double> take)
    {
        var wanted = Encoding.UTF8.GetBytes(start);
        foreach (var range in text.AsSpan().Split((byte)'\n'))
        {
            var line = text.AsSpan(range);
            if (!line.StartsWith(wanted))
                continue;
            var number = line[(line.LastIndexOf((byte)' ') + 1)..];
            if (!Utf8Parser.TryParse(number, out double value, out var consumed) || consumed != number.Length)
                throw new FormatException($"no number at the end of {Encoding.UTF8.GetString(line)}");
            take(line, value);
        }
    }
}
