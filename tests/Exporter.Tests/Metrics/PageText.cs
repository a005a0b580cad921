using System.Text;
using PostalExporter.Metrics;

namespace PostalExporter.Tests.Metrics;

/// <summary>A page as text.</summary>
internal sealed class PageText
{
    public PageText(MetricsPage page, bool openMetrics)
    {
        using var snapshot = page.Snapshot();
        var text = new MetricsText(snapshot, openMetrics);
        var bytes = new List<byte>();
        // So small that pages have pieces and lines do not fit.
        var buffer = new byte[100];
        while (text.Write(buffer, out var needed) is var used && used + needed > 0)
        {
            bytes.AddRange(buffer.AsSpan(0, used));
            if (used == 0)
                buffer = new byte[needed];
        }
        Lines = Encoding.UTF8.GetString([.. bytes]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public IReadOnlyList<string> Lines { get; }

    public IEnumerable<string> Series => Lines.Where(line => line[0] != '#');
}
