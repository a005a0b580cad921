using PostalExporter.Signals;
using PostalExporter.Tail;

namespace PostalExporter.State;

/// <summary>What is kept of one mail server between collections and restarts.</summary>
/// <param name="id"><c>servers.id</c>.</param>
/// <param name="uuid"><c>servers.uuid</c>; another one under the same id is another server.</param>
/// <param name="fromEnd">Whether the server is read from its tables' end: it existed before the first collection.</param>
internal sealed class ServerState(int id, string uuid, bool fromEnd)
{
    /// <summary><c>servers.id</c>.</summary>
    public int Id => id;

    /// <summary><c>servers.uuid</c>.</summary>
    public string Uuid => uuid;

    /// <summary>Whether the server is read from its tables' end.</summary>
    public bool FromEnd => fromEnd;

    /// <summary>Whether it was never saved.</summary>
    public bool IsNew { get; set; }

    /// <summary>By <see cref="TailStream"/>; null until the table was first seen.</summary>
    public StreamCursor?[] Cursors { get; } = new StreamCursor?[2];

    /// <summary>What was counted once per message.</summary>
    public MessageMarks Marks { get; } = new();

    /// <summary>Sequential tests of the credentials.</summary>
    public RecipientScores Scores { get; } = new();

    /// <summary>Recipients of the last hour.</summary>
    public RecipientWindows Windows { get; } = new();

    /// <summary>Notes that everything was saved.</summary>
    public void Saved()
    {
        IsNew = false;
        foreach (var cursor in Cursors)
        {
            if (cursor is not null)
                cursor.Changed = false;
        }
        foreach (var kind in Enum.GetValues<MarkKind>())
            Marks[kind].Saved();
        Scores.Saved();
        Windows.Saved();
    }
}
