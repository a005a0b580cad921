namespace PostalExporter.Signals;

/// <summary>The kinds of memories; the numbers are those of the state store.</summary>
internal enum MemoryKind
{
    /// <summary>How far back history was read; see <see cref="HistoryProgress"/>.</summary>
    History = 1,

    /// <summary>Domains that were mailed; see <see cref="MailedDomains"/>.</summary>
    Recipients = 2,

    /// <summary>What is usual for credentials; see <see cref="CredentialHabits"/>.</summary>
    Habits = 3,

    /// <summary>Where credentials were used from; see <see cref="KnownSources"/>.</summary>
    Sources = 4,

    /// <summary>Messages that were counted for rules on links; see <see cref="ContentMatches"/>.</summary>
    Content = 6,
}

/// <summary>All memories of one server. A memory is added by a property, a kind, and a line in <see cref="All"/>.</summary>
internal sealed class SignalMemories
{
    /// <summary>All of them.</summary>
    public SignalMemories() => All =
    [
        (MemoryKind.History, History),
        (MemoryKind.Recipients, MailedDomains),
        (MemoryKind.Habits, Habits),
        (MemoryKind.Sources, Sources),
        (MemoryKind.Content, Content),
    ];

    /// <summary>How far back history was read.</summary>
    public HistoryProgress History { get; } = new();

    /// <summary>Domains that were mailed.</summary>
    public MailedDomains MailedDomains { get; } = new(MailedDomains.MostDomains);

    /// <summary>What is usual for credentials.</summary>
    public CredentialHabits Habits { get; } = new();

    /// <summary>Where credentials were used from.</summary>
    public KnownSources Sources { get; } = new();

    /// <summary>Addresses that credentials wrote to again and again. Not saved.</summary>
    public RepeatedRecipients RepeatedRecipients { get; } = new(RepeatedRecipients.MostCounters);

    /// <summary>Messages that were counted for rules on links.</summary>
    public ContentMatches Content { get; } = new();

    /// <summary>Every memory with its kind.</summary>
    public IReadOnlyList<(MemoryKind Kind, ISignalMemory Memory)> All { get; }

    /// <summary>Whether anything is to be saved.</summary>
    public bool IsChanged
    {
        get
        {
            foreach (var (_, memory) in All)
            {
                if (memory.Dirty.Count > 0)
                    return true;
            }
            return false;
        }
    }

    /// <summary>The memory of a kind.</summary>
    /// <exception cref="FormatException">There is no such kind.</exception>
    public ISignalMemory this[MemoryKind kind]
    {
        get
        {
            foreach (var (other, memory) in All)
            {
                if (other == kind)
                    return memory;
            }
            throw new FormatException($"there is no memory of kind {kind}");
        }
    }

    /// <summary>Notes that everything was saved.</summary>
    public void Saved()
    {
        foreach (var (_, memory) in All)
            memory.Saved();
    }

    /// <summary>Forgets all hashes.</summary>
    public void ForgetHashes()
    {
        foreach (var (_, memory) in All)
        {
            if (memory.KeepsHashes)
                memory.Clear();
        }
    }

    /// <summary>Drops what belongs to other credentials.</summary>
    public void KeepOnly(IReadOnlyCollection<int> credentialIds)
    {
        foreach (var (_, memory) in All)
            memory.KeepOnly(credentialIds);
    }
}
