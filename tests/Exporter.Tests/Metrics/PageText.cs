using System.Text;
using PostalExporter.Metrics;

namespace PostalExporter.Tests.Metrics;

/// <summary>A page as text.</summary>
internal sealed class PageText : IPageOutput
{
    private readonly List<byte> bytes = [];

    public PageText(MetricsPage page, bool openMetrics) => page.Write(this, openMetrics);

    public IReadOnlyList<string> Lines => Encoding.UTF8.GetString(bytes.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public IEnumerable<string> Series => Lines.Where(line => line[0] != '#');

    public void Write(ReadOnlySpan<byte> written) => bytes.AddRange(written);
}
