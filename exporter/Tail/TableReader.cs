using System.Globalization;
using MySqlConnector;
using PostalExporter.Signals;

namespace PostalExporter.Tail;

/// <summary>How one of the tailed tables is selected and how its rows become events. Columns 0 and 1 are id and time stamp.</summary>
internal abstract class TableReader
{
    /// <summary>The table's stream.</summary>
    public abstract TailStream Stream { get; }

    /// <summary>The table's name.</summary>
    public abstract string Table { get; }

    /// <summary>The label <c>stream</c>.</summary>
    public virtual string Name => Table;

    /// <summary>Whether it is one of <see cref="Mail"/>.</summary>
    public bool IsMail => Stream is TailStream.Messages or TailStream.Deliveries;

    /// <summary>A statement for the rows of a condition, by ascending id.</summary>
    /// <param name="schema">Quoted name of the message database.</param>
    /// <param name="condition">SQL on <c>t.id</c>.</param>
    /// <param name="before">What was there when the server was first seen: the last message, and SQL on <c>p.id</c> for deliveries.</param>
    /// <param name="rows">At most this many.</param>
    public abstract string Select(string schema, string condition, (long Message, string Deliveries) before, int rows);

    /// <summary>Shows the present row to the signals.</summary>
    public abstract void Observe(MySqlDataReader row, SignalSet signals, RowEffects effects);

    /// <summary>Takes a whole page into memory, so that the rows of several tables can be shown in the order of their time.</summary>
    public virtual HeldRows Hold(MySqlDataReader page) => throw new NotSupportedException("the table is not replayed");

    /// <summary>The readers of mail, which are read at every collection.</summary>
    public static IReadOnlyList<TableReader> Mail { get; } = [new MessagesReader(), new DeliveriesReader()];

    /// <summary>The readers of what recipients do, which are read now and then.</summary>
    public static IReadOnlyList<TableReader> Tracking { get; } = [new TrackingReader(TailStream.Loads, "loads"), new TrackingReader(TailStream.Clicks, "clicks")];

    /// <summary>The reader of tracked links.</summary>
    public static TableReader Links { get; } = new LinksReader();

    private sealed class MessagesReader : TableReader
    {
        public override TailStream Stream => TailStream.Messages;

        public override string Table => "messages";

        public override string Select(string schema, string condition, (long Message, string Deliveries) before, int rows) =>
            string.Create(CultureInfo.InvariantCulture, $"""
                SELECT t.id, t.timestamp, t.scope, t.credential_id, t.domain_id, t.size, t.rcpt_to
                FROM {schema}.messages t FORCE INDEX (PRIMARY) WHERE {condition} ORDER BY t.id LIMIT {rows}
                """);

        public override void Observe(MySqlDataReader row, SignalSet signals, RowEffects effects) => signals.Observe(Read(row), effects);

        public override HeldRows Hold(MySqlDataReader page) =>
            new HeldRows<MessageEvent>(page, Read, static (in message, signals, effects) => signals.Observe(message, effects));

        private static MessageEvent Read(MySqlDataReader row)
        {
            // The column is text: what is no number, or no size that mail can have, counts as nothing.
            var isSize = long.TryParse(GetText(row, 5), NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size <= int.MaxValue;
            var bytes = isSize ? size : 0;
            return new MessageEvent(
                row.GetInt64(0), IsOutgoing(row, 2), GetId(row, 3), GetId(row, 4), bytes, GetText(row, 6),
                row.IsDBNull(1) ? 0 : (long)row.GetDecimal(1));
        }
    }

    private sealed class DeliveriesReader : TableReader
    {
        private const string FailedStatuses = "('SoftFail', 'HardFail', 'Bounced')";
        private const string AttemptStatuses = "('Sent', 'SoftFail', 'HardFail')";

        public override TailStream Stream => TailStream.Deliveries;

        public override string Table => "deliveries";

