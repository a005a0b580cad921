using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.Postal;

namespace PostalExporter.Cli;

/// <summary>Checks the main database: connection, columns, and what the account should not be able to do.</summary>
internal static class MainDatabaseCheck
{
    private const string Name = "main database";

    /// <summary>Checks and reports.</summary>
    /// <returns>What exists, or null when it cannot be read.</returns>
    public static async Task<Installation?> RunAsync(MainDatabaseOptions options, CheckReport report, CancellationToken cancellationToken)
    {
        await using var session = new DatabaseSession(options, options.Database);
        try
        {
            var main = await session.OpenAsync(cancellationToken);
            report.Ok($"{Name}: {await AccountCheck.VersionAsync(main, cancellationToken)} at {options.Host}:{options.Port}, database {options.Database}, account {options.Username}");

            var schema = await MainSchema.ReadAsync(session, cancellationToken);
            CheckColumns(schema, report);
            CheckSecrets(schema, report);
            await AccountCheck.ReportWritesAsync(main, Name, report, cancellationToken);

            var installation = await new InstallationReader().ReadAsync(session, schema, cancellationToken);
            report.Ok($"{Name}: {CheckReport.Count(installation.Servers.Count, "live mail server")}, {CheckReport.Count(installation.Domains.Count, "domain")}");
            return installation;
        }
        catch (Exception exception) when (exception is MySqlException or SchemaException)
        {
            report.Problem($"{Name}: {await ConnectionProblem.DescribeAsync(exception, options, cancellationToken)}");
            return null;
        }
    }

    private static void CheckColumns(MainSchema schema, CheckReport report)
    {
        foreach (var table in RequiredColumns.Main.GroupBy(column => column.Table))
        {
            var unreadable = table.Where(column => !schema.Has(table.Key, column.Name)).ToList();
            foreach (var missing in unreadable.GroupBy(column => column.Without))
            {
                var text = $"{Name}: cannot read {table.Key}({string.Join(", ", missing.Select(column => column.Name))}): "
                    + "grant SELECT on it (see exporter/grants.sql)";
                if (missing.Key is null)
                    report.Problem(text);
                else
                    report.Warning($"{text}; without it {missing.Key}");
            }

            if (unreadable.Count == 0)
                report.Ok($"{Name}: {table.Key} readable, {CheckReport.Count(table.Count(), "column")}");
        }
    }

    private static void CheckSecrets(MainSchema schema, CheckReport report)
    {
        var readable = RequiredColumns.Secrets.Where(secret => schema.Has(secret.Table, secret.Column)).ToList();
        if (readable.Count == 0)
            report.Ok($"{Name}: the account cannot read secrets");
        else
            report.Warning($"{Name}: the account can read {string.Join(", ", readable.Select(secret => $"{secret.Table}.{secret.Column}"))}, "
                + "which the exporter never needs; use the account of exporter/grants.sql");
    }
}
