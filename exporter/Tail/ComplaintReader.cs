using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.Postal;
using PostalExporter.RawMail;
using PostalExporter.Signals;

namespace PostalExporter.Tail;

/// <summary>
/// Reads complaints out of incoming messages and finds what they are about: by Postal's token, or else by the Message-ID, first on the
/// server where the complaint came in, then on all others. Both columns have indexes (<c>on_token</c>, <c>on_message_id</c>).
/// </summary>
/// <param name="session">Connection to the message databases.</param>
/// <param name="prefix">Prefix of their names.</param>
/// <param name="options">Where complaints come in.</param>
/// <param name="servers">The servers that are followed.</param>
internal sealed class ComplaintReader(DatabaseSession session, string prefix, ComplaintOptions options, Func<IReadOnlyCollection<ServerTail>> servers) : IInspectionStep
{
    /// <inheritdoc/>
    public async Task CompleteAsync(string schema, IReadOnlyList<InspectedMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            if (message.Outgoing || message.Headers is not { } headers || !options.IsRoute(message.Recipient))
                continue;
            if (FeedbackReport.Parse(headers, message.Body ?? []) is { } report)
                message.Complaint = new Complaint(report.Type, await FindAsync(schema, report, cancellationToken));
        }
    }

    private async Task<IReadOnlyList<ComplainedMessage>> FindAsync(string schema, FeedbackReport report, CancellationToken cancellationToken)
    {
        var ownFirst = servers().OrderBy(server => SchemaName.OfServer(prefix, server.Server.Id) == schema ? 0 : 1).ToList();
        foreach (var (column, values) in new[] { ("token", report.Tokens), ("message_id", report.MessageIds) })
        {
            if (values.Count == 0)
                continue;
            // Nearly always the first one knows it: only then are all the others asked.
            foreach (var group in (ServerTail[][])[[.. ownFirst.Take(1)], [.. ownFirst.Skip(1)]])
            {
                var found = new List<ComplainedMessage>();
                foreach (var value in values)
                    await FindAsync(group, column, value, found, cancellationToken);
                if (found.Count > 0)
                    return found;
            }
        }
        return [];
    }

    private Task FindAsync(IReadOnlyCollection<ServerTail> group, string column, string value, List<ComplainedMessage> found, CancellationToken cancellationToken)
    {
        var text = MySqlHelper.EscapeString(value);
        return ChunkedQuery.RunAsync(
            session,
            group,
            // Several recipients of one mail are several messages of one Message-ID: whose complaint it is, the token alone tells.
            (number, server) => FormattableString.Invariant(
                $"(SELECT {number}, id, credential_id FROM {SchemaName.OfServer(prefix, server.Server.Id)}.messages WHERE {column} = '{text}' AND scope = 'outgoing' ORDER BY id LIMIT 1)"),
            (server, row) => found.Add(new ComplainedMessage(server.View, row.GetInt64(1), row.IsDBNull(2) ? 0 : row.GetInt32(2))),
            // The tail meets the same error, and says so.
            static (_, _) => { },
            cancellationToken);
    }
}
