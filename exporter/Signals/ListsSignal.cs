using PostalExporter.Lists;
using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_listed_recipient_messages_total</c>.</summary>
internal sealed class ListsSignal(ServerView view) : ISignal
{
    private readonly OperatorLists lists = view.Configuration.Lists;

    private readonly SeriesCache<(LabelPlace Credential, string List)> messages = new(key =>
        view.Series(Families.ListedRecipientMessages, key.Credential.Name, key.List));

    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        if (message is not { Outgoing: true, Recipient: { } recipient } || lists.FindAddress(recipient) is not (> 0 and var holding))
            return;
        var credential = view.Credential(message.CredentialId);
        for (var i = 0; i < lists.All.Count; i++)
        {
            if ((holding & (1u << i)) != 0)
                effects.Add(messages[(credential, lists.All[i].Name)]);
        }
    }
}
