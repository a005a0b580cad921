using MySqlConnector;
using PostalSimulator.Databases;

namespace PostalExporter.Integration;

/// <summary>Statements of a MariaDB's administrator.</summary>
internal static class Administrator
{
    /// <summary>Runs one or several statements.</summary>
    public static async Task ExecuteAsync(MariaDbServer server, string sql)
    {
        await using var connection = await ConnectAsync(server);
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The first column of the first row as a number; 0 when there is none.</summary>
    public static async Task<long> NumberAsync(MariaDbServer server, string sql)
    {
        await using var connection = await ConnectAsync(server);
        await using var command = new MySqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) ?? 0L, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Ends the connections of an account, as a restart of the host or <c>wait_timeout</c> does.</summary>
    public static async Task KillConnectionsAsync(MariaDbServer server, string account)
    {
        await ExecuteAsync(server, $"KILL USER '{account}'");
        while (await NumberAsync(server, $"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '{account}'") > 0)
        {
            // They end in their own time, and nothing says when: it is asked again.
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A connection of its own.</summary>
    public static async Task<MySqlConnection> ConnectAsync(MariaDbServer server)
    {
        // Account names hold an @, which the client would take for a parameter.
        var connection = new MySqlConnection(new MySqlConnectionStringBuilder(server.ConnectionString) { AllowUserVariables = true, DefaultCommandTimeout = 120 }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return connection;
    }
}
