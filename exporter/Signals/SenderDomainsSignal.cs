using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_sender_domain_messages_total</c>.</summary>
internal sealed class SenderDomainsSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<int> messages = new(id => view.Series(Families.SenderDomainMessages, view.Domain(id)));

    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        if (message.Outgoing && message.DomainId != 0)
            effects.Add(messages[message.DomainId]);
    }
}
