using System.Globalization;
using MySqlConnector;
using PostalExporter.Signals;

namespace PostalExporter.Tail;

/// <summary>
/// Reads <c>messages</c> a second time, behind the counters: what costs more than a row, the raw text of messages and what is looked up by
/// it, keeps no volume or failure waiting. A page is completed before its rows are shown.
/// </summary>
/// <param name="needs">What is asked for.</param>
/// <param name="steps">Complete a page, one after the other.</param>
internal sealed class InspectionReader(InspectionNeeds needs, IReadOnlyList<IInspectionStep> steps) : TableReader
{
    /// <summary>The label <c>stream</c> of its rows.</summary>
    public const string StreamName = "inspection";

    /// <summary>Rows of a page: it is in memory as a whole, with the raw text.</summary>
    public const int PageRows = 200;

    /// <inheritdoc/>
    public override TailStream Stream => TailStream.Inspection;

    /// <inheritdoc/>
    public override string Table => "messages";

    /// <inheritdoc/>
    public override string Name => StreamName;

    /// <inheritdoc/>
    public override string Select(string schema, string condition, (long Message, string Deliveries) before, int rows)
    {
        var subject = needs.HasFlag(InspectionNeeds.Subject) ? "IF(t.scope = 'outgoing', t.subject, NULL)" : "NULL";
        return string.Create(CultureInfo.InvariantCulture, $"""
            SELECT t.id, t.timestamp, t.scope, t.credential_id, t.rcpt_to, {subject}, t.tag, t.raw_table, t.raw_headers_id, t.raw_body_id
            FROM {schema}.messages t FORCE INDEX (PRIMARY) WHERE {condition} ORDER BY t.id LIMIT {rows}
            """);
    }

    /// <inheritdoc/>
    public override void Observe(MySqlDataReader row, SignalSet signals, RowEffects effects) =>
        throw new NotSupportedException("a row is shown when its page is complete");

    /// <summary>The present row, without its raw text.</summary>
    public static InspectedMessage Read(MySqlDataReader row) => new()
    {
        Id = row.GetInt64(0),
        UnixSeconds = row.IsDBNull(1) ? 0 : (long)row.GetDecimal(1),
        Outgoing = IsOutgoing(row, 2),
        CredentialId = GetId(row, 3),
        Recipient = GetText(row, 4),
        Subject = GetText(row, 5),
        Tag = GetText(row, 6),
        RawTable = GetText(row, 7),
        RawHeadersId = row.IsDBNull(8) ? 0 : row.GetInt64(8),
        RawBodyId = row.IsDBNull(9) ? 0 : row.GetInt64(9),
    };

    /// <summary>Completes a page.</summary>
    /// <param name="schema">Quoted name of the message database.</param>
    /// <param name="messages">Its rows that are not known yet.</param>
    /// <param name="cancellationToken">Breaks off a statement.</param>
    public async Task CompleteAsync(string schema, IReadOnlyList<InspectedMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var step in steps)
            await step.CompleteAsync(schema, messages, cancellationToken);
    }
}

/// <summary>Adds to the messages of a page what is not in their rows.</summary>
internal interface IInspectionStep
{
    /// <summary>Completes a page. What was deleted meanwhile stays null.</summary>
    /// <param name="schema">Quoted name of the message database.</param>
    /// <param name="messages">The page.</param>
    /// <param name="cancellationToken">Breaks off a statement.</param>
    /// <exception cref="MySqlException">The database cannot be read; the page is read again at the next collection.</exception>
    Task CompleteAsync(string schema, IReadOnlyList<InspectedMessage> messages, CancellationToken cancellationToken);
}
