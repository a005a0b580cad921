using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_deliveries_total</c>.</summary>
internal sealed class DeliveriesSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<(bool Outgoing, LabelPlace Credential, string Status)> deliveries = new(key =>
        view.Series(Families.Deliveries, ServerView.Scope(key.Outgoing), key.Credential.Name, key.Status));

    /// <inheritdoc/>
    public void Observe(in DeliveryEvent delivery, RowEffects effects) =>
        effects.Add(deliveries[(delivery.Outgoing, view.Credential(delivery.CredentialId), delivery.Status)]);
}
