using PostalExporter.Metrics;

namespace PostalExporter.Collectors;

/// <summary>The limits that alert rules compare with, resolved for each server. Source: configuration.</summary>
internal sealed class ThresholdsCollector : IStateCollector
{
    public string Name => "thresholds";

    public string Description => "Limits from the configuration, resolved for each server.";

    public Task CollectAsync(CollectionContext context, IGaugeSink gauges, CancellationToken cancellationToken)
    {
        foreach (var server in context.Installation.Servers)
        {
            foreach (var limit in context.Configuration.Thresholds.Resolve(server.Organization, server.Permalink))
                gauges.Set(Families.Threshold, limit.Value, server.Organization, server.Permalink, limit.Signal, limit.Severity);
        }

        return Task.CompletedTask;
    }
}
