using System.Globalization;
using MySqlConnector;
using PostalExporter.Metrics;
using PostalExporter.Postal;

namespace PostalExporter.Tail;

/// <summary>
/// Looks whether rows showed up under ids that are no longer waited for, and counts them as lost. Asks all servers that
/// have such ids together, once in a settle time; a server has some only where ids were skipped.
/// </summary>
internal sealed partial class LostRowWatch(DatabaseSession session, string prefix, CounterTable counters, IReadOnlyList<TableReader> tables, TimeProvider time, ILogger logger)
{
    private long lastLook = time.GetTimestamp();

    /// <summary>Looks, if it is time to.</summary>
    /// <param name="servers">The servers that are followed.</param>
    /// <param name="settle">Time between two looks.</param>
    /// <param name="cancellationToken">Breaks off a statement.</param>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public async Task LookAsync(IReadOnlyCollection<ServerTail> servers, TimeSpan settle, CancellationToken cancellationToken)
    {
        var elapsed = time.GetElapsedTime(lastLook);
        if (elapsed < settle)
            return;
        foreach (var table in tables)
        {
            var watched = servers.Where(server => server.Heads is not null && Abandoned(server, table) is { IsEmpty: false }).ToList();
            var changed = new List<ServerTail>();
            await CountAsync(
                watched, table, static server => server, server => string.Join(" OR ", Abandoned(server, table)!.Spans.Select(Condition)),
                (server, rows) =>
                {
                    if (rows != Abandoned(server, table)!.Spans.Sum(span => span.Rows))
                        changed.Add(server);
                },
                cancellationToken);
            foreach (var server in changed)
                await RecountAsync(server, table, cancellationToken);
            foreach (var server in watched)
            {
                Abandoned(server, table)!.Elapse(elapsed);
                server.State.Cursors[(int)table.Stream]!.Changed = true;
            }
        }
        lastLook = time.GetTimestamp();
    }

    private async Task RecountAsync(ServerTail server, TableReader table, CancellationToken cancellationToken)
    {
        var abandoned = Abandoned(server, table)!;
        long lost = 0;
        await CountAsync(
            Enumerable.Range(0, abandoned.Spans.Count), table, _ => server, index => Condition(abandoned.Spans[index]),
            (index, rows) => lost += abandoned.Recount(index, rows), cancellationToken);
        if (lost == 0)
            return;
        counters.Add(counters.Get(Families.RowsLost, table.Name), lost);
        LogTooLate(lost, table.Name, server.Server.Organization, server.Server.Permalink);
    }

    private Task CountAsync<T>(
        IEnumerable<T> items,
        TableReader table,
        Func<T, ServerTail> server,
        Func<T, string> condition,
        Action<T, long> take,
        CancellationToken cancellationToken) => ChunkedQuery.RunAsync(
            session,
            items,
            (number, item) => string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT {number}, (SELECT COUNT(*) FROM {SchemaName.OfServer(prefix, server(item).Server.Id)}.{table.Table} WHERE {condition(item)})"),
            (item, row) => take(item, row.GetInt64(1)),
            // The tail meets the same error, and says so.
            static (_, _) => { },
            cancellationToken);

    private static AbandonedIds? Abandoned(ServerTail server, TableReader table) => server.State.Cursors[(int)table.Stream]?.Abandoned;

    private static string Condition(AbandonedIds.Span span) => string.Create(CultureInfo.InvariantCulture, $"id BETWEEN {span.First} AND {span.Last}");

    [LoggerMessage(2007, LogLevel.Warning, "{Rows} rows of {Table} of {Organization}/{Server} became visible after the settle time and are not counted; raise state.settle_time if this goes on")]
    private partial void LogTooLate(long rows, string table, string organization, string server);
}
