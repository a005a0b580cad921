using System.Buffers;
using PostalExporter.Metrics;
using PostalExporter.Web;

namespace PostalExporter.Collection;

/// <summary>The answer to one scrape, written while it is sent.</summary>
/// <param name="metrics">The exporter's series; belongs to the page now.</param>
/// <param name="runtimeMetrics">Those of the process and its runtime, with the end mark of OpenMetrics.</param>
/// <param name="openMetrics">OpenMetrics text instead of Prometheus text.</param>
internal sealed class ExpositionPage(MetricsSnapshot metrics, ReadOnlyMemory<byte> runtimeMetrics, bool openMetrics) : IScrapePage
{
    // What Kestrel buffers of an answer.
    private const int PieceBytes = 64 * 1024;

    /// <inheritdoc/>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces
    {
        get
        {
            var text = new MetricsText(metrics, openMetrics);
            var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
            try
            {
                while (text.Write(buffer, out var needed) is var used && used + needed > 0)
                {
                    if (used > 0)
                    {
                        yield return buffer.AsMemory(0, used);
                        continue;
                    }
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = ArrayPool<byte>.Shared.Rent(needed);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
            yield return runtimeMetrics;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => metrics.Dispose();
}
