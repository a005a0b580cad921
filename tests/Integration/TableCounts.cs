using System.Globalization;
using MySqlConnector;
using PostalSimulator.Installations;

namespace PostalExporter.Integration;

/// <summary>What SQL says was inserted, as the series the exporter must show: the model that its counters are held against.</summary>
internal static class TableCounts
{
    /// <summary>Series of a server with their values, for rows above the given ids.</summary>
    public static async Task<Dictionary<string, double>> ReadAsync(
        string connectionString, MailServer server, (long Messages, long Deliveries) after, CancellationToken cancellationToken)
    {
        var series = new Dictionary<string, double>();
        var labels = $"organization=\"{server.Organization.Permalink}\",server=\"{server.Permalink}\"";
        var names = server.Credentials.ToDictionary(credential => credential.Id, credential => credential.Name);
        string Credential(object id) => id is DBNull ? "" : names[Convert.ToInt64(id, CultureInfo.InvariantCulture)];
        await using var connection = new MySqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);

        await ForEachAsync(
            $"SELECT scope, credential_id, COUNT(*) FROM `{server.DatabaseName}`.messages WHERE id > {after.Messages} GROUP BY 1, 2",
            row => series[$"postal_messages_total{{{labels},scope=\"{row[0]}\",credential=\"{Credential(row[1])}\"}}"] = ToDouble(row[2]));
        await ForEachAsync(
            $"SELECT scope, SUM(size) FROM `{server.DatabaseName}`.messages WHERE id > {after.Messages} GROUP BY 1",
            row => series[$"postal_message_bytes_total{{{labels},scope=\"{row[0]}\"}}"] = ToDouble(row[1]));
        await ForEachAsync(
            $"""
            SELECT m.scope, m.credential_id, d.status, COUNT(*) FROM `{server.DatabaseName}`.deliveries d
            JOIN `{server.DatabaseName}`.messages m ON m.id = d.message_id WHERE d.id > {after.Deliveries} GROUP BY 1, 2, 3
            """,
            row => series[$"postal_deliveries_total{{{labels},scope=\"{row[0]}\",credential=\"{Credential(row[1])}\",status=\"{row[2]}\"}}"] = ToDouble(row[3]));
        await ForEachAsync(
            $"""
            SELECT SUBSTRING_INDEX(LOWER(m.rcpt_to), '@', -1), d.status, COUNT(*) FROM `{server.DatabaseName}`.deliveries d
            JOIN `{server.DatabaseName}`.messages m ON m.id = d.message_id WHERE d.id > {after.Deliveries} AND m.scope = 'outgoing' GROUP BY 1, 2
            """,
            row => series[$"postal_recipient_domain_deliveries_total{{{labels},recipient_domain=\"{row[0]}\",status=\"{row[1]}\"}}"] = ToDouble(row[2]));
        return series;

        async Task ForEachAsync(string sql, Action<MySqlDataReader> read)
        {
            await using var command = new MySqlCommand(sql, connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                read(reader);
        }
    }

    /// <summary>Fails unless a page shows exactly what the tables of a server hold, which it was read from its first row.</summary>
    public static async Task AssertShownAsync(string connectionString, MailServer server, Exposition page, CancellationToken cancellationToken)
    {
        var labels = new[] { ("organization", server.Organization.Permalink), ("server", server.Permalink) };
        var expected = await ReadAsync(connectionString, server, (0, 0), cancellationToken);
        foreach (var (series, value) in expected)
            Assert.True(page.Values.GetValueOrDefault(series) == value, $"{series}: {page.Values.GetValueOrDefault(series)} on the page, {value} in the table");
        foreach (var family in expected.GroupBy(pair => pair.Key[..pair.Key.IndexOf('{', StringComparison.Ordinal)]))
            Assert.Equal(family.Sum(pair => pair.Value), page.Sum(family.Key, labels));
    }

    /// <summary>Messages that failed, each once, for rows above an id.</summary>
    public static async Task<double> FailedMessagesAsync(
        string connectionString, MailServer server, long afterDelivery, CancellationToken cancellationToken)
    {
        await using var connection = new MySqlConnection(connectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new MySqlCommand(
            $"""
            SELECT COUNT(DISTINCT d.message_id) FROM `{server.DatabaseName}`.deliveries d JOIN `{server.DatabaseName}`.messages m ON m.id = d.message_id
            WHERE d.id > {afterDelivery} AND m.scope = 'outgoing' AND d.status IN ('SoftFail', 'HardFail', 'Bounced')
            """,
            connection);
        return ToDouble(await command.ExecuteScalarAsync(cancellationToken) ?? 0);
    }

    private static double ToDouble(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);
}
