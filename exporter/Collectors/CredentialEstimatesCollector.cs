using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Tail;

namespace PostalExporter.Collectors;

/// <summary>Gauges that the tail keeps: distinct recipients, sequential test and first message of credentials, and whether history is still to be read.</summary>
internal static class CredentialEstimatesCollector
{
    /// <summary>Name in the label <c>collector</c>.</summary>
    public const string Name = "credential_estimates";

    /// <summary>For the landing page.</summary>
    public const string Description = "Distinct recipients, recipient score and first message of each credential, and what opt-in signals say of it.";

    /// <summary>Sets the gauges of every credential that has series of its own; 0 when it did nothing.</summary>
    public static Task Collect(IReadOnlyCollection<ServerTail> servers, IGaugeSink gauges, ExporterConfiguration configuration, DateTimeOffset now)
    {
        foreach (var server in servers)
        {
            var (organization, name) = (server.Server.Organization, server.Server.Permalink);
            // Part of what cannot be seen yet, beside what settings hide.
            gauges.Set(Families.MonitoringBlindSpot, server.State.Memories.History.IsOpen ? 1 : 0, organization, name, "learning");
            var sources = server.State.Memories.Sources;
            var networks = configuration.Sources.Enabled ? sources.LastHour.Estimate(now) : null;
            if (networks is not null)
                gauges.Set(Families.MonitoringBlindSpot, now.ToUnixTimeSeconds() - sources.LastWithoutAddress < 86_400 ? 1 : 0, organization, name, "no_source_address");
            var subjects = configuration.Content.SimilarSubjects ? server.State.Memories.Content.Subjects : null;
            var recipients = server.State.Windows.Estimate(now);
            foreach (var credential in server.NamedCredentials)
            {
                gauges.Set(Families.CredentialRecipients, Math.Round(recipients.GetValueOrDefault(credential.Id)), organization, name, credential.Label, "1h");
                gauges.Set(Families.CredentialRecipientScore, server.State.Scores[credential.Id], organization, name, credential.Label);
                if (!server.State.Memories.History.IsOpen && server.State.Memories.Habits.Of(credential.Id) is { } habits)
                    gauges.Set(Families.CredentialFirstMessage, habits.First, organization, name, credential.Label);
                if (networks is not null)
                    gauges.Set(Families.CredentialSourceNetworks, Math.Round(networks.GetValueOrDefault(credential.Id)), organization, name, credential.Label, "1h");
                if (subjects?.Ratio(credential.Id) is { } ratio)
                    gauges.Set(Families.CredentialSimilarSubjects, ratio, organization, name, credential.Label);
            }
        }
        return Task.CompletedTask;
    }
}
