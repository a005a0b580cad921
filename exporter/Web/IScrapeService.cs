namespace PostalExporter.Web;

/// <summary>A scrape source with its life: opened before the first scrape, closed after the last.</summary>
internal interface IScrapeService : IScrapeSource, IAsyncDisposable
{
    /// <summary>Opens the state store.</summary>
    /// <exception cref="Exception">It cannot be opened; the message says why and what to do.</exception>
    Task StartAsync(CancellationToken cancellationToken);
}
