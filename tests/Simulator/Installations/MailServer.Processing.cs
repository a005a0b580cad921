using PostalSimulator.Databases;

namespace PostalSimulator.Installations;

// What Postal's worker does with a queued message: its checks, in its order, before anything is sent.
public sealed partial class MailServer
{
    private const string WorkerName = "host:worker.postal.example pid:1 thread:1";

    /// <summary>
    /// Locks the queue row, asks Postal's checks (suspension, attempts, credential hold, suppression list, send limit, development
    /// mode) and writes what they decide, or <paramref name="attempt"/> when the message may be sent.
    /// </summary>
    /// <returns>The outcome that was written; null when the queue has no such message any more.</returns>
    public async Task<DeliveryOutcome?> ProcessAsync(Message message, DeliveryOutcome attempt, CancellationToken cancellationToken)
    {
        var locked = await installation.Main.ChangeAsync(
            $"UPDATE {installation.MainTable("queued_messages")} SET locked_by = @WorkerName, locked_at = @Now "
            + "WHERE server_id = @Id AND message_id = @messageId AND locked_by IS NULL",
            new { Id, messageId = message.Id, WorkerName, Now }, cancellationToken);
        if (locked == 0)
            return null;
        var outcome = await DecideAsync(message, attempt, cancellationToken);
        await FinishAsync(message, outcome, cancellationToken);
        return outcome;
    }

    /// <summary>Puts an address on the suppression list for 30 days.</summary>
    public async Task SuppressAsync(string address, string reason, CancellationToken cancellationToken)
    {
        var now = installation.Time.GetUtcNow();
        var row = new { address, reason, now = Sql.UnixSeconds(now), keepUntil = Sql.UnixSeconds(now.AddDays(30)) };
        var known = await installation.Messages.ChangeAsync(
            $"UPDATE {Table("suppressions")} SET reason = @reason, keep_until = @keepUntil WHERE type = 'recipient' AND address = @address",
            row, cancellationToken);
        if (known == 0)
            await installation.Messages.ExecuteAsync(
                $"INSERT INTO {Table("suppressions")} (type, address, reason, timestamp, keep_until) VALUES ('recipient', @address, @reason, @now, @keepUntil)",
                row, cancellationToken);
    }

    /// <summary>Messages of this server that wait in the queue, with the attempts made and the moment before which nothing happens.</summary>
    internal async Task<IReadOnlyList<QueuedMessage>> QueuedAsync(CancellationToken cancellationToken)
    {
        var rows = await installation.Main.QueryAsync<QueueRow>(
            "SELECT CAST(message_id AS INT) AS MessageId, CAST(COALESCE(attempts, 0) AS INT) AS Attempts, retry_after AS RetryAfter "
            + $"FROM {installation.MainTable("queued_messages")} WHERE server_id = @Id ORDER BY id", new { Id }, cancellationToken);
        var messages = await installation.Messages.QueryAsync<MessageKey>(
            "SELECT CAST(id AS INT) AS Id, scope AS Scope, rcpt_to AS Recipient, CAST(credential_id AS INT) AS CredentialId, CAST(domain_id AS INT) AS DomainId, "
            + $"token AS Token, message_id AS MessageId, mail_from AS Sender, subject AS Subject FROM {Table("messages")} WHERE id IN @ids", new { ids = rows.Select(row => row.MessageId).Append(0) }, cancellationToken);
        var byId = messages.ToDictionary(key => key.Id);
        return
        [
            .. rows.Where(row => byId.ContainsKey(row.MessageId)).Select(row => new QueuedMessage(
                byId[row.MessageId].ToMessage(), (int)row.Attempts,
                row.RetryAfter is { } after ? new DateTimeOffset(DateTime.SpecifyKind(after, DateTimeKind.Utc)) : null)),
        ];
    }

