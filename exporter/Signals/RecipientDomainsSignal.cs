using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_recipient_domain_deliveries_total</c>.</summary>
internal sealed class RecipientDomainsSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<(LabelPlace Domain, string Status)> deliveries = new(key =>
        view.Series(Families.RecipientDomainDeliveries, key.Domain.Name, key.Status));

    private readonly CounterSeries limited = view.SelfSeries(Families.LabelValuesLimited, Families.RecipientDomainDeliveries.Name);

    /// <inheritdoc/>
    public void Observe(in DeliveryEvent delivery, RowEffects effects)
    {
        if (!delivery.Outgoing)
            return;
        var domain = view.RecipientDomains.Count(delivery.Recipient);
        effects.Add(deliveries[(domain, delivery.Status)]);
        if (domain == view.RecipientDomains.Other)
            effects.Add(limited);
    }
}
