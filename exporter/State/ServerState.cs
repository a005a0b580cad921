using PostalExporter.Signals;
using PostalExporter.Tail;

namespace PostalExporter.State;

/// <summary>What is kept of one mail server between collections and restarts.</summary>
/// <param name="id"><c>servers.id</c>.</param>
/// <param name="uuid"><c>servers.uuid</c>; another one under the same id is another server.</param>
/// <param name="fromEnd">Whether the server is read from its tables' end: it existed before the first collection.</param>
internal sealed class ServerState(int id, string uuid, bool fromEnd)
{
    private static readonly MarkKind[] Kinds = Enum.GetValues<MarkKind>();

    private bool renamed;

    /// <summary><c>servers.id</c>.</summary>
    public int Id => id;

    /// <summary><c>servers.uuid</c>.</summary>
    public string Uuid => uuid;

    /// <summary>Whether the server is read from its tables' end.</summary>
    public bool FromEnd => fromEnd;

    /// <summary>Permalink of the organization, as its series have it; empty while it is not known.</summary>
    public string Organization { get; private set; } = "";

    /// <summary>Permalink, as its series have it; empty while it is not known.</summary>
    public string Permalink { get; private set; } = "";

    /// <summary>Whether it was never saved.</summary>
    public bool IsNew { get; set; }

    /// <summary>Whether the names are others than those that were saved.</summary>
    public bool IsRenamed => renamed;

    /// <summary>Whether there is anything to save.</summary>
    public bool IsChanged => IsNew || renamed || Scores.Dirty.Count > 0 || Windows.Dirty.Count > 0 || Memories.IsChanged
        || Array.Exists(Cursors, cursor => cursor is { Changed: true }) || Array.Exists(Kinds, kind => Marks[kind].Dirty.Count > 0);

    /// <summary>By <see cref="TailStream"/>; null until the table was first seen.</summary>
    public StreamCursor?[] Cursors { get; } = new StreamCursor?[TailStreams.Count];

    /// <summary>What was counted once per message.</summary>
    public MessageMarks Marks { get; } = new();

    /// <summary>Sequential tests of the credentials.</summary>
    public RecipientScores Scores { get; } = new();

    /// <summary>Recipients of the last hour.</summary>
    public RecipientWindows Windows { get; } = new();

    /// <summary>What signals remember beyond their counters.</summary>
    public SignalMemories Memories { get; } = new();

    /// <summary>Forgets what was hashed with another key.</summary>
    public void ForgetHashes()
    {
        Windows.KeepOnly([]);
        Memories.ForgetHashes();
    }

    /// <summary>Takes over the names that discovery found.</summary>
    public void Rename(string organization, string permalink)
    {
        if (organization == Organization && permalink == Permalink)
            return;
        (Organization, Permalink) = (organization, permalink);
        renamed = true;
    }

    /// <summary>Notes that everything was saved.</summary>
    public void Saved()
    {
        IsNew = false;
        renamed = false;
        foreach (var cursor in Cursors)
        {
            if (cursor is not null)
                cursor.Changed = false;
        }
        foreach (var kind in Kinds)
            Marks[kind].Saved();
        Scores.Saved();
        Windows.Saved();
        Memories.Saved();
    }
}
