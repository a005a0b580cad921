using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_repeated_recipient_messages_total</c>: each message to an address beyond so many from one credential in a window.</summary>
internal sealed class RepeatedRecipientsSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<LabelPlace> messages = new(credential => view.Series(Families.RepeatedRecipientMessages, credential.Name));

    private readonly RepeatedRecipients recipients = view.Memories.RepeatedRecipients;

    private readonly int allowed = view.Configuration.Signals.RepeatedRecipients.Messages;

    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        var seconds = view.TimeOf(message);
        if (message is not { Outgoing: true, Recipient.Length: > 0 } || seconds <= 0)
            return;
        var key = RepeatedRecipients.KeyOf(message.CredentialId, view.Recipient.AddressHash);
        if (recipients.Seen(key, seconds) >= allowed)
            effects.Add(messages[view.Credential(message.CredentialId)]);
        effects.Tell(recipients, new Note(message.CredentialId, seconds, key));
    }
}
