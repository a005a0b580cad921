using System.IO.Pipelines;
using Dapper;
using MySqlConnector;
using PostalSimulator.Databases;

namespace PostalSimulator.History;

/// <summary>
/// Fills one empty table through <c>LOAD DATA LOCAL</c>. The secondary indexes are dropped first and built again, each by one sort,
/// when all rows are there: the finished table is as Postal's migrations leave it.
/// </summary>
internal sealed class BulkTable : IAsyncDisposable
{
    private readonly MySqlConnection connection;
    private readonly string table;
    private readonly string addIndexes;
    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 8 << 20, resumeWriterThreshold: 4 << 20, minimumSegmentSize: 64 << 10));
    private readonly Task<int> load;

    private BulkTable(MySqlConnection connection, string table, string addIndexes, IEnumerable<string> columns, CancellationToken cancellationToken)
    {
        this.connection = connection;
        this.table = table;
        this.addIndexes = addIndexes;
        Rows = new BulkText(pipe.Writer);
        load = LoadAsync(columns, cancellationToken);
    }

    /// <summary>Where the rows are written, with a field for each column.</summary>
    public BulkText Rows { get; }

    /// <exception cref="InvalidOperationException">The table holds rows already.</exception>
    public static async Task<BulkTable> StartAsync(
        Database database, string schema, string name, IEnumerable<string> columns, CancellationToken cancellationToken)
    {
        var connection = await database.OpenAsync(cancellationToken);
        var table = Sql.Quote(schema, name);
        if (await connection.ExecuteScalarAsync<long>($"SELECT EXISTS (SELECT 1 FROM {table})") != 0)
            throw new InvalidOperationException($"{schema}.{name} holds rows already: a history needs an empty installation");
        var indexes = (await connection.QueryAsync<(string Name, string Columns, long NonUnique)>(
            "SELECT index_name, GROUP_CONCAT(CONCAT('`', column_name, '`', IF(sub_part IS NULL, '', CONCAT('(', sub_part, ')'))) ORDER BY seq_in_index), "
            + "MAX(non_unique) FROM information_schema.statistics WHERE table_schema = @schema AND table_name = @name AND index_name <> 'PRIMARY' "
            + "GROUP BY index_name", new { schema, name })).AsList();
        var add = string.Join(", ", indexes.Select(index => $"ADD {(index.NonUnique == 0 ? "UNIQUE " : "")}INDEX {Sql.Quote(index.Name)} ({index.Columns})"));
        if (indexes.Count > 0)
            await connection.ExecuteAsync($"ALTER TABLE {table} {string.Join(", ", indexes.Select(index => $"DROP INDEX {Sql.Quote(index.Name)}"))}");
        await connection.ExecuteAsync("SET unique_checks = 0, foreign_key_checks = 0");
        return new BulkTable(connection, table, add, columns, cancellationToken);
    }

    /// <summary>Ends the rows, waits until the table has them and builds the indexes.</summary>
    /// <returns>The number of rows.</returns>
    public async Task<int> CompleteAsync(CancellationToken cancellationToken)
    {
        await pipe.Writer.CompleteAsync();
        var rows = await load;
        if (addIndexes.Length > 0)
            await connection.ExecuteAsync(new CommandDefinition($"ALTER TABLE {table} {addIndexes}", commandTimeout: 0, cancellationToken: cancellationToken));
        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        // After a failure the load must see an error, not an end, or the rows written so far would stay.
        await pipe.Writer.CompleteAsync(new IOException("the history was given up"));
        await load.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await connection.DisposeAsync();
    }

    private async Task<int> LoadAsync(IEnumerable<string> columns, CancellationToken cancellationToken)
    {
        var loader = new MySqlBulkLoader(connection)
        {
            TableName = table, Local = true, SourceStream = pipe.Reader.AsStream(), FieldTerminator = "\t", LineTerminator = "\n", EscapeCharacter = '\\',
            CharacterSet = "utf8mb4", Timeout = 0,
        };
        loader.Columns.AddRange(columns);
        try
        {
            return await loader.LoadAsync(cancellationToken);
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
        }
    }
}
