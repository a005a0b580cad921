namespace PostalExporter.Signals;

/// <summary><c>postal_credential_recipients</c> and <c>postal_credential_recipient_score</c>.</summary>
internal sealed class RecipientsSignal(ServerView view) : ISignal
{
    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        // A credential without a place is on no page: nothing is kept of it.
        if (message is { Outgoing: true, Recipient: not null } && view.Credential(message.CredentialId).IsLive)
            effects.Tell(view.Windows, new Note(message.CredentialId, message.UnixSeconds, view.Recipient.AddressHash));
    }

    /// <inheritdoc/>
    public void Observe(in DeliveryEvent delivery, RowEffects effects)
    {
        if (!delivery.Outgoing || delivery.CredentialId == 0)
            return;
        if (delivery.Status is not (DeliveryStatus.Sent or DeliveryStatus.SoftFail or DeliveryStatus.HardFail))
            return;
        // What Postal decided itself says nothing of the recipient, and is no outcome.
        if (delivery.Reason == FailureReason.Internal || !effects.Once(view.Marks[MarkKind.Decided], delivery.MessageId) || delivery.AttemptedBefore)
            return;
        // Without a place nothing is kept of the credential. Its messages are marked all the same: when it gets a place
        // before they are tried again, that is no first outcome.
        if (!view.Credential(delivery.CredentialId).IsLive)
            return;
        // A domain that does not exist is retried for a day before it counts as unknown; its first failure says it already.
        effects.AddOutcome(view.Scores, delivery.CredentialId, unknown: delivery.Reason is FailureReason.RecipientUnknown or FailureReason.DnsError);
    }
}
