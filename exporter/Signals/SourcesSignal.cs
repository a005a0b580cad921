using System.Buffers.Binary;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.RawMail;

namespace PostalExporter.Signals;

/// <summary>
/// Where mail is handed in from, by the <c>Received</c> line of Postal: <c>postal_new_source_network_messages_total</c>, the same of
/// countries and autonomous systems, <c>postal_source_country_messages_total</c> and <c>postal_messages_without_source_total</c>. A source
/// is new with the first message from it. Opt-in: see <see cref="SourceOptions"/>.
/// </summary>
internal sealed class SourcesSignal(ServerView view) : ISignal
{
    private readonly SourceOptions options = view.Configuration.Sources;
    private readonly KnownSources known = view.Memories.Sources;
    private readonly SeriesCache<LabelPlace> newNetworks = new(credential => view.Series(Families.NewSourceNetworkMessages, credential.Name));
    private readonly SeriesCache<LabelPlace> newCountries = new(credential => view.Series(Families.NewSourceCountryMessages, credential.Name));
    private readonly SeriesCache<LabelPlace> newSystems = new(credential => view.Series(Families.NewSourceAsnMessages, credential.Name));
    private readonly SeriesCache<string> countries = new(country => view.Series(Families.SourceCountryMessages, country));
    private readonly SeriesCache<AddressOutcome> withoutSource = new(outcome =>
        view.Series(Families.MessagesWithoutSource, outcome.ToString().ToLowerInvariant()));

    // What a hash is of: the same number is another thing as a network and as a system.
    private enum Kind : byte
    {
        IPv4,
        IPv6,
        Country,
        Asn,
    }

    /// <inheritdoc/>
    public void Observe(InspectedMessage message, RowEffects effects)
    {
        // Without a credential it is Postal's own bounce, or a test of the web interface.
        if (!options.Enabled || !message.Outgoing || message.CredentialId == 0)
            return;
        var submitted = message.Headers is { } headers
            ? ReceivedLine.ClientAddress(headers, view.SubmissionOf(message.CredentialId))
            : new SubmittedFrom(AddressOutcome.Missing, Submission.Unknown, null);
        if (submitted.Address is not { } address || submitted.Network is not { } network)
        {
            effects.Add(withoutSource[submitted.Outcome]);
            known.LastWithoutAddress = Math.Max(known.LastWithoutAddress, view.TimeOf(message.UnixSeconds));
            return;
        }
        var country = view.CountryOf(address);
        if (country is not null)
            effects.Add(countries[country]);
        var credential = view.Credential(message.CredentialId);
        if (!credential.IsLive)
            return;
        var hash = Hash(network.IsIPv6 ? Kind.IPv6 : Kind.IPv4, network.Prefix);
        effects.Tell(known.LastHour, new Note(message.CredentialId, view.TimeOf(message.UnixSeconds), hash));
        Meet(message, hash, credential, newNetworks, effects);
        if (country is not null)
            Meet(message, Hash(Kind.Country, ((ulong)country[0] << 16) | country[^1]), credential, newCountries, effects);
        if (view.AsnOf(address) is { } asn)
            Meet(message, Hash(Kind.Asn, (ulong)asn), credential, newSystems, effects);
    }

    private void Meet(InspectedMessage message, ulong hash, LabelPlace credential, SeriesCache<LabelPlace> counts, RowEffects effects)
    {
        var now = view.TimeOf(message.UnixSeconds);
        var isKnown = known.LastUsed(message.CredentialId, hash) is { } last && now - last <= options.LookBack.TotalSeconds + TimeSpan.SecondsPerDay;
        // Of the first days everything would be new.
        var isLearnt = known.FirstSeen(message.CredentialId) is { } first && now - first >= options.LearnFor.TotalSeconds;
        if (!isKnown && isLearnt)
            effects.Add(counts[credential]);
        effects.Tell(known, new Note(message.CredentialId, now, hash));
    }

    private ulong Hash(Kind kind, ulong value)
    {
        Span<byte> bytes = stackalloc byte[1 + sizeof(ulong)];
        bytes[0] = (byte)kind;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[1..], value);
        return view.Hash.OfBytes(bytes);
    }
}
