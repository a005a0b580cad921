using System.Globalization;
using PostalSimulator.Installations;

namespace PostalSimulator.History;

/// <summary>Writes a server's history into its message database.</summary>
internal sealed class DatabaseSink : IHistorySink
{
    private static readonly string[] MessageColumns =
    [
        "id", "token", "scope", "rcpt_to", "mail_from", "subject", "message_id", "timestamp", "domain_id", "credential_id", "status", "held", "size",
        "last_delivery_attempt", "raw_table", "raw_headers_id", "raw_body_id", "bounce", "bounce_for_id", "received_with_ssl", "hold_expiry", "parsed",
    ];

    private static readonly string[] DeliveryColumns =
        ["id", "message_id", "status", "output", "details", "sent_with_ssl", "log_id", "timestamp", "time"];

    private readonly BulkText messages;
    private readonly BulkText deliveries;
    private readonly ServerTotals totals;
    private readonly Dictionary<string, long> credentialIds;
    private readonly IReadOnlyList<SendingDomain> domains;
    private readonly string oldestRawTable;
    private (long Day, string Table, long LastRow) raw = (-1, "", 0);
    private long lastDelivery;

    /// <param name="server">The server whose history it is.</param>
    /// <param name="messages">Rows of <c>messages</c>.</param>
    /// <param name="deliveries">Rows of <c>deliveries</c>.</param>
    /// <param name="totals">Gathers the rest.</param>
    /// <param name="oldestRawTable">Name of the oldest raw table that retention leaves in place.</param>
    public DatabaseSink(MailServer server, BulkTable messages, BulkTable deliveries, ServerTotals totals, string oldestRawTable)
    {
        this.messages = messages.Rows;
        this.deliveries = deliveries.Rows;
        this.totals = totals;
        this.oldestRawTable = oldestRawTable;
        credentialIds = server.Credentials.ToDictionary(credential => credential.Name, credential => credential.Id, StringComparer.Ordinal);
        domains = server.Domains;
    }

    /// <summary>Columns that are written, by table.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Columns { get; } =
        new Dictionary<string, IReadOnlyList<string>> { ["messages"] = MessageColumns, ["deliveries"] = DeliveryColumns };

    public void Message(MessageRecord message)
    {
        totals.Add(message);
        var isBounce = message.BounceForId != 0;
        var domain = message.Episode?.SenderDomain is { } name ? domains.First(known => known.Name == name) : domains is [var first, ..] ? first : null;
        var sender = domain is null ? "hello@postal.example" : $"hello@{domain.Name}";
        var unique = (ulong)message.Id * 0x9E3779B97F4A7C15UL;
        messages.Number(message.Id);
        messages.Text(string.Create(CultureInfo.InvariantCulture, $"{unique:x16}"));
        messages.Text(message.Scope);
        messages.Text(message.Recipient);
        messages.Text(isBounce ? null : message.Scope == "outgoing" ? sender : "someone@company-7.example");
        messages.Text(isBounce ? "Undelivered Mail Returned to Sender" : message.Episode?.Subject ?? "Your order has been received");
        messages.Text(string.Create(CultureInfo.InvariantCulture, $"{unique:x}.{message.Id}@rp.postal.example"));
        messages.Seconds(message.At);
        messages.Number(domain?.Id);
        messages.Number(message.Credential is { } credential ? credentialIds[credential] : null);
        messages.Text(message.Status);
        messages.Number(message.Status == "Held" ? 1 : 0);
        WriteRaw(message);
        messages.Number(isBounce ? 1 : 0);
        messages.Number(message.BounceForId);
        messages.Number(1);
        messages.Seconds(message.HoldExpiresAt);
        messages.Number(message.Scope == "outgoing" && message.Status != "Pending" ? 1 : 0);
        messages.EndRow();
    }

    public void Delivery(DeliveryRecord delivery)
    {
        totals.Add(delivery);
        var outcome = delivery.Outcome;
        deliveries.Number(++lastDelivery);
        deliveries.Number(delivery.Message.Id);
        deliveries.Text(outcome.Status);
        deliveries.Text(Cut(outcome.Output));
        deliveries.Text(Cut(outcome.Details));
        deliveries.Number(outcome.SentWithTls ? 1 : 0);
        deliveries.Text(string.Create(CultureInfo.InvariantCulture, $"{(uint)(lastDelivery * 2654435761):x8}"));
        deliveries.Seconds(delivery.At);
        deliveries.Text(outcome.Seconds?.ToString(CultureInfo.InvariantCulture));
        deliveries.EndRow();
    }

    public void Queued(QueueRecord queued) => totals.Add(queued);

    public void Suppressed(SuppressionRecord suppression) => totals.Add(suppression);

    public async ValueTask MinuteEndedAsync(long unixMinute, CancellationToken cancellationToken)
    {
        await messages.FlushAsync(cancellationToken);
        await deliveries.FlushAsync(cancellationToken);
    }

    private static string? Cut(string? text) => text is { Length: > 250 } ? text[..250] : text;

    /// <summary>Size, last attempt and place of the raw message, which are gone once retention has dropped the day's table.</summary>
    private void WriteRaw(MessageRecord message)
    {
        var day = message.At / 86_400_000_000;
        if (raw.Day != day)
            raw = (day, RawTables.NameOf(DateTimeOffset.FromUnixTimeSeconds(day * 86_400)), 0);
        var isKept = string.CompareOrdinal(raw.Table, oldestRawTable) >= 0;
        if (isKept)
        {
            totals.AddRaw(raw.Table, message.SizeBytes);
            raw.LastRow += 2;
        }
        messages.Number(isKept ? message.SizeBytes : null);
        messages.Seconds(message.LastAttemptAt);
        messages.Text(isKept ? raw.Table : null);
        messages.Number(isKept ? raw.LastRow - 1 : null);
        messages.Number(isKept ? raw.LastRow : null);
    }
}
