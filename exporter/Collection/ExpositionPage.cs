using System.Collections.Concurrent;
using Prometheus;
using PostalExporter.Web;

namespace PostalExporter.Collection;

/// <summary>
/// A rendered page. Everyone who holds it disposes it once; after the last one its memory is used for a later page, as a page of
/// a hundred thousand series has twelve megabytes.
/// </summary>
internal sealed class ExpositionPage : IScrapePage
{
    private readonly Pool pool;
    private readonly MemoryStream content;
    private int holders = 1;

    private ExpositionPage(Pool pool, MemoryStream content)
    {
        this.pool = pool;
        this.content = content;
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Bytes => content.GetBuffer().AsMemory(0, (int)content.Length);

    /// <summary>Renders the registry.</summary>
    /// <param name="registry">What to show.</param>
    /// <param name="openMetrics">OpenMetrics text instead of Prometheus text.</param>
    /// <param name="pool">Memory of earlier pages.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<ExpositionPage> RenderAsync(CollectorRegistry registry, bool openMetrics, Pool pool, CancellationToken cancellationToken)
    {
        var page = new ExpositionPage(pool, pool.Take());
        try
        {
            var format = openMetrics ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText;
            await registry.CollectAndExportAsTextAsync(page.content, format, cancellationToken);
            return page;
        }
        catch
        {
            page.Dispose();
            throw;
        }
    }

    /// <summary>Adds a holder. Only a holder may.</summary>
    public ExpositionPage Share()
    {
        Interlocked.Increment(ref holders);
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref holders) == 0)
            pool.Return(content);
    }

    /// <summary>Memory of pages that nobody holds.</summary>
    internal sealed class Pool
    {
        // One page is made while another is still read; more are rare.
        private const int MostKept = 2;
        private readonly ConcurrentBag<MemoryStream> free = [];

        /// <summary>An empty stream.</summary>
        public MemoryStream Take() => free.TryTake(out var stream) ? stream : new MemoryStream();

        /// <summary>Takes back a stream that nobody reads any more.</summary>
        public void Return(MemoryStream stream)
        {
            stream.SetLength(0);
            if (free.Count < MostKept)
                free.Add(stream);
        }
    }
}
