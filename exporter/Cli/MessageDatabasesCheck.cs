using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.Postal;

namespace PostalExporter.Cli;

/// <summary>Checks the message databases of all live servers.</summary>
internal static class MessageDatabasesCheck
{
    private const string Name = "message databases";
    private const int ListedServers = 20;

    /// <summary>Checks and reports.</summary>
    public static async Task RunAsync(
        MessageDatabaseOptions options, Installation installation, CheckReport report, CancellationToken cancellationToken)
    {
        await using var session = new DatabaseSession(options, database: null);
        try
        {
            var connection = await session.OpenAsync(cancellationToken);
            report.Ok($"{Name}: {await AccountCheck.VersionAsync(connection, cancellationToken)} at {options.Host}:{options.Port}, account {options.Username}");
            await AccountCheck.ReportWritesAsync(connection, Name, report, cancellationToken);

            var unreadable = 0;
            foreach (var server in installation.Servers)
            {
                if (await FindProblemAsync(session, options, server, cancellationToken) is not { } problem)
                    continue;

                unreadable++;
                if (unreadable <= ListedServers)
                    report.Problem($"message database of {server.Organization}/{server.Permalink} ({options.DatabaseNamePrefix}-server-{server.Id}): {problem}");
            }

            var readable = installation.Servers.Count - unreadable;
            if (unreadable > ListedServers)
                report.Problem($"{Name}: {unreadable - ListedServers} more are unreadable");
            if (readable > 0)
                report.Ok($"{Name}: {readable} of {installation.Servers.Count} readable");
        }
        catch (MySqlException exception)
        {
            report.Problem($"{Name}: {await ConnectionProblem.DescribeAsync(exception, options, cancellationToken)}");
        }
    }

    private static async Task<string?> FindProblemAsync(
        DatabaseSession session, MessageDatabaseOptions options, MailServer server, CancellationToken cancellationToken)
    {
        var schema = SchemaName.OfServer(options.DatabaseNamePrefix, server.Id);
        foreach (var table in RequiredColumns.MessageTables)
        {
            try
            {
                // Names the table and reads nothing of it.
                await using var command = await session.CommandAsync($"SELECT 1 FROM {schema}.{SchemaName.Quote(table)} LIMIT 0", cancellationToken);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (MySqlException exception) when (!session.IsConnectionFailure(exception))
            {
                return $"{table}: {DatabaseSession.Describe(exception)}";
            }
        }

        return null;
    }
}
