using System.Collections.Frozen;
using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_free_mail_messages_total</c>.</summary>
internal sealed class FreeMailSignal(ServerView view) : ISignal
{
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> domains = DomainFile.FreeMail.GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly SeriesCache<LabelPlace> messages = new(credential => view.Series(Families.FreeMailMessages, credential.Name));

    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        if (domains.Contains(view.Recipient.Domain))
            effects.Add(messages[view.Credential(message.CredentialId)]);
    }
}
