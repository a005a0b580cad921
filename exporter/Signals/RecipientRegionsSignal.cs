using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_recipient_region_messages_total</c>: every outgoing message in one region.</summary>
internal sealed class RecipientRegionsSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<string> messages = new(region => view.Series(Families.RecipientRegionMessages, region));

    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        if (message.Outgoing)
            effects.Add(messages[RecipientRegions.Of(view.Recipient.Domain)]);
    }
}
