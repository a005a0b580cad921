using PostalExporter.Configuration;

namespace PostalExporter.Web;

/// <summary>What the web surface needs of the exporter: pages, status, and a new configuration.</summary>
internal interface IScrapeSource
{
    /// <summary>
    /// Collects (or joins the collection that is running) and gives the page. Always answers within
    /// <paramref name="budget"/>: what could not be read in time is read at the next call.
    /// </summary>
    /// <param name="openMetrics">OpenMetrics text instead of Prometheus text.</param>
    /// <param name="budget">Time for the whole answer, or null for the configured default.</param>
    /// <param name="cancellationToken">The client went away.</param>
    Task<IScrapePage> ScrapeAsync(bool openMetrics, TimeSpan? budget, CancellationToken cancellationToken);

    /// <summary>State of the last collection, for the landing page; never waits.</summary>
    ExporterStatus Status { get; }

    /// <summary>Puts a validated configuration in force from the next collection on.</summary>
    void Apply(ExporterConfiguration configuration);

    /// <summary>Counts a reload that failed: the configuration before it stays in force.</summary>
    void ReportReloadFailure();
}

/// <summary>What the landing page and readiness show.</summary>
/// <param name="Ready">Whether the state store is open and one collection has ended, successful or not.</param>
/// <param name="MainDatabaseUp">Whether the main database answered the last collection.</param>
/// <param name="LastCollection">End of the last collection, null before the first.</param>
/// <param name="Collectors">State collectors and the tail, in order.</param>
/// <param name="Servers">Live servers, ordered by organization and name.</param>
internal sealed record ExporterStatus(
    bool Ready,
    bool MainDatabaseUp,
    DateTimeOffset? LastCollection,
    IReadOnlyList<CollectorStatus> Collectors,
    IReadOnlyList<ServerStatus> Servers);

/// <summary>A collector at its last run.</summary>
/// <param name="Name">As in the label <c>collector</c>.</param>
/// <param name="Description">What it reads.</param>
/// <param name="Success">Whether it did its work; null before the first run.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record CollectorStatus(string Name, string Description, bool? Success, TimeSpan Duration);

/// <summary>A mail server at the last collection.</summary>
/// <param name="Organization">Permalink.</param>
/// <param name="Server">Permalink.</param>
/// <param name="Id"><c>servers.id</c>.</param>
/// <param name="Up">Whether its message database was read.</param>
/// <param name="Suspended">Whether it is suspended.</param>
/// <param name="BacklogRows">Rows not read yet.</param>
/// <param name="Problem">Why it is not up, without names of hosts, accounts or addresses; null when it is.</param>
internal sealed record ServerStatus(
    string Organization, string Server, int Id, bool Up, bool Suspended, long BacklogRows, string? Problem);
