using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;

namespace PostalExporter.Collectors;

/// <summary>Which announced campaigns are running, for each server they cover. Source: configuration.</summary>
internal sealed class CampaignsCollector : IStateCollector
{
    public string Name => "campaigns";

    public string Description => "Planned campaigns from the configuration.";

    public Task CollectAsync(CollectionContext context, IGaugeSink gauges, CancellationToken cancellationToken)
    {
        foreach (var server in context.Installation.Servers)
        {
            // A campaign that is repeated has one entry per time under the same name: it runs when any of them does.
            var covering = context.Configuration.Campaigns.Where(campaign => Covers(campaign, server));
            foreach (var entries in covering.GroupBy(campaign => campaign.Name))
            {
                var running = entries.Any(entry => entry.Start <= context.Now && context.Now < entry.End);
                gauges.Set(Families.PlannedCampaign, running ? 1 : 0, server.Organization, server.Permalink, entries.Key);
            }
        }

        return Task.CompletedTask;
    }

    private static bool Covers(Campaign campaign, MailServer server) =>
        campaign.Organization == server.Organization && (campaign.Server is null || campaign.Server == server.Permalink);
}
