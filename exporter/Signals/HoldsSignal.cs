using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_messages_held_total</c>.</summary>
internal sealed class HoldsSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<(LabelPlace Credential, string Cause)> held = new(key =>
        view.Series(Families.MessagesHeld, key.Credential.Name, key.Cause));

    /// <inheritdoc/>
    public void Observe(in DeliveryEvent delivery, RowEffects effects)
    {
        if (delivery.Status == DeliveryStatus.Held)
            effects.Add(held[(view.Credential(delivery.CredentialId), HoldCause.Of(delivery.Details))]);
    }
}
