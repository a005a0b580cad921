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
        // NULL means "unlimited" only if the column can be read at all.
        var sendLimitKnown = context.Schema.Has("servers", "send_limit");
        foreach (var server in context.Installation.Servers)
        {
            var id = server.Id.ToString(CultureInfo.InvariantCulture);
            gauges.Set(Families.ServerInfo, 1, server.Organization, server.Permalink, id, server.Mode);
            gauges.Set(Families.ServerSuspended, server.Suspended ? 1 : 0, server.Organization, server.Permalink);
            if (server.SendLimit is { } limit)
                gauges.Set(Families.ServerSendLimit, limit, server.Organization, server.Permalink);

            SetBlindSpot(gauges, server, "outbound_scan_off", !server.ScansOutgoing);
            SetBlindSpot(gauges, server, "privacy_mode", server.PrivacyMode);
            SetBlindSpot(gauges, server, "no_send_limit", sendLimitKnown ? server.SendLimit is null : null);
        }

        return Task.CompletedTask;
    }

    private static void SetBlindSpot(IGaugeSink gauges, MailServer server, string check, bool? blind)
    {
        if (blind is { } value)
            gauges.Set(Families.MonitoringBlindSpot, value ? 1 : 0, server.Organization, server.Permalink, check);
    }
}
