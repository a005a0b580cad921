using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Tail;

namespace PostalExporter.Collectors;

/// <summary>
/// Runs one query (or none) and sets gauges. It knows its query and its families, no more: timing, errors and
/// logging are the runner's. Registered by one line in <see cref="StateCollectors"/>.
/// </summary>
internal interface IStateCollector
{
    /// <summary>Name in <c>--[no-]collector.NAME</c> and in the label <c>collector</c>; snake_case.</summary>
    string Name { get; }

    /// <summary>One sentence for the help of the flag and the landing page.</summary>
    string Description { get; }

    /// <summary>Sets this collector's gauges.</summary>
    /// <param name="context">What was discovered, the configuration, and the connection to the main database.</param>
    /// <param name="gauges">Where values go. What is not set at a collection is not exposed after it.</param>
    /// <param name="cancellationToken">Ends the work at the collection's deadline.</param>
    Task CollectAsync(CollectionContext context, IGaugeSink gauges, CancellationToken cancellationToken);
}

/// <summary>What every state collector can use.</summary>
/// <param name="Main">Connection to the main database; one statement at a time.</param>
/// <param name="Schema">Columns of the main database that the account can read.</param>
/// <param name="Installation">Live servers, credentials and domains of this collection.</param>
/// <param name="Servers">The servers of the installation as the tail follows them: whose credentials and domains have series.</param>
/// <param name="Configuration">The configuration in force.</param>
/// <param name="Now">The time of the collection by the exporter's clock; only for what the configuration dates.</param>
internal sealed record CollectionContext(
    DatabaseSession Main,
    MainSchema Schema,
    Installation Installation,
    IReadOnlyCollection<ServerTail> Servers,
    ExporterConfiguration Configuration,
    DateTimeOffset Now);