    private async Task<DeliveryOutcome> DecideAsync(Message message, DeliveryOutcome attempt, CancellationToken cancellationToken)
    {
        var states = await installation.Main.QueryAsync<ServerState>(
            "SELECT s.mode AS Mode, s.send_limit AS SendLimit, COALESCE(s.suspended_at, o.suspended_at) IS NOT NULL AS Suspended, "
            + "COALESCE(c.hold, 0) <> 0 AS Hold, CAST(COALESCE(q.attempts, 0) AS INT) AS Attempts "
            + $"FROM {installation.MainTable("servers")} s JOIN {installation.MainTable("organizations")} o ON o.id = s.organization_id "
            + $"LEFT JOIN {installation.MainTable("credentials")} c ON c.id = @CredentialId "
            + $"LEFT JOIN {installation.MainTable("queued_messages")} q ON q.server_id = s.id AND q.message_id = @messageId WHERE s.id = @Id",
            new { Id, message.CredentialId, messageId = message.Id }, cancellationToken);
        // The row is gone once the server was destroyed; its last messages have nowhere to go.
        if (states is not [var state] || state.Suspended != 0)
            return DeliveryOutcome.HeldBySuspension();
        if (state.Attempts >= MaximumAttempts)
        {
            await SuppressAsync(message.Recipient, "too many soft fails", cancellationToken);
            return DeliveryOutcome.AttemptsExhausted(MaximumAttempts, message.Recipient);
        }
        await TagAsync(message, cancellationToken);
        if (message.Scope == "outgoing" && await OutgoingHoldAsync(message, state, cancellationToken) is { } hold)
            return hold;
        if (message.Scope == "incoming")
            await PrepareAsync(message, cancellationToken);
        await CountLiveAsync(message.Scope, cancellationToken);
        return state.Mode == "Development" ? DeliveryOutcome.HeldByDevelopmentMode() : attempt;
    }

    private async Task<DeliveryOutcome?> OutgoingHoldAsync(Message message, ServerState state, CancellationToken cancellationToken)
    {
        if (state.Hold != 0)
            return DeliveryOutcome.HeldByCredential();
        var reason = await installation.Messages.ValueAsync<string>(
            $"SELECT reason FROM {Table("suppressions")} WHERE type = 'recipient' AND address = @Recipient AND keep_until >= @now LIMIT 1",
            new { message.Recipient, now = Sql.UnixSeconds(installation.Time.GetUtcNow()) }, cancellationToken);
        if (reason is not null)
            return DeliveryOutcome.HeldBySuppression(message.Recipient, reason);
        await PrepareAsync(message, cancellationToken);
        if (state.SendLimit is not { } limit)
            return null;
        var now = installation.Time.GetUtcNow();
        var windowStart = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, now.Minute, 0, TimeSpan.Zero).AddHours(-1);
        var volume = await installation.Messages.ValueAsync<long>(
            $"SELECT COALESCE(SUM(count), 0) FROM {Table("live_stats")} WHERE type = 'outgoing' AND timestamp > @since",
            new { since = windowStart.ToUnixTimeSeconds() }, cancellationToken);
        var (exceeded, approaching) = (volume >= limit, volume < limit && volume >= limit * 0.9);
        await installation.Main.ExecuteAsync(
            $"UPDATE {installation.MainTable("servers")} SET send_limit_exceeded_at = @exceededAt, send_limit_approaching_at = @approachingAt WHERE id = @Id",
            new { Id, exceededAt = exceeded ? now.UtcDateTime : (DateTime?)null, approachingAt = approaching ? now.UtcDateTime : (DateTime?)null },
            cancellationToken);
        return exceeded ? DeliveryOutcome.HeldBySendLimit(limit) : null;
    }

    /// <summary>Adds one to the current minute; a slot last used in an earlier hour starts again.</summary>
    private Task CountLiveAsync(string scope, CancellationToken cancellationToken)
    {
        var now = installation.Time.GetUtcNow();
        return installation.Messages.ExecuteAsync(
            $"INSERT INTO {Table("live_stats")} (type, minute, timestamp, count) VALUES (@scope, @minute, @now, 1) "
            + "ON DUPLICATE KEY UPDATE count = IF(timestamp < @now - 1800, 1, count + 1), timestamp = @now",
            new { scope, minute = now.Minute, now = Sql.UnixSeconds(now) }, cancellationToken);
    }

    private sealed record ServerState(string Mode, int? SendLimit, int Suspended, int Hold, long Attempts);

    private sealed record QueueRow(long MessageId, long Attempts, DateTime? RetryAfter);

    private sealed record MessageKey(
        long Id, string Scope, string Recipient, long? CredentialId, long? DomainId, string Token, string? MessageId, string? Sender, string? Subject)
    {
        public Message ToMessage() =>
            new(Id, Scope, Recipient, CredentialId, DomainId) { Token = Token, MessageId = MessageId, Sender = Sender, Subject = Subject };
    }
}

/// <summary>A message that waits in the queue. <c>RetryAfter</c> is null when it may be processed at once.</summary>
internal sealed record QueuedMessage(Message Message, int Attempts, DateTimeOffset? RetryAfter);
