using Prometheus;
using PostalExporter.Metrics;
using PostalExporter.Web;

namespace PostalExporter.Collection;

/// <summary>
/// A rendered page. Everyone who holds it disposes it once; after the last one its memory is used for a later page, as a page of
/// a hundred thousand series has twelve megabytes.
/// </summary>
internal sealed class ExpositionPage : IScrapePage, IPageOutput
{
    private readonly Pool pool;
    private readonly List<byte[]> pieces = [];
    private int used = PieceBytes;
    private int holders = 1;

    private ExpositionPage(Pool pool) => this.pool = pool;

    /// <summary>Size of all pieces of a page but the last: what Kestrel buffers of an answer.</summary>
    public const int PieceBytes = 64 * 1024;

    /// <inheritdoc/>
    public long Length => ((long)pieces.Count * PieceBytes) - (PieceBytes - used);

    /// <inheritdoc/>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces =>
        pieces.Select((piece, index) => (ReadOnlyMemory<byte>)piece.AsMemory(0, index == pieces.Count - 1 ? used : PieceBytes));

    /// <summary>Renders a page.</summary>
    /// <param name="metrics">The exporter's series.</param>
    /// <param name="runtimeMetrics">Those of the process and its runtime.</param>
    /// <param name="openMetrics">OpenMetrics text instead of Prometheus text.</param>
    /// <param name="pool">Memory of earlier pages.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<ExpositionPage> RenderAsync(
        MetricsPage metrics, CollectorRegistry runtimeMetrics, bool openMetrics, Pool pool, CancellationToken cancellationToken)
    {
        var page = new ExpositionPage(pool);
        try
        {
            using var runtime = new MemoryStream();
            var format = openMetrics ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText;
            await runtimeMetrics.CollectAndExportAsTextAsync(runtime, format, cancellationToken);
            metrics.Write(page, openMetrics);
            // Ends the page, as it ends in the mark of OpenMetrics.
            page.Write(runtime.GetBuffer().AsSpan(0, (int)runtime.Length));
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
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > PieceBytes - used)
        {
            bytes[..(PieceBytes - used)].CopyTo(pieces.Count == 0 ? [] : pieces[^1].AsSpan(used));
            bytes = bytes[(PieceBytes - used)..];
            pieces.Add(pool.Take());
            used = 0;
        }
        if (bytes.IsEmpty)
            return;
        bytes.CopyTo(pieces[^1].AsSpan(used));
        used += bytes.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref holders) == 0)
            pool.Return(pieces);
    }

    /// <summary>Memory of pages that nobody holds.</summary>
    internal sealed class Pool
    {
        private readonly Lock gate = new();
        private readonly Stack<byte[]> free = [];

        /// <summary>An empty piece of a page.</summary>
        public byte[] Take()
        {
            lock (gate)
                return free.TryPop(out var piece) ? piece : GC.AllocateUninitializedArray<byte>(PieceBytes);
        }

        /// <summary>Takes back the pieces of a page that nobody reads any more.</summary>
        public void Return(IReadOnlyList<byte[]> pieces)
        {
            lock (gate)
            {
                // Two formats may be asked for in turns. More than that was needed for slow readers.
                foreach (var piece in pieces.Take(Math.Max(0, (2 * pieces.Count) - free.Count)))
                    free.Push(piece);
            }
        }
    }
}
