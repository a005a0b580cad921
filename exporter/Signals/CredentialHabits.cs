using PostalExporter.Configuration;

namespace PostalExporter.Signals;

/// <summary>What is usual for each credential of a server. A piece is a credential's; see <see cref="Habits"/>.</summary>
internal sealed class CredentialHabits : ISignalMemory
{
    // In a note beside the domain's id: the message was read backwards.
    private const ulong Past = 1UL << 32;

    private readonly Dictionary<int, Habits> byCredential = [];
    private readonly HashSet<long> dirty = [];
    private TimeSpan dormantAfter = new SignalOptions().DormantAfter;
    private TimeSpan lookBack = new SignalOptions().LookBack;

    /// <inheritdoc/>
    public IReadOnlyCollection<long> Keys => [.. byCredential.Keys.Select(id => (long)id)];

    /// <inheritdoc/>
    public IReadOnlyCollection<long> Dirty => dirty;

    /// <inheritdoc/>
    public bool KeepsHashes => false;

    /// <summary>Goes on with other options.</summary>
    public void Use(SignalOptions options) => (dormantAfter, lookBack) = (options.DormantAfter, options.LookBack);

    /// <summary>Those of a credential, not to be changed; null before its first message.</summary>
    public Habits? Of(int credentialId) => byCredential.GetValueOrDefault(credentialId);

    /// <summary>What a message tells.</summary>
    /// <param name="credentialId"><c>credentials.id</c>.</param>
    /// <param name="domainId"><c>messages.domain_id</c>, 0 for none.</param>
    /// <param name="unixSeconds">When it was accepted, above 0.</param>
    /// <param name="isPast">Whether it was read backwards.</param>
    public static Note NoteOf(int credentialId, int domainId, long unixSeconds, bool isPast) =>
        new(credentialId, unixSeconds, (uint)domainId | (isPast ? Past : 0));

    /// <summary>Takes in a message, given by <see cref="NoteOf"/>.</summary>
    public void Take(in Note note)
    {
        if (!byCredential.TryGetValue(note.CredentialId, out var habits))
            byCredential.Add(note.CredentialId, habits = new Habits(note.UnixSeconds));
        habits.Take((int)(note.Value & uint.MaxValue), note.UnixSeconds, (note.Value & Past) != 0, dormantAfter, lookBack);
        dirty.Add(note.CredentialId);
    }

    /// <summary>Takes in when a credential was used last of which no message is known: it is not new.</summary>
    public void Know(int credentialId, long unixSeconds)
    {
        if (unixSeconds is > 0 and <= uint.MaxValue && Of(credentialId) is null)
            Take(NoteOf(credentialId, 0, unixSeconds, isPast: true));
    }

    /// <inheritdoc/>
    public byte[]? Bytes(long key) => byCredential.TryGetValue((int)key, out var habits) ? habits.ToBytes() : null;

    /// <inheritdoc/>
    public void Restore(long key, byte[] bytes) =>
        byCredential[key is > 0 and <= int.MaxValue ? (int)key : throw new FormatException("no habits of a credential")] = Habits.FromBytes(bytes);

    /// <inheritdoc/>
    public void Saved() => dirty.Clear();

    /// <inheritdoc/>
    public void Clear() => KeepOnly([]);

    /// <inheritdoc/>
    public void KeepOnly(IReadOnlyCollection<int> credentialIds)
    {
        var kept = credentialIds.ToHashSet();
        foreach (var id in byCredential.Keys.Where(id => !kept.Contains(id)).ToList())
        {
            byCredential.Remove(id);
            dirty.Add(id);
        }
    }
}
