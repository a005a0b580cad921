using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_deliveries_total</c>.</summary>
internal sealed class DeliveriesSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<(bool Outgoing, int CredentialId, string Status)> deliveries = new(key =>
        view.Series(Families.Deliveries, ServerView.Scope(key.Outgoing), view.Credential(key.CredentialId), key.Status));

    /// <inheritdoc/>
    public void Observe(in DeliveryEvent delivery, RowEffects effects) =>
        effects.Add(deliveries[(delivery.Outgoing, delivery.CredentialId, delivery.Status)]);
}
