using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_sender_domain_messages_total</c>.</summary>
internal sealed class SenderDomainsSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<LabelPlace> messages = new(domain => view.Series(Families.SenderDomainMessages, domain.Name));

    private readonly CounterSeries limited = view.SelfSeries(Families.LabelValuesLimited, Families.SenderDomainMessages.Name);

    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        if (!message.Outgoing || message.DomainId == 0)
            return;
        var domain = view.SenderDomains.Count(message.DomainId);
        effects.Add(messages[domain]);
        if (domain == view.SenderDomains.Other)
            effects.Add(limited);
    }
}
