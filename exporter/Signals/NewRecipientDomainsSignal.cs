using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_new_recipient_domain_messages_total</c>: a domain is new with the first message to it, and no longer with the second.</summary>
internal sealed class NewRecipientDomainsSignal(ServerView view) : ISignal
{
    private readonly SeriesCache<LabelPlace> messages = new(credential => view.Series(Families.NewRecipientDomainMessages, credential.Name));

    private readonly MailedDomains domains = view.Memories.MailedDomains;

    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        if (Note(message, effects) && !view.IsLearning)
            effects.Add(messages[view.Credential(message.CredentialId)]);
    }

    /// <inheritdoc/>
    public void Learn(in MessageEvent message, RowEffects effects) => Note(message, effects);

    // Whether the domain is new.
    private bool Note(in MessageEvent message, RowEffects effects)
    {
        var seconds = view.TimeOf(message);
        // When it was accepted is always known, but for rows that something else than Postal wrote.
        if (view.Recipient.Domain.IsEmpty || seconds <= 0)
            return false;
        var hash = view.Recipient.DomainHash;
        var acquaintance = domains.Look(hash, seconds);
        if (acquaintance != Acquaintance.Fresh)
            effects.Tell(domains, new Note(message.CredentialId, seconds, hash));
        return acquaintance == Acquaintance.New;
    }
}
