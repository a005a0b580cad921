using System.Globalization;
using MySqlConnector;
using PostalExporter.Postal;
using PostalExporter.Signals;

namespace PostalExporter.Tail;

/// <summary>Reads header blocks and bodies of messages from Postal's raw tables, by their primary keys.</summary>
/// <param name="session">Connection to the message databases.</param>
/// <param name="wantsHeaders">Whether the header block of a message is needed.</param>
/// <param name="wantsBody">Whether its body is.</param>
internal sealed class RawTextReader(DatabaseSession session, Predicate<InspectedMessage> wantsHeaders, Predicate<InspectedMessage> wantsBody) : IInspectionStep
{
    /// <summary>Bytes of a header block or a body that are read; the rest of a larger one is not looked at.</summary>
    public const int LongestText = 256 * 1024;

    // A statement's answer is in memory as a whole.
    private const int RowsPerStatement = 20;

    private const int NoSuchTable = 1146;

    /// <inheritdoc/>
    public async Task CompleteAsync(string schema, IReadOnlyList<InspectedMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var group in messages.Where(message => message.RawTable is not null).GroupBy(message => message.RawTable!, StringComparer.Ordinal))
        {
            var headers = group.Where(message => message.RawHeadersId > 0 && wantsHeaders(message)).ToLookup(message => message.RawHeadersId);
            var bodies = group.Where(message => message.RawBodyId > 0 && wantsBody(message)).ToLookup(message => message.RawBodyId);
            try
            {
                foreach (var ids in headers.Concat(bodies).Select(found => found.Key).Distinct().Chunk(RowsPerStatement))
                {
                    await ReadAsync($"{schema}.{SchemaName.Quote(group.Key)}", ids, (id, data) =>
                    {
                        foreach (var message in headers[id])
                            message.Headers = data;
                        foreach (var message in bodies[id])
                            message.Body = data;
                    }, cancellationToken);
                }
            }
            catch (MySqlException exception) when (exception.Number == NoSuchTable)
            {
                // Retention has dropped the table since the rows were read.
            }
        }
    }

    private async Task ReadAsync(string table, long[] ids, Action<long, byte[]> take, CancellationToken cancellationToken)
    {
        var list = string.Join(", ", ids.Select(id => id.ToString(CultureInfo.InvariantCulture)));
        var sql = string.Create(CultureInfo.InvariantCulture, $"SELECT id, LEFT(data, {LongestText}) FROM {table} WHERE id IN ({list})");
        await using var command = await session.CommandAsync(sql, cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (!reader.IsDBNull(1))
                take(reader.GetInt64(0), (byte[])reader.GetValue(1));
        }
    }
}
