using System.Runtime.InteropServices;
using MySqlConnector;
using PostalExporter.Signals;

namespace PostalExporter.Tail;

/// <summary>The rows of a page, one after the other.</summary>
internal interface IRowSource
{
    /// <summary>Goes to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    bool Read();

    /// <summary>Its id.</summary>
    long Id { get; }

    /// <summary>Its time stamp, Unix seconds, 0 when NULL.</summary>
    decimal Timestamp { get; }

    /// <summary>Shows it to the signals.</summary>
    void Observe(SignalSet signals, RowEffects effects);

    /// <summary>Leaves the rest of the page.</summary>
    void SkipRest();
}

/// <summary>Rows as they arrive from the host.</summary>
internal sealed class ArrivingRows(MySqlDataReader reader, TableReader table) : IRowSource
{
    /// <inheritdoc/>
    public long Id => reader.GetInt64(0);

    /// <inheritdoc/>
    public decimal Timestamp => reader.IsDBNull(1) ? 0 : reader.GetDecimal(1);

    /// <inheritdoc/>
    public bool Read() => reader.Read();

    /// <inheritdoc/>
    public void Observe(SignalSet signals, RowEffects effects) => table.Observe(reader, signals, effects);

    /// <summary>Reads the rest within the statement's time; disposing the reader would wait for it without an end.</summary>
    public void SkipRest()
    {
        while (reader.Read())
        {
        }
    }
}

/// <summary>Rows of a page that was read and completed.</summary>
internal sealed class CompletedRows(IReadOnlyList<(decimal Timestamp, InspectedMessage Message)> rows) : IRowSource
{
    private int index = -1;

    /// <inheritdoc/>
    public long Id => rows[index].Message.Id;

    /// <inheritdoc/>
    public decimal Timestamp => rows[index].Timestamp;

    /// <inheritdoc/>
    public bool Read() => ++index < rows.Count;

    /// <inheritdoc/>
    public void Observe(SignalSet signals, RowEffects effects) => signals.Observe(rows[index].Message, effects);

    /// <inheritdoc/>
    public void SkipRest()
    {
    }
}

/// <summary>Rows of a page that is in memory as a whole.</summary>
internal abstract class HeldRows : IRowSource
{
    private readonly List<long> ids = [];
    private readonly List<decimal> timestamps = [];

    /// <summary>Rows of the page.</summary>
    public int Count => ids.Count;

    /// <summary>Time stamps of all rows, Unix seconds, 0 when NULL.</summary>
    public ReadOnlySpan<decimal> Timestamps => CollectionsMarshal.AsSpan(timestamps);

    /// <summary>Which row is the present one; -1 before the first.</summary>
    public int Index { get; private set; } = -1;

    /// <inheritdoc/>
    public long Id => ids[Index];

    /// <inheritdoc/>
    public decimal Timestamp => timestamps[Index];

    /// <inheritdoc/>
    public bool Read() => ++Index < ids.Count;

    /// <inheritdoc/>
    public abstract void Observe(SignalSet signals, RowEffects effects);

    /// <inheritdoc/>
    public void SkipRest() => Index = ids.Count;

    /// <summary>Adds a row.</summary>
    protected void Add(MySqlDataReader row)
    {
        ids.Add(row.GetInt64(0));
        timestamps.Add(row.IsDBNull(1) ? 0 : row.GetDecimal(1));
    }
}

/// <summary>Rows of a page as events.</summary>
/// <typeparam name="T">What signals are shown of a row.</typeparam>
internal sealed class HeldRows<T> : HeldRows
{
    /// <summary>Shows an event to the signals.</summary>
    internal delegate void Show(in T happened, SignalSet signals, RowEffects effects);

    private readonly List<T> events = [];
    private readonly Show show;

    /// <summary>Reads a page to its end.</summary>
    public HeldRows(MySqlDataReader page, Func<MySqlDataReader, T> read, Show show)
    {
        this.show = show;
        while (page.Read())
        {
            Add(page);
            events.Add(read(page));
        }
    }

    /// <inheritdoc/>
    public override void Observe(SignalSet signals, RowEffects effects) => show(events[Index], signals, effects);
}
