namespace PostalExporter.Signals;

/// <summary>
/// What a signal remembers of one server beyond its counters, in pieces that are saved apart. What it was told is taken with the row
/// that said it, and saved with the row's counters.
/// </summary>
internal interface ISignalMemory : INoteTaker
{
    /// <summary>Keys of the pieces that exist.</summary>
    IReadOnlyCollection<long> Keys { get; }

    /// <summary>Keys of the pieces that changed or went since the last save.</summary>
    IReadOnlyCollection<long> Dirty { get; }

    /// <summary>A piece for the state store, or null when it went.</summary>
    byte[]? Bytes(long key);

    /// <summary>Puts back a piece that was saved.</summary>
    /// <exception cref="FormatException">These are no bytes of such a piece.</exception>
    void Restore(long key, byte[] bytes);

    /// <summary>Notes that everything was saved.</summary>
    void Saved();

    /// <summary>Whether it keeps hashes, which are worth nothing under another key.</summary>
    bool KeepsHashes { get; }

    /// <summary>Forgets everything.</summary>
    void Clear();

    /// <summary>Drops what belongs to other credentials than these, if it keeps anything by credential.</summary>
    /// <param name="credentialIds"><c>credentials.id</c>.</param>
    void KeepOnly(IReadOnlyCollection<int> credentialIds)
    {
    }
}

/// <summary>Takes in what rows say, when they are counted.</summary>
internal interface INoteTaker
{
    /// <summary>Takes in what a row says.</summary>
    void Take(in Note note);
}

/// <summary>What one row tells a memory.</summary>
/// <param name="CredentialId"><c>credentials.id</c>, 0 for none.</param>
/// <param name="UnixSeconds">When the message was accepted.</param>
/// <param name="Value">A hash, an id or a flag: what the memory is about.</param>
internal readonly record struct Note(int CredentialId, long UnixSeconds, ulong Value);
