using Prometheus;

namespace PostalExporter.Collection;

/// <summary>Renders the registry in both formats.</summary>
internal static class ExpositionPage
{
    /// <summary>The page as bytes.</summary>
    /// <param name="registry">What to show.</param>
    /// <param name="openMetrics">OpenMetrics text instead of Prometheus text.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<ReadOnlyMemory<byte>> RenderAsync(CollectorRegistry registry, bool openMetrics, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream();
        var format = openMetrics ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText;
        await registry.CollectAndExportAsTextAsync(stream, format, cancellationToken);
        return stream.ToArray();
    }
}
