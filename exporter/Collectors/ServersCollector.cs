using System.Globalization;
using PostalExporter.Metrics;
using PostalExporter.Postal;

namespace PostalExporter.Collectors;

/// <summary>What each mail server is and may do. Source: <c>servers</c> and <c>organizations</c>, as discovery read them.</summary>
internal sealed class ServersCollector : IStateCollector
{
    public string Name => "servers";

    public string Description => "Mail servers: mode, suspension, send limit, and settings that hide abuse.";

    public Task CollectAsync(CollectionContext context, IGaugeSink gauges, CancellationToken cancellationToken)
    {
        foreach (var server in context.Installation.Servers)
        {
            var id = server.Id.ToString(CultureInfo.InvariantCulture);
            gauges.Set(Families.ServerInfo, 1, server.Organization, server.Permalink, id, server.Mode);
            gauges.Set(Families.ServerSuspended, server.Suspended ? 1 : 0, server.Organization, server.Permalink);
            if (server.SendLimit is { } limit)
                gauges.Set(Families.ServerSendLimit, limit, server.Organization, server.Permalink);

            foreach (var spot in BlindSpots.All)
            {
                if (spot.IsBlind(server, context.Configuration) is { } isBlind)
                    gauges.Set(Families.MonitoringBlindSpot, isBlind ? 1 : 0, server.Organization, server.Permalink, spot.Check);
            }
        }

        return Task.CompletedTask;
    }
}
