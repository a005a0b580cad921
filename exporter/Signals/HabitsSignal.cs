using PostalExporter.Configuration;
using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary>
/// What is not usual for a credential: <c>postal_dormant_credential_messages_total</c>, <c>postal_unusual_hour_messages_total</c> and
/// <c>postal_new_sender_domain_messages_total</c>.
/// </summary>
internal sealed class HabitsSignal(ServerView view) : ISignal
{
    // Postal's first release was in 2017: what is dated before comes of a clock that stood still, and must make no credential old.
    private const long Oldest = 1_483_228_800;

    private readonly SignalOptions options = view.Configuration.Signals;
    private readonly CredentialHabits known = view.Memories.Habits;
    private readonly SeriesCache<LabelPlace> dormant = new(credential => view.Series(Families.DormantCredentialMessages, credential.Name));
    private readonly SeriesCache<LabelPlace> unusualHours = new(credential => view.Series(Families.UnusualHourMessages, credential.Name));
    private readonly SeriesCache<LabelPlace> newDomains = new(credential => view.Series(Families.NewSenderDomainMessages, credential.Name));

    /// <inheritdoc/>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        if (Note(message, isPast: false, effects) is { } habits && !view.IsLearning)
            Judge(habits, message, effects);
    }

    /// <inheritdoc/>
    public void Learn(in MessageEvent message, RowEffects effects) => Note(message, isPast: true, effects);

    private void Judge(Habits habits, in MessageEvent message, RowEffects effects)
    {
        var seconds = view.TimeOf(message);
        if (habits.IsAwakeAgain(seconds) || habits.Wakes(seconds, options.DormantAfter))
            effects.Add(dormant[view.Credential(message.CredentialId)]);
        if (seconds - habits.First >= options.HoursAfter.TotalSeconds && habits.IsUnusualHour(seconds, options.LookBack))
            effects.Add(unusualHours[view.Credential(message.CredentialId)]);
        if (message.DomainId > 0 && habits.IsNewDomain(message.DomainId, seconds, options.LookBack))
            effects.Add(newDomains[view.Credential(message.CredentialId)]);
    }

    // What was known of the credential before the message; null when it is none to judge.
    private Habits? Note(in MessageEvent message, bool isPast, RowEffects effects)
    {
        var seconds = view.TimeOf(message);
        if (!message.Outgoing || message.CredentialId <= 0 || seconds is < Oldest or > uint.MaxValue)
            return null;
        var habits = known.Of(message.CredentialId);
        var domainId = Math.Max(0, message.DomainId);
        // Those without a place have none.
        if (habits is null ? view.Credential(message.CredentialId).IsLive : !habits.Knows(domainId, seconds))
            effects.Tell(known, CredentialHabits.NoteOf(message.CredentialId, domainId, seconds, isPast));
        return habits;
    }
}
