using System.Globalization;
using PostalExporter.Configuration;
using PostalExporter.Metrics;

namespace PostalExporter.Collectors;

/// <summary>What credentials exist, are held, were used and are traps. Source: <c>credentials</c>, as discovery read it. Only credentials that have series of their own.</summary>
internal sealed class CredentialsCollector : IStateCollector
{
    public string Name => "credentials";

    public string Description => "Credentials: type, hold flag, last use, and which are traps.";

    public Task CollectAsync(CollectionContext context, IGaugeSink gauges, CancellationToken cancellationToken)
    {
        var canaries = context.Configuration.CanaryCredentials;
        foreach (var followed in context.Servers)
        {
            var server = followed.Server;
            foreach (var credential in followed.NamedCredentials)
            {
                var id = credential.Id.ToString(CultureInfo.InvariantCulture);
                gauges.Set(Families.CredentialInfo, 1, server.Organization, server.Permalink, credential.Label, id, credential.Type);
                gauges.Set(Families.CredentialHeld, credential.Held ? 1 : 0, server.Organization, server.Permalink, credential.Label);
                if (canaries.Contains(new CanaryCredential(server.Organization, server.Permalink, credential.Label)))
                    gauges.Set(Families.CredentialCanary, 1, server.Organization, server.Permalink, credential.Label);
                if (credential.LastUsed is { } lastUsed)
                    gauges.Set(Families.CredentialLastUsed, lastUsed, server.Organization, server.Permalink, credential.Label);
            }
        }

        return Task.CompletedTask;
    }
}
