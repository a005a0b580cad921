using System.Buffers.Binary;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.RawMail;

namespace PostalExporter.Signals;

/// <summary>
/// Outgoing messages that match a rule of the operator, each once for each rule: <c>postal_content_matches_total</c>; and sketches of
/// subjects for <c>postal_credential_similar_subjects_ratio</c>. Opt-in: see <see cref="ContentOptions"/>. What was read stays here.
/// </summary>
internal sealed class ContentSignal : ISignal
{
    private readonly ServerView view;
    private readonly ContentOptions options;
    private readonly ContentMatches matches;
    private readonly SeriesCache<(LabelPlace Credential, ContentRule Rule)> series;
    private readonly SeriesCache<ContentRule> timeouts;

    /// <summary>Declares the series of timeouts of every rule.</summary>
    public ContentSignal(ServerView view)
    {
        this.view = view;
        options = view.Configuration.Content;
        matches = view.Memories.Content;
        series = new(key => view.Series(Families.ContentMatches, key.Credential.Name, key.Rule.Name));
        timeouts = new(rule => view.SelfSeries(Families.ContentTimeouts, rule.Name));
        foreach (var rule in options.Rules)
            _ = timeouts[rule];
    }

    /// <inheritdoc/>
    public void Observe(InspectedMessage message, RowEffects effects)
    {
        if (!message.Outgoing)
            return;
        var credential = view.Credential(message.CredentialId);
        if (options.SimilarSubjects && credential.IsLive)
            effects.Tell(matches.Subjects, new Note(message.CredentialId, view.TimeOf(message.UnixSeconds), SubjectSketch.Of(message.Subject, view.Hash)));
        Judge(ContentPart.Subject, credential, message.Subject, effects);
        if (options.Has(ContentPart.Tag))
            Judge(ContentPart.Tag, credential, message.Tag ?? (message.Headers is { } headers ? PostalTag.Of(headers) : null), effects);
        if (options.Has(ContentPart.Text) && message is { Headers: { } header, Body: { } body })
            Judge(ContentPart.Text, credential, TextParts.Read(header, body), effects);
    }

    /// <inheritdoc/>
    public void Observe(in LinkEvent link, RowEffects effects)
    {
        // What is known of a message is known by its id.
        if (!link.Outgoing || link.MessageId <= 0 || LinkHost.Of(link.Url) is not { } host)
            return;
        foreach (var rule in options.Rules)
        {
            if (!rule.MatchesHost(host))
                continue;
            var pair = Hash(link.MessageId, rule);
            if (matches.Contains(pair))
                continue;
            effects.Add(series[(view.Credential(link.CredentialId), rule)]);
            effects.Tell(matches, new Note(link.CredentialId, 0, pair));
        }
    }

    private void Judge(ContentPart part, LabelPlace credential, string? text, RowEffects effects)
    {
        if (text is null)
            return;
        foreach (var rule in options.Rules)
        {
            if (rule.Part != part)
                continue;
            if (rule.Matches(text) is not { } isMatch)
                effects.Add(timeouts[rule]);
            else if (isMatch)
                effects.Add(series[(credential, rule)]);
        }
    }

    private ulong Hash(long messageId, ContentRule rule)
    {
        Span<byte> bytes = stackalloc byte[2 * sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, messageId);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[sizeof(ulong)..], view.Hash.OfText(rule.Name));
        return view.Hash.OfBytes(bytes);
    }
}
