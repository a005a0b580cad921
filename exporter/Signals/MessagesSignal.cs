using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_messages_total</c> and <c>postal_message_bytes_total</c>.</summary>
internal sealed class MessagesSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<(bool Outgoing, int CredentialId)> messages = new(key =>
        view.Series(Families.Messages, ServerView.Scope(key.Outgoing), view.Credential(key.CredentialId)));

    private readonly SeriesCache<bool> bytes = new(outgoing => view.Series(Families.MessageBytes, ServerView.Scope(outgoing)));

    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        effects.Add(messages[(message.Outgoing, message.CredentialId)]);
        effects.Add(bytes[message.Outgoing], message.Bytes);
    }
}
