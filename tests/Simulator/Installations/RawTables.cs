using System.Globalization;
using System.Text;
using PostalSimulator.Databases;
using PostalSimulator.Schema;

namespace PostalSimulator.Installations;

/// <summary>The raw tables of one message database: one for each UTC day of arrival, two rows for each message.</summary>
internal sealed class RawTables(Database messages, string database)
{
    // One creation for each name, which concurrent writers share.
    private readonly Dictionary<string, Task> creations = new(StringComparer.Ordinal);

    public static string NameOf(DateTimeOffset moment) => moment.UtcDateTime.ToString("'raw-'yyyy'-'MM'-'dd", CultureInfo.InvariantCulture);

    /// <summary>Stores headers, then body, then adds the received bytes to the day's size.</summary>
    public async Task<(string Table, long HeadersId, long BodyId)> StoreAsync(
        DateTimeOffset receivedAt, string headers, string? body, int receivedBytes, CancellationToken cancellationToken)
    {
        var table = NameOf(receivedAt);
        await CreateAsync(table, cancellationToken);
        var quoted = Sql.Quote(database, table);
        var headersId = await messages.InsertAsync(quoted, [("data", Encoding.UTF8.GetBytes(headers))], cancellationToken);
        var bodyId = await messages.InsertAsync(quoted, [("data", body is null ? null : Encoding.UTF8.GetBytes(body))], cancellationToken);
        await messages.ExecuteAsync(
            $"UPDATE {Sql.Quote(database, "raw_message_sizes")} SET size = size + @receivedBytes WHERE table_name = @table",
            new { receivedBytes, table }, cancellationToken);
        return (table, headersId, bodyId);
    }

    /// <summary>Creates a table and its size row unless they are there.</summary>
    public Task CreateAsync(string table, CancellationToken cancellationToken)
    {
        lock (creations)
        {
            if (!creations.TryGetValue(table, out var creation) || creation.IsFaulted || creation.IsCanceled)
                creations[table] = creation = CreateOnceAsync(table, cancellationToken);
            return creation;
        }
    }

    /// <summary>Looks again before the next use, after the database or its tables were dropped.</summary>
    public void Forget()
    {
        lock (creations)
            creations.Clear();
    }

    private async Task CreateOnceAsync(string table, CancellationToken cancellationToken)
    {
        await using (var connection = await messages.OpenAsync(cancellationToken))
            await PostalSchema.CreateRawTableAsync(connection, database, table, cancellationToken);
        await messages.ExecuteAsync(
            $"INSERT INTO {Sql.Quote(database, "raw_message_sizes")} (table_name, size) SELECT @table, 0 FROM DUAL "
            + $"WHERE NOT EXISTS (SELECT 1 FROM {Sql.Quote(database, "raw_message_sizes")} WHERE table_name = @table)",
            new { table }, cancellationToken);
    }
}
