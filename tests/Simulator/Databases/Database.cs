using Dapper;
using MySqlConnector;

namespace PostalSimulator.Databases;

/// <summary>One pool of connections. Every call is one statement in a transaction of its own, as Postal's message statements are.</summary>
internal sealed class Database(string connectionString) : IAsyncDisposable
{
    private readonly MySqlDataSource source = new(new MySqlConnectionStringBuilder(connectionString) { AllowLoadLocalInfile = true }.ConnectionString);

    public ValueTask<MySqlConnection> OpenAsync(CancellationToken cancellationToken) => source.OpenConnectionAsync(cancellationToken);

    /// <summary>Runs one statement.</summary>
    public Task ExecuteAsync(string sql, object? parameters, CancellationToken cancellationToken) => ChangeAsync(sql, parameters, cancellationToken);

    /// <summary>Runs one statement and gives the number of rows it found to change.</summary>
    public async Task<int> ChangeAsync(string sql, object? parameters, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return (await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>The first column of the first row; null when there is none.</summary>
    public async Task<T?> ValueAsync<T>(string sql, object? parameters, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }

    /// <summary>Inserts one row and gives its id.</summary>
    public async Task<long> InsertAsync(string quotedTable, IReadOnlyCollection<(string Column, object? Value)> row, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await InsertAsync(connection, null, quotedTable, row, cancellationToken);
    }

    /// <summary>Inserts one row as ActiveRecord saves an object: BEGIN, INSERT, COMMIT.</summary>
    public async Task<long> SaveAsync(string quotedTable, IReadOnlyCollection<(string Column, object? Value)> row, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var id = await InsertAsync(connection, transaction, quotedTable, row, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return id;
    }

    public static async Task<long> InsertAsync(
        MySqlConnection connection, MySqlTransaction? transaction, string quotedTable,
        IReadOnlyCollection<(string Column, object? Value)> row, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", row.Select(cell => Sql.Quote(cell.Column)));
        var values = string.Join(", ", row.Select((_, index) => $"@p{index}"));
        await using var command = new MySqlCommand($"INSERT INTO {quotedTable} ({columns}) VALUES ({values})", connection, transaction);
        foreach (var (_, value) in row)
            command.Parameters.AddWithValue($"@p{command.Parameters.Count}", value);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return command.LastInsertedId;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