        // The texts travel only where they are looked at. What came before the first collection is asked of the
        // table, by its index on message_id, only for the messages that are as old.
        public override string Select(string schema, string condition, (long Message, string Deliveries) before, int rows) =>
            string.Create(CultureInfo.InvariantCulture, $"""
                SELECT t.id, t.timestamp, t.message_id, t.status,
                       IF(t.status IN {FailedStatuses} OR t.status = 'Held', t.details, NULL),
                       IF(t.status IN {FailedStatuses}, t.output, NULL),
                       m.scope, m.credential_id, m.rcpt_to, m.spam, m.threat,
                       CASE WHEN t.message_id <= {before.Message} AND t.status IN {FailedStatuses} THEN
                           EXISTS (SELECT 1 FROM {schema}.deliveries p WHERE p.message_id = t.message_id
                                   AND {before.Deliveries} AND p.status IN {FailedStatuses}) ELSE 0 END,
                       CASE WHEN t.message_id <= {before.Message} AND (m.spam = 1 OR m.threat = 1) THEN
                           EXISTS (SELECT 1 FROM {schema}.deliveries p WHERE p.message_id = t.message_id
                                   AND {before.Deliveries}) ELSE 0 END,
                       CASE WHEN t.message_id <= {before.Message} AND t.status IN {AttemptStatuses} THEN
                           EXISTS (SELECT 1 FROM {schema}.deliveries p WHERE p.message_id = t.message_id
                                   AND {before.Deliveries} AND p.status IN {AttemptStatuses}) ELSE 0 END,
                       IF(t.status = 'Sent', CAST(t.timestamp - m.timestamp AS DOUBLE), NULL)
                FROM {schema}.deliveries t FORCE INDEX (PRIMARY) LEFT JOIN {schema}.messages m ON m.id = t.message_id
                WHERE {condition} ORDER BY t.id LIMIT {rows}
                """);

        public override void Observe(MySqlDataReader row, SignalSet signals, RowEffects effects) => signals.Observe(Read(row), effects);

        public override HeldRows Hold(MySqlDataReader page) =>
            new HeldRows<DeliveryEvent>(page, Read, static (in delivery, signals, effects) => signals.Observe(delivery, effects));

        private static DeliveryEvent Read(MySqlDataReader row) => new()
        {
            Id = row.GetInt64(0),
            MessageId = row.IsDBNull(2) ? 0 : row.GetInt64(2),
            Status = row.IsDBNull(3) ? "" : DeliveryStatus.Intern(row.GetString(3)),
            Details = GetText(row, 4),
            Output = GetText(row, 5),
            Outgoing = IsOutgoing(row, 6),
            CredentialId = GetId(row, 7),
            Recipient = GetText(row, 8),
            Spam = GetFlag(row, 9),
            Threat = GetFlag(row, 10),
            FailedBefore = row.GetInt64(11) != 0,
            ProcessedBefore = row.GetInt64(12) != 0,
            AttemptedBefore = row.GetInt64(13) != 0,
            SecondsSinceAccepted = row.IsDBNull(14) ? null : row.GetDouble(14),
        };
    }

    private sealed class TrackingReader(TailStream stream, string table) : TableReader
    {
        public override TailStream Stream => stream;

        public override string Table => table;

        public override string Select(string schema, string condition, (long Message, string Deliveries) before, int rows) => string.Create(
            CultureInfo.InvariantCulture, $"SELECT t.id, t.timestamp FROM {schema}.{table} t FORCE INDEX (PRIMARY) WHERE {condition} ORDER BY t.id LIMIT {rows}");

        public override void Observe(MySqlDataReader row, SignalSet signals, RowEffects effects) =>
            signals.Observe(new TrackingEvent(stream == TailStream.Clicks), effects);

        public override HeldRows Hold(MySqlDataReader page) => new HeldRows<TrackingEvent>(
            page, _ => new TrackingEvent(stream == TailStream.Clicks), static (in tracking, signals, effects) => signals.Observe(tracking, effects));
    }

    private sealed class LinksReader : TableReader
    {
        public override TailStream Stream => TailStream.Links;

        public override string Table => "links";

        public override string Select(string schema, string condition, (long Message, string Deliveries) before, int rows) =>
            string.Create(CultureInfo.InvariantCulture, $"""
                SELECT t.id, t.timestamp, t.message_id, m.credential_id, m.scope, LEFT(t.url, 2000)
                FROM {schema}.links t FORCE INDEX (PRIMARY) LEFT JOIN {schema}.messages m ON m.id = t.message_id
                WHERE {condition} ORDER BY t.id LIMIT {rows}
                """);

        public override void Observe(MySqlDataReader row, SignalSet signals, RowEffects effects) => signals.Observe(
            new LinkEvent(row.GetInt64(0), row.IsDBNull(2) ? 0 : row.GetInt64(2), GetId(row, 3), IsOutgoing(row, 4), GetText(row, 5) ?? ""), effects);
    }

    private protected static bool IsOutgoing(MySqlDataReader row, int column) => row.IsDBNull(column) || row.GetString(column) != "incoming";

    private protected static int GetId(MySqlDataReader row, int column) => row.IsDBNull(column) ? 0 : row.GetInt32(column);

    private protected static string? GetText(MySqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static bool GetFlag(MySqlDataReader row, int column) => !row.IsDBNull(column) && row.GetBoolean(column);
}
