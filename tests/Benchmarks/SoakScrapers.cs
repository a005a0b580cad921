using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PostalExporter.Benchmarks;

/// <summary>Scrapes an exporter in every manner at once, and notes what came of it. Thread-safe.</summary>
/// <param name="exporter">The exporter.</param>
/// <param name="ledger">What the writers committed.</param>
/// <param name="servers">How many mail servers there are.</param>
internal sealed class SoakScrapers(ExporterProcess exporter, SoakLedger ledger, int servers) : IDisposable
{
    private const int ParallelClients = 8;
    private const int BurstClients = 10;
    private const int TimeoutSeconds = 10;
    private const int Attempts = 50;
    private const int TcpMaximumSegment = 2;
    private const string OpenMetrics = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    private const string PrometheusText = "text/plain;version=0.0.4";

    private static readonly TimeSpan SteadyInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ParallelInterval = TimeSpan.FromMilliseconds(800);
    private static readonly TimeSpan BurstInterval = TimeSpan.FromSeconds(30);

    private readonly HttpClient plain = new(new SocketsHttpHandler());
    private readonly HttpClient compressed = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip });
    private long started;
    private int scrapes;
    private double rowsShown;

    /// <summary>Answers, and what should have been one.</summary>
    public int Scrapes => scrapes;

    /// <summary>Clients that read too slowly and were dropped.</summary>
    public int Dropped { get; private set; }

    /// <summary>What was wrong with each scrape that failed.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>What the steady scrapes found.</summary>
    public ConcurrentQueue<Observation> Observations { get; } = new();

    /// <summary>Scrapes in every manner until it is told to end.</summary>
    /// <param name="until">Ends the load.</param>
    /// <param name="cancellationToken">Breaks off.</param>
    public Task RunAsync(CancellationToken until, CancellationToken cancellationToken)
    {
        started = TimeProvider.System.GetTimestamp();
        Task ReadAsync(int client) => ScrapeAsync(plain, client % 2 == 0, page: null, cancellationToken);
        return Task.WhenAll(
        [
            RepeatAsync(SteadyInterval, turn => ObserveAsync(turn, cancellationToken), until, cancellationToken),
            RepeatAsync(BurstInterval, _ => Task.WhenAll(Enumerable.Range(0, BurstClients).Select(ReadAsync)), until, cancellationToken),
            RepeatAsync(TimeSpan.Zero, _ => ReadSlowlyAsync(until, cancellationToken), until, cancellationToken),
            // Apart from one another, so that they share a collection now and not then.
            .. Enumerable.Range(0, ParallelClients).Select(client => RepeatAsync(
                ParallelInterval + TimeSpan.FromMilliseconds(10 * client), _ => ReadAsync(client), until, cancellationToken)),
        ]);
    }

    /// <summary>Waits for a page of a collection that began after the call and read everything there was.</summary>
    /// <exception cref="InvalidOperationException">No page of many is one.</exception>
    public async Task<ScrapedPage> CountedAsync(CancellationToken cancellationToken)
    {
        // The first page may be that of a collection that runs.
        await ScrapeAsync(plain, openMetrics: false, page: null, cancellationToken);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await ReadPageAsync(plain, openMetrics: false, cancellationToken) is { } page
                && Succeeded(page) && page.Sum("postal_exporter_backlog_rows{") == 0 && page.Sum("postal_exporter_server_up{") == servers)
                return page;
        }
        throw new InvalidOperationException($"{Attempts} scrapes in a row did not read everything");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        plain.Dispose();
        compressed.Dispose();
    }

    private static async Task RepeatAsync(TimeSpan interval, Func<int, Task> action, CancellationToken until, CancellationToken cancellationToken)
    {
        for (var turn = 0; !until.IsCancellationRequested; turn++)
        {
            // The load is a rate, which the exporter keeps or does not.
            var pause = Task.Delay(interval, TimeProvider.System, cancellationToken);
            await action(turn);
            await pause;
        }
    }

    // As Prometheus scrapes, with both formats in turn.
    private async Task ObserveAsync(int turn, CancellationToken cancellationToken)
    {
        if (await ReadPageAsync(compressed, turn % 2 == 0, cancellationToken) is not { } page)
            return;
        var rows = page.Sum("postal_messages_total{") + page.Sum("postal_deliveries_total{");
        var lag = ledger.Lag(rows);
        if (!Succeeded(page))
            Failures.Enqueue("a page says that the collection behind it failed");
        if (rows < rowsShown)
            Failures.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{rows} rows were shown after {rowsShown}"));
        rowsShown = rows;
        Observations.Enqueue(new Observation(
            TimeProvider.System.GetElapsedTime(started), lag, page.Samples, page.Sum("dotnet_total_memory_bytes"), page.Sum("postal_exporter_backlog_rows{")));
    }

    private static bool Succeeded(ScrapedPage page) =>
        page.Sum("postal_up") == 1 && page.Sum("postal_exporter_collector_success{collector=\"tail\"}") == 1
        && page.Sum("postal_exporter_collector_success{collector=\"state\"}") == 1;

    private async Task<ScrapedPage?> ReadPageAsync(HttpClient client, bool openMetrics, CancellationToken cancellationToken)
    {
        using var page = new MemoryStream();
        return await ScrapeAsync(client, openMetrics, page, cancellationToken) ? new ScrapedPage(page.ToArray()) : null;
    }

    /// <summary>One scrape.</summary>
    /// <param name="client">Asks for a compressed page or not.</param>
    /// <param name="openMetrics">The format.</param>
    /// <param name="page">Gets the page, if anybody wants it.</param>
    /// <param name="cancellationToken">Breaks off.</param>
    /// <returns>Whether there was a page from its beginning to its end.</returns>
    private async Task<bool> ScrapeAsync(HttpClient client, bool openMetrics, MemoryStream? page, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref scrapes);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(TimeoutSeconds));
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, exporter.Metrics);
            request.Headers.Add("Accept", openMetrics ? OpenMetrics : PrometheusText);
            request.Headers.Add("X-Prometheus-Scrape-Timeout-Seconds", TimeoutSeconds.ToString(CultureInfo.InvariantCulture));
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
            if (await IsWholeAsync(body, openMetrics ? "\n# EOF\n" : "\n", page, patience.Token))
                return true;
            Failures.Enqueue("a page lacks its beginning or its end");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Failures.Enqueue($"no page within {TimeoutSeconds} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            Failures.Enqueue(exception.Message);
        }
        return false;
    }

    private static async Task<bool> IsWholeAsync(Stream body, string end, MemoryStream? page, CancellationToken cancellationToken)
    {
        const string Start = "# HELP ";
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var start = await body.ReadAtLeastAsync(buffer, Start.Length, throwOnEndOfStream: false, cancellationToken);
            var begins = buffer.AsSpan(0, start).StartsWith(Encoding.ASCII.GetBytes(Start));
            var tail = "";
            for (var read = start; read > 0; read = await body.ReadAsync(buffer, cancellationToken))
            {
                page?.Write(buffer, 0, read);
                tail += Encoding.ASCII.GetString(buffer, Math.Max(0, read - end.Length), Math.Min(read, end.Length));
                tail = tail[Math.Max(0, tail.Length - end.Length)..];
            }
            return begins && tail == end;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Slower than the exporter puts up with, which holds a page until it drops the client.
    private async Task ReadSlowlyAsync(CancellationToken until, CancellationToken cancellationToken)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        // As over Ethernet: the segments of the loopback device are so large that megabytes fit between the two.
        client.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpMaximumSegment, BitConverter.GetBytes(1460));
        await client.ConnectAsync(IPAddress.Loopback, exporter.Metrics.Port, cancellationToken);
        await client.SendAsync(Encoding.ASCII.GetBytes("GET /metrics HTTP/1.1\r\nHost: exporter\r\n\r\n"), cancellationToken);
        var buffer = new byte[1024];
        try
        {
            while (!until.IsCancellationRequested)
            {
                if (await client.ReceiveAsync(buffer, cancellationToken) == 0)
                    break;
                // Slowness is what this client is for.
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            }
        }
        catch (SocketException)
        {
            // Dropped in the middle.
        }
        if (!until.IsCancellationRequested)
            Dropped++;
    }

    /// <summary>What a steady scrape found.</summary>
    /// <param name="At">Time since the start of the load.</param>
    /// <param name="LagSeconds">Age of the oldest row that was committed and is not on the page.</param>
    /// <param name="Series">Samples on the page.</param>
    /// <param name="HeapBytes">Managed memory by the exporter's own account.</param>
    /// <param name="Backlog">Rows that the collection did not read.</param>
    internal sealed record Observation(TimeSpan At, double LagSeconds, int Series, double HeapBytes, double Backlog);
}
