using PostalExporter.Metrics;
using PostalExporter.Postal;

namespace PostalExporter.Collectors;

/// <summary>What Postal's DNS checks found. Source: <c>domains</c>, as discovery read it.</summary>
internal sealed class DomainDnsCollector : IStateCollector
{
    public string Name => "domain_dns";

    public string Description => "Postal's DNS checks of verified domains: SPF, DKIM, MX and return path.";

    public Task CollectAsync(CollectionContext context, IGaugeSink gauges, CancellationToken cancellationToken)
    {
        // A domain that is not verified carries no mail, and anybody may enter any name: its records are nobody's concern.
        // What belongs to an organization belongs to no server: one shard shows it, by its own id.
        var shard = context.Configuration.Shard;
        var shown = context.Installation.Domains.Where(domain => domain.Verified && (domain.Server.Length > 0 || shard.Owns(domain.Id)));
        foreach (var domain in Bound(shown, context))
        {
            Set(gauges, domain, "spf", domain.Spf);
            Set(gauges, domain, "dkim", domain.Dkim);
            Set(gauges, domain, "return_path", domain.ReturnPath);

            // Postal says "Missing" when no MX record names it: the domain's own mail goes elsewhere, as is usual for
            // a domain that only sends. That is a choice; an incomplete set of records ("Invalid") is a mistake.
            if (domain.Mx != "Missing")
                Set(gauges, domain, "mx", domain.Mx);
        }

        return Task.CompletedTask;
    }

    // Anybody can verify any number of subdomains. Those that mail is sent from come first, then those that exist longest.
    private static IEnumerable<Domain> Bound(IEnumerable<Domain> domains, CollectionContext context)
    {
        var most = context.Configuration.Limits.SenderDomainsPerServer;
        var inUse = context.Servers
            .SelectMany(server => server.SenderDomains.Select(name => (server.Server.Organization, name)))
            .ToHashSet();
        return domains
            .GroupBy(domain => (domain.Organization, domain.Server))
            .SelectMany(group => group.OrderByDescending(domain => inUse.Contains((domain.Organization, domain.Name))).ThenBy(domain => domain.Id).Take(most));
    }

    private static void Set(IGaugeSink gauges, Domain domain, string check, string? status)
    {
        if (!string.IsNullOrEmpty(status))
            gauges.Set(Families.DomainDnsOk, status == "OK" ? 1 : 0, domain.Organization, domain.Server, domain.Name, check);
    }
}
