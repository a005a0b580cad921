using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_delivery_failures_total</c> for every failed attempt, <c>postal_message_failures_total</c> for a message's first.</summary>
internal sealed class FailuresSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<(LabelPlace Credential, string Status, FailureReason Reason)> attempts = new(key =>
        view.Series(Families.DeliveryFailures, key.Credential.Name, key.Status, key.Reason.Label()));

    private readonly SeriesCache<(LabelPlace Credential, FailureReason Reason)> messages = new(key =>
        view.Series(Families.MessageFailures, key.Credential.Name, key.Reason.Label()));

    /// <inheritdoc/>
    public void Observe(in DeliveryEvent delivery, RowEffects effects)
    {
        if (!delivery.Outgoing || !delivery.Failed)
            return;
        var credential = view.Credential(delivery.CredentialId);
        effects.Add(attempts[(credential, delivery.Status, delivery.Reason)]);
        if (effects.Once(view.Marks[MarkKind.Failed], delivery.MessageId) && !delivery.FailedBefore)
            effects.Add(messages[(credential, delivery.Reason)]);
    }
}
