using System.Reflection;
using Dapper;
using MySqlConnector;
using PostalSimulator.Databases;

namespace PostalSimulator.Schema;

/// <summary>Creates the databases of Postal 3.3: tables, columns and indexes as its own migrations leave them.</summary>
internal static class PostalSchema
{
    /// <summary>Highest migration of a message database, the same in every release since 2.0.0.</summary>
    public const int MessageVersion = 20;

    private static readonly string MainTables = Read("main.sql");
    private static readonly string MessageTables = Read("message.sql");
    private static readonly string RawTable = Read("raw.sql");

    /// <exception cref="MySqlException">The database exists already, or the account may not create databases.</exception>
    public static async Task CreateMainAsync(MySqlConnection connection, string database, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, $"CREATE DATABASE {Sql.Quote(database)} CHARSET utf8mb4", cancellationToken);
        await InDatabaseAsync(connection, database, MainTables, cancellationToken);
        await ExecuteAsync(connection, $"INSERT INTO {Sql.Quote(database, "statistics")} VALUES (1, 0, 0, 0)", cancellationToken);
    }

    /// <summary>Provisions as Postal does: an existing database of that name is replaced.</summary>
    public static async Task CreateMessageAsync(MySqlConnection connection, string database, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, $"DROP DATABASE IF EXISTS {Sql.Quote(database)}", cancellationToken);
        await ExecuteAsync(connection, $"CREATE DATABASE {Sql.Quote(database)} CHARSET utf8mb4", cancellationToken);
        await InDatabaseAsync(connection, database, MessageTables, cancellationToken);
        var versions = string.Join(", ", Enumerable.Range(1, MessageVersion).Select(version => $"({version})"));
        await ExecuteAsync(connection, $"INSERT INTO {Sql.Quote(database, "migrations")} VALUES {versions}", cancellationToken);
    }

    /// <summary>Creates the raw table of one UTC day, named <c>raw-YYYY-MM-DD</c>, unless it is there.</summary>
    public static Task CreateRawTableAsync(MySqlConnection connection, string database, string table, CancellationToken cancellationToken) =>
        ExecuteAsync(connection, RawTable.Replace("`raw-YYYY-MM-DD`", Sql.Quote(database, table), StringComparison.Ordinal), cancellationToken);

    private static async Task InDatabaseAsync(MySqlConnection connection, string database, string script, CancellationToken cancellationToken)
    {
        await connection.ChangeDatabaseAsync(database, cancellationToken);
        await ExecuteAsync(connection, script, cancellationToken);
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string sql, CancellationToken cancellationToken) =>
        await connection.ExecuteAsync(new CommandDefinition(sql, cancellationToken: cancellationToken));

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Schema/{name}")
            ?? throw new InvalidOperationException($"the program lacks its resource Schema/{name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
