using System.Globalization;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>Many rows at once, which the exporter needs time to read.</summary>
internal static class Backlog
{
    /// <summary>Writes messages of the first credential, each with a delivery.</summary>
    public static Task WriteAsync(MariaDbServer database, MailServer server, int rows) => Administrator.ExecuteAsync(
        database,
        string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO `{server.DatabaseName}`.messages (token, scope, rcpt_to, mail_from, subject, timestamp, credential_id, status, size)
            SELECT CONCAT('t', seq), 'outgoing', CONCAT('someone@', IF(seq MOD 3 = 0, 'example.com', 'example.org')), 'hello@acme.example',
                   'subject', UNIX_TIMESTAMP(), {server.Credentials[0].Id}, 'Sent', 100 + seq MOD 50
            FROM `{server.DatabaseName}`.seq_1_to_{rows};
            INSERT INTO `{server.DatabaseName}`.deliveries (message_id, status, details, output, timestamp)
            SELECT id, IF(id MOD 7 = 0, 'HardFail', 'Sent'), 'details', '550 5.1.1 unknown recipient', timestamp
            FROM `{server.DatabaseName}`.messages ORDER BY id DESC LIMIT {rows};
            """));
}
