using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_messages_total</c> and <c>postal_message_bytes_total</c>.</summary>
internal sealed class MessagesSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<(bool Outgoing, LabelPlace Credential)> messages = new(key =>
        view.Series(Families.Messages, ServerView.Scope(key.Outgoing), key.Credential.Name));

    private readonly SeriesCache<bool> bytes = new(outgoing => view.Series(Families.MessageBytes, ServerView.Scope(outgoing)));

    private readonly CounterSeries limited = view.SelfSeries(Families.LabelValuesLimited, Families.Messages.Name);

    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        var credential = message.CredentialId == 0 ? view.Credential(0) : view.Credentials.Count(message.CredentialId);
        effects.Add(messages[(message.Outgoing, credential)]);
        if (credential == view.Credentials.Other)
            effects.Add(limited);
        effects.Add(bytes[message.Outgoing], message.Bytes);
    }
}
