using System.Text;
using Dapper;
using PostalSimulator.Installations;

namespace PostalSimulator.Tests;

/// <summary>A message's rows of its raw table as text.</summary>
internal sealed record StoredText(string Headers, string? Body)
{
    public IReadOnlyList<string> Lines { get; } = Headers.Split("\r\n");

    public static async Task<StoredText> ReadAsync(MariaDbFixture database, MailServer server, Message message, CancellationToken cancellationToken)
    {
        await using var connection = await database.ConnectAsync(cancellationToken);
        var (table, headers, body) = await connection.QuerySingleAsync<(string, int, int)>(
            $"SELECT raw_table, raw_headers_id, raw_body_id FROM `{server.DatabaseName}`.messages WHERE id = {message.Id}");
        return new StoredText((await PartAsync(headers))!, await PartAsync(body));

        async Task<string?> PartAsync(int id) =>
            await connection.ExecuteScalarAsync<byte[]?>($"SELECT data FROM `{server.DatabaseName}`.`{table}` WHERE id = {id}") is { } data
                ? Encoding.UTF8.GetString(data) : null;
    }
}
