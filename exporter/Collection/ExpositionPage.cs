using System.Buffers;
using Prometheus;
using PostalExporter.Metrics;
using PostalExporter.Web;

namespace PostalExporter.Collection;

/// <summary>The answer to one scrape, written while it is sent.</summary>
internal sealed class ExpositionPage : IScrapePage
{
    // What Kestrel buffers of an answer.
    private const int PieceBytes = 64 * 1024;

    private readonly MetricsSnapshot metrics;
    private readonly MemoryStream runtimeMetrics;
    private readonly bool openMetrics;

    private ExpositionPage(MetricsSnapshot metrics, MemoryStream runtimeMetrics, bool openMetrics)
    {
        this.metrics = metrics;
        this.runtimeMetrics = runtimeMetrics;
        this.openMetrics = openMetrics;
    }

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
            // They end in the mark of OpenMetrics, so they come last.
            yield return runtimeMetrics.GetBuffer().AsMemory(0, (int)runtimeMetrics.Length);
        }
    }

    /// <summary>A page of these metrics.</summary>
    /// <param name="metrics">The exporter's series; belongs to the page now.</param>
    /// <param name="runtime">Those of the process and its runtime.</param>
    /// <param name="openMetrics">OpenMetrics text instead of Prometheus text.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<ExpositionPage> CreateAsync(
        MetricsSnapshot metrics, CollectorRegistry runtime, bool openMetrics, CancellationToken cancellationToken)
    {
        var page = new ExpositionPage(metrics, new MemoryStream(), openMetrics);
        try
        {
            await runtime.CollectAndExportAsTextAsync(
                page.runtimeMetrics, openMetrics ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText, cancellationToken);
            return page;
        }
        catch
        {
            page.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        metrics.Dispose();
        runtimeMetrics.Dispose();
    }
}
