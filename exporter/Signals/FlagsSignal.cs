using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_messages_flagged_total</c>: Postal inspects a message before it writes the delivery that follows.</summary>
internal sealed class FlagsSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<(bool Outgoing, LabelPlace Credential, string Flag)> flagged = new(key =>
        view.Series(Families.MessagesFlagged, ServerView.Scope(key.Outgoing), key.Credential.Name, key.Flag));

    /// <inheritdoc/>
    public void Observe(in DeliveryEvent delivery, RowEffects effects)
    {
        if (delivery.Spam)
            Count(delivery, MarkKind.Spam, "spam", effects);
        if (delivery.Threat)
            Count(delivery, MarkKind.Threat, "threat", effects);
    }

    private void Count(in DeliveryEvent delivery, MarkKind kind, string flag, RowEffects effects)
    {
        if (effects.Once(view.Marks[kind], delivery.MessageId) && !delivery.ProcessedBefore)
            effects.Add(flagged[(delivery.Outgoing, view.Credential(delivery.CredentialId), flag)]);
    }
}
