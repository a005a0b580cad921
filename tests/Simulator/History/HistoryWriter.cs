using PostalSimulator.Installations;
using PostalSimulator.Scenarios;
using PostalSimulator.Traffic;

namespace PostalSimulator.History;

/// <summary>Rows one server's history consists of.</summary>
/// <param name="Server">Organization and server permalink.</param>
/// <param name="Messages">Rows of <c>messages</c>.</param>
/// <param name="Deliveries">Rows of <c>deliveries</c>.</param>
/// <param name="Elapsed">Time it took to write them, indexes and statistics included.</param>
public sealed record HistoryResult(string Server, long Messages, long Deliveries, TimeSpan Elapsed);

/// <summary>
/// Writes weeks of a scenario into an empty installation: messages as they stand at the end, their deliveries, statistics, suppressions
/// and the queue. Raw tables are created with their sizes but hold no rows.
/// </summary>
public sealed class HistoryWriter(Installation installation, Scenario scenario)
{
    /// <summary>Writes the history of every server from one moment to another.</summary>
    /// <param name="from">Beginning; whole minutes count.</param>
    /// <param name="until">End, and the moment a live run would begin.</param>
    /// <param name="progress">Told after each server; may be null.</param>
    /// <param name="cancellationToken">Gives up; the installation is then unusable.</param>
    /// <exception cref="InvalidOperationException">A message database holds messages already.</exception>
    public async Task<IReadOnlyList<HistoryResult>> WriteAsync(
        DateTimeOffset from, DateTimeOffset until, IProgress<HistoryResult>? progress, CancellationToken cancellationToken)
    {
        var results = new List<HistoryResult>();
        foreach (var episode in scenario.Episodes.Where(episode => episode.IsNewCredential && episode.StartFor(until) < until))
            if (installation.Server(episode.Server) is var server && server.Credentials.All(known => known.Name != episode.Credential))
                await server.AddCredentialAsync(new CredentialDescription(episode.Credential), cancellationToken);
        foreach (var (path, server) in scenario.Servers)
        {
            var plan = scenario.PlanFor(path, until);
            results.Add(await WriteAsync(path, server, HistoryMinutes.Of(plan, from, until), until, cancellationToken));
            progress?.Report(results[^1]);
        }
        return results;
    }

    /// <summary>Writes exactly so many outgoing messages of one server, spread over the time as its rhythm says; no bounce messages, no incoming mail.</summary>
    /// <inheritdoc cref="WriteAsync(DateTimeOffset, DateTimeOffset, IProgress{HistoryResult}, CancellationToken)"/>
    public async Task<HistoryResult> WriteExactlyAsync(
        string path, int messages, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var server = scenario.Servers.Single(candidate => candidate.Path == path).Server;
        var plan = new TrafficPlan(scenario.Seed, path, server.Credentials, incoming: null);
        return await WriteAsync(path, server, HistoryMinutes.Exactly(plan, messages, from, until), until, cancellationToken);
    }

    private async Task<HistoryResult> WriteAsync(
        string path, ScenarioServer description, IEnumerable<(long, List<PlannedMessage>)> minutes, DateTimeOffset until,
        CancellationToken cancellationToken)
    {
        var started = installation.Time.GetTimestamp();
        var server = installation.Server(path);
        var totals = new ServerTotals(server);
        await using var messages = await StartAsync(server, "messages", cancellationToken);
        await using var deliveries = await StartAsync(server, "deliveries", cancellationToken);
        var rawDays = description.Description.RawMessageRetentionDays;
        var oldestRaw = rawDays is { } days ? RawTables.NameOf(until.AddDays(-days)) : "";
        var sink = new DatabaseSink(server, messages, deliveries, totals, oldestRaw);
        var simulation = new HistorySimulation(description, TrafficPlan.Microseconds(until), sink);
        // On a thread of its own: what it calls is almost never asynchronous, and the loads need this one.
        await Task.Run(() => simulation.RunAsync(minutes, cancellationToken), cancellationToken);
        var rows = await Task.WhenAll(messages.CompleteAsync(cancellationToken), deliveries.CompleteAsync(cancellationToken));
        await totals.WriteAsync(simulation.Outgoing, simulation.Incoming, cancellationToken);
        return new HistoryResult(path, rows[0], rows[1], installation.Time.GetElapsedTime(started));
    }

    private Task<BulkTable> StartAsync(MailServer server, string table, CancellationToken cancellationToken) =>
        BulkTable.StartAsync(installation.Messages, server.DatabaseName, table, DatabaseSink.Columns[table], cancellationToken);
}
