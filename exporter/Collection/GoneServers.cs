using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.State;

namespace PostalExporter.Collection;

/// <summary>Servers that are no longer discovered: what is kept of them is dropped after a time of grace.</summary>
internal sealed class GoneServers(TimeProvider time)
{
    private readonly Dictionary<(string Organization, string Server), long> namesSince = [];
    private readonly Dictionary<int, long> idsSince = [];

    /// <summary>Ids whose state is due to be dropped.</summary>
    public IReadOnlyList<int> ServerIds { get; private set; } = [];

    /// <summary>Notes who is gone, and decides what is due: its series are retired.</summary>
    public void Update(
        Installation installation, CounterTable counters, IReadOnlyDictionary<int, ServerState> saved, TimeSpan grace)
    {
        // A server that was made again under its old name goes on with the old series, whatever its id.
        var names = installation.Servers.Select(server => (server.Organization, server.Permalink)).ToHashSet();
        foreach (var (organization, server) in Due(namesSince, counters.Servers.Where(name => !names.Contains(name)), grace))
        {
            foreach (var series in counters.OfServer(organization, server))
                counters.Retire(series);
        }
        ServerIds = Due(idsSince, saved.Keys.Where(id => !installation.ServersById.ContainsKey(id)), grace);
    }

    /// <summary>Drops what is due, once the store has dropped it.</summary>
    public void Drop(CounterTable counters, Dictionary<int, ServerState> saved)
    {
        counters.RemoveRetired();
        foreach (var id in ServerIds)
            saved.Remove(id);
        ServerIds = [];
    }

    private List<T> Due<T>(Dictionary<T, long> since, IEnumerable<T> absent, TimeSpan grace)
        where T : notnull
    {
        var now = time.GetTimestamp();
        var gone = absent.ToHashSet();
        foreach (var back in since.Keys.Where(key => !gone.Contains(key)).ToList())
            since.Remove(back);
        foreach (var key in gone)
            since.TryAdd(key, now);
        return [.. since.Where(pair => time.GetElapsedTime(pair.Value, now) > grace).Select(pair => pair.Key)];
    }
}
