using Prometheus;
using PostalExporter.Cli;
using PostalExporter.Collectors;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.State;
using PostalExporter.Web;

namespace PostalExporter.Collection;

/// <summary>
/// Answers scrapes: runs one collection at a time, which scrapes that come meanwhile share, and gives every scrape its
/// page in time, with or without the collection's end.
/// </summary>
internal sealed partial class CollectionService : IScrapeService
{
    // Between the collection's own end and the last moment for the answer.
    private static readonly TimeSpan AnswerReserve = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ILoggerFactory loggers;
    private readonly IReadOnlySet<string> disabledCollectors;
    private readonly Lock gate = new();
    private readonly SemaphoreSlim pageAccess = new(1);
    private readonly CancellationTokenSource stopping = new();
    private readonly MetricsPage metrics = new();
    private readonly CollectorRegistry runtimeMetrics = Prometheus.Metrics.NewCustomRegistry();
    private readonly Dictionary<bool, ReadOnlyMemory<byte>> runtimePages = [];
    private MetricsSnapshot? snapshot;
    private ExporterConfiguration configuration;
    private StateStore? store;
    private CollectionRun? run;
    private Task? running;
    private bool reloadFailed;
    private DateTimeOffset loadedAt;

    /// <summary>A service that is not started.</summary>
    /// <param name="configuration">The configuration in force.</param>
    /// <param name="disabledCollectors">Names of state collectors that do not run.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where to log.</param>
    public CollectionService(
        ExporterConfiguration configuration, IReadOnlySet<string> disabledCollectors, TimeProvider time, ILoggerFactory loggers)
    {
        this.configuration = configuration;
        this.disabledCollectors = disabledCollectors;
        this.time = time;
        this.loggers = loggers;
        logger = loggers.CreateLogger<CollectionService>();
        loadedAt = time.GetUtcNow();
    }

    /// <inheritdoc/>
    public ExporterStatus Status => run?.Status ?? new ExporterStatus(false, false, null, [], []);

    /// <summary>Opens the state store and shows what it holds.</summary>
    /// <exception cref="StateStoreException">The store cannot be used.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        store = StateStore.Open(configuration.State.Path);
        store.Claim(configuration.Shard);
        DotNetStats.Register(runtimeMetrics);
        run = new CollectionRun(metrics, store, EnabledCollectors(), time, loggers);
        if (store.IsEmpty)
            LogFirstStart(configuration.State.Path);
        if (store.Problem is { } problem)
            LogCannotSave(problem);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<IScrapePage> ScrapeAsync(bool openMetrics, TimeSpan? budget, CancellationToken cancellationToken)
    {
        var allowed = budget ?? configuration.Collection.Timeout - configuration.Collection.TimeoutOffset;
        Task collection;
        lock (gate)
            collection = running ??= CollectAsync(allowed);
        try
        {
            await collection.WaitAsync(allowed, time, cancellationToken);
            return await PageAsync(openMetrics, current: true, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The collection does not even end when it is told to, or belongs to a scrape with more time. What is
            // known is shown, and that it is not current.
            await pageAccess.WaitAsync(cancellationToken);
            try
            {
                if (!collection.IsCompleted)
                    run!.ShowStalled();
            }
            finally
            {
                pageAccess.Release();
            }
            return await PageAsync(openMetrics, current: false, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Apply(ExporterConfiguration configuration)
    {
        lock (gate)
        {
            this.configuration = configuration;
            reloadFailed = false;
            loadedAt = time.GetUtcNow();
        }
    }

    /// <inheritdoc/>
    public void ReportReloadFailure()
    {
        lock (gate)
            reloadFailed = true;
    }

    /// <summary>Lets the running collection end, and closes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        if (running is { } last)
            await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (run is not null)
            await run.DisposeAsync();
        store?.Dispose();
        stopping.Dispose();
        pageAccess.Dispose();
    }

    private List<IStateCollector> EnabledCollectors() =>
        [.. StateCollectors.All.Where(collector => !disabledCollectors.Contains(collector.Name))];

    private async Task CollectAsync(TimeSpan allowed)
    {
        // Leaves the lock of the caller before anything is done.
        await Task.Yield();
        try
        {
            var gauges = run!.Begin();
            ExporterConfiguration current;
            lock (gate)
            {
                current = configuration;
                gauges.Set(Families.ConfigLastReloadSuccessful, reloadFailed ? 0 : 1);
                gauges.Set(Families.ConfigLastReloadSuccess, loadedAt.ToUnixTimeMilliseconds() / 1000.0);
            }
            gauges.Set(Families.BuildInfo, 1, BuildInformation.Version, BuildInformation.Revision, Families.ContractVersion);
            await run.CollectAsync(current, allowed - AnswerReserve, stopping.Token);
            await pageAccess.WaitAsync(stopping.Token);
            try
            {
                run.Publish();
                ForgetPage();
            }
            finally
            {
                pageAccess.Release();
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogCollectionFailed(exception);
            await pageAccess.WaitAsync(CancellationToken.None);
            try
            {
                run!.ShowFailed();
                ForgetPage();
            }
            finally
            {
                pageAccess.Release();
            }
        }
        finally
        {
            lock (gate)
                running = null;
        }
    }

    private void ForgetPage()
    {
        snapshot?.Dispose();
        snapshot = null;
        runtimePages.Clear();
    }

    // All scrapes of one collection get the same page.
    private async Task<IScrapePage> PageAsync(bool openMetrics, bool current, CancellationToken cancellationToken)
    {
        await pageAccess.WaitAsync(cancellationToken);
        try
        {
            if (!current)
                ForgetPage();
            if (!runtimePages.TryGetValue(openMetrics, out var runtime))
                runtimePages.Add(openMetrics, runtime = await RuntimePageAsync(openMetrics, cancellationToken));
            return new ExpositionPage((snapshot ??= metrics.Snapshot()).Share(), runtime, openMetrics);
        }
        finally
        {
            pageAccess.Release();
        }
    }

    private async Task<ReadOnlyMemory<byte>> RuntimePageAsync(bool openMetrics, CancellationToken cancellationToken)
    {
        using var page = new MemoryStream();
        var format = openMetrics ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText;
        await runtimeMetrics.CollectAndExportAsTextAsync(page, format, cancellationToken);
        return page.ToArray();
    }

    [LoggerMessage(1101, LogLevel.Information, "First start with state directory {Path}: counting begins at the end of the tables there are")]
    private partial void LogFirstStart(string path);

    [LoggerMessage(1102, LogLevel.Error, "A collection failed unexpectedly; the page shows what was saved before")]
    private partial void LogCollectionFailed(Exception exception);

    [LoggerMessage(1103, LogLevel.Warning, "The state store was read and cannot be written; counters stand still until it can: {Problem}")]
    private partial void LogCannotSave(string problem);
}
