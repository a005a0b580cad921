namespace PostalExporter.Postal;

/// <summary>
/// The tables and columns of the main database that the account can read. Older releases lack some, and a narrow
/// grant hides some; both look the same to the reader, and <c>information_schema</c> shows only what is granted.
/// </summary>
internal sealed class MainSchema
{
    private const string Query =
        "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()";

    private readonly HashSet<(string Table, string Column)> columns;

    private MainSchema(HashSet<(string Table, string Column)> columns) => this.columns = columns;

    /// <summary>Reads the schema of the connection's database.</summary>
    public static async Task<MainSchema> ReadAsync(DatabaseSession main, CancellationToken cancellationToken)
    {
        var rows = await main.QueryAsync<ColumnRow>(Query, cancellationToken);
        return new MainSchema([.. rows.Select(row => (row.TABLE_NAME, row.COLUMN_NAME))]);
    }

    /// <summary>Whether the column exists and can be read.</summary>
    public bool Has(string table, string column) => columns.Contains((table, column));

    /// <summary>The column, or SQL <c>NULL</c> under its name when it does not exist or cannot be read.</summary>
    /// <param name="table">Table name.</param>
    /// <param name="alias">The table's alias in the statement.</param>
    /// <param name="column">Column name.</param>
    public string Optional(string table, string alias, string column) =>
        Has(table, column) ? $"{alias}.`{column}`" : "NULL";

    /// <summary>Says which of the named columns cannot be read.</summary>
    /// <exception cref="SchemaException">One or more are missing.</exception>
    public void Require(string table, params string[] names)
    {
        var missing = names.Where(name => !Has(table, name)).ToList();
        if (missing.Count > 0)
            throw new SchemaException(
                $"cannot read {table}({string.Join(", ", missing)}) of the main database: grant SELECT on it (see exporter/grants.sql)");
    }

    private sealed record ColumnRow(string TABLE_NAME, string COLUMN_NAME);
}

/// <summary>A table or column that is needed does not exist or may not be read; the message says which and what to do.</summary>
internal sealed class SchemaException(string message) : Exception(message);
