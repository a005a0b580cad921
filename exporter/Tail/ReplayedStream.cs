using System.Globalization;
using PostalExporter.Postal;

namespace PostalExporter.Tail;

/// <summary>One table of one server that is replayed: pages of its rows by ascending id, and when the next row happened.</summary>
/// <param name="session">Connection to the message databases.</param>
/// <param name="rows">Counts the rows.</param>
/// <param name="server">The server; its heads are known.</param>
/// <param name="table">The table; it has a cursor.</param>
/// <param name="since">Rows are never dated before this, Unix seconds.</param>
internal sealed class ReplayedStream(DatabaseSession session, TableTail rows, ServerTail server, TableReader table, decimal since)
{
    // A stretch of time of a server that sends little is a small part of a full page.
    private const int FirstPageRows = 200;

    private HeldRows? page;
    private decimal[] times = [];
    private int usable;
    private int limit = FirstPageRows;

    /// <summary>When the next row happened, Unix seconds; null when there is none.</summary>
    /// <remarks>Time does not go back: see <see cref="RowTimes"/>.</remarks>
    public decimal? Next { get; private set; }

    /// <summary>Counts the next row.</summary>
    public void Count(TimeSpan settle) => rows.Count(page!, server, table, settle);

    /// <summary>Goes to the next row, if it is in memory.</summary>
    /// <returns>Whether it is; if not, <see cref="LoadAsync"/> is due.</returns>
    public bool TryMove()
    {
        if (page is null || !page.Read() || page.Index >= usable)
            return false;
        Next = since = Math.Max(since, times[page.Index]);
        return true;
    }

    /// <summary>Reads the next page, and goes to its first row.</summary>
    /// <param name="most">Rows of a page.</param>
    /// <param name="cancellationToken">Breaks off the statement.</param>
    /// <exception cref="MySqlConnector.MySqlException">The table cannot be read.</exception>
    public async Task LoadAsync(int most, CancellationToken cancellationToken)
    {
        var stream = (int)table.Stream;
        var cursor = server.State.Cursors[stream]!;
        Next = null;
        // A page that was not full was the last one.
        if (cursor.Position >= server.Heads![stream] || page?.Count < limit)
            return;
        limit = Math.Min(page is null ? limit : limit * 2, most);
        var condition = string.Create(CultureInfo.InvariantCulture, $"t.id > {cursor.Position} AND t.id <= {server.Heads[stream]}");
        var sql = rows.Select(server, table, condition, limit);
        await using var command = await session.CommandAsync(sql, cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        page = table.Hold(reader);
        times = RowTimes.Of(page.Timestamps);
        // The last ones of a full page are read again with those behind them.
        usable = page.Count < limit ? page.Count : page.Count - RowTimes.Neighbours;
        TryMove();
    }
}
