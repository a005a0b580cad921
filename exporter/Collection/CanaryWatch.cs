using PostalExporter.Configuration;
using PostalExporter.Postal;

namespace PostalExporter.Collection;

/// <summary>Notices traps of the configuration that are no credentials: a misspelled one would never be seen in use.</summary>
internal sealed partial class CanaryWatch(ILogger<CanaryWatch> logger)
{
    private readonly HashSet<CanaryCredential> missing = [];

    /// <summary>The traps that do not exist.</summary>
    /// <param name="canaries">As configured.</param>
    /// <param name="installation">The whole of it, whatever this exporter's share is.</param>
    public static IEnumerable<CanaryCredential> Missing(IReadOnlySet<CanaryCredential> canaries, Installation installation)
    {
        if (canaries.Count == 0)
            return [];
        var servers = installation.Servers.ToLookup(server => (server.Organization, server.Permalink));
        return canaries.Where(canary => !servers[(canary.Organization, canary.Server)]
            .Any(server => server.Credentials.Values.Any(credential => credential.Label == canary.Credential)));
    }

    /// <summary>Tells of each trap that does not exist, once as long as that is so.</summary>
    public void Look(IReadOnlySet<CanaryCredential> canaries, Installation installation)
    {
        var now = Missing(canaries, installation).ToHashSet();
        missing.IntersectWith(now);
        foreach (var canary in now.Where(missing.Add))
            LogMissing(canary.Credential, canary.Organization, canary.Server);
    }

    [LoggerMessage(1311, LogLevel.Warning, "Canary credential {Credential} of {Organization}/{Server} does not exist: no use of it will be seen; correct canary_credentials (postal_credential_info has the names)")]
    private partial void LogMissing(string credential, string organization, string server);
}
