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
