using MySqlConnector;

namespace PostalExporter.Benchmarks;

/// <summary>What an account has had MariaDB do, as it counts with <c>userstat=1</c>; times in steps of a microsecond.</summary>
/// <param name="ProcessorSeconds">Processor time of the account's statements.</param>
/// <param name="BusySeconds">Time from their beginning to their end.</param>
/// <param name="RowsRead">Rows and index entries of <c>messages</c> and <c>deliveries</c> that were read, by whatever account.</param>
internal readonly record struct MariaDbWork(double ProcessorSeconds, double BusySeconds, double RowsRead)
{
    /// <summary>The work between two readings.</summary>
    public static MariaDbWork operator -(MariaDbWork end, MariaDbWork begin) =>
        new(end.ProcessorSeconds - begin.ProcessorSeconds, end.BusySeconds - begin.BusySeconds, end.RowsRead - begin.RowsRead);

    /// <summary>The work since MariaDB's start.</summary>
    /// <param name="administrator">Whose own work is not counted.</param>
    /// <param name="account">The account's name.</param>
    /// <param name="messageDatabase">The database of the two tables.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<MariaDbWork> OfAsync(MySqlConnection administrator, string account, string messageDatabase, CancellationToken cancellationToken)
    {
        const string Query = """
            SELECT CAST(COALESCE(SUM(CPU_TIME), 0) AS DOUBLE), CAST(COALESCE(SUM(BUSY_TIME), 0) AS DOUBLE),
                   (SELECT CAST(COALESCE(SUM(ROWS_READ), 0) AS DOUBLE) FROM information_schema.TABLE_STATISTICS
                    WHERE TABLE_SCHEMA = @messageDatabase AND TABLE_NAME IN ('messages', 'deliveries'))
            FROM information_schema.USER_STATISTICS WHERE USER = @account
            """;
        await using var command = new MySqlCommand(Query, administrator);
        command.Parameters.AddWithValue("@account", account);
        command.Parameters.AddWithValue("@messageDatabase", messageDatabase);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new MariaDbWork(reader.GetDouble(0), reader.GetDouble(1), reader.GetDouble(2));
    }
}
