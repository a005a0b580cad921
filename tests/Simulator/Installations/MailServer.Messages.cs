using PostalSimulator.Databases;

namespace PostalSimulator.Installations;

// Accepting and delivering mail, statement by statement in Postal's order. In the message database each is a transaction of its own.
public sealed partial class MailServer
{
    /// <summary>After this many attempts Postal gives up.</summary>
    public const int MaximumAttempts = 18;

    internal const string IncomingBatch = "incoming-rt:1-ep:1-HTTPEndpoint";

    private static readonly TimeSpan HoldPeriod = TimeSpan.FromDays(7);

    private readonly RawTables raw;

    /// <summary>Accepts one outgoing message from an authenticated client, for one recipient, from the server's first domain.</summary>
    public Task<Message> AcceptAsync(Credential credential, string recipient, CancellationToken cancellationToken) =>
        AcceptAsync(new MessageDraft(recipient) { Credential = credential, Domain = FirstDomain }, cancellationToken);

    /// <summary>Accepts one incoming message for an address of the server's first domain.</summary>
    public Task<Message> AcceptIncomingAsync(string recipient, CancellationToken cancellationToken) =>
        AcceptAsync(new MessageDraft(recipient) { Scope = "incoming", Domain = FirstDomain, Sender = "someone@example.com" }, cancellationToken);

    /// <summary>
    /// Accepts a message: login, raw rows, message row as <c>Pending</c>, statistics, queue row. Nothing processes it until
    /// <see cref="DeliverAsync"/> or <see cref="ProcessAsync"/> is called.
    /// </summary>
    public async Task<Message> AcceptAsync(MessageDraft draft, CancellationToken cancellationToken)
    {
        if (draft.Credential is { } credential)
            await installation.Main.ExecuteAsync(
                $"UPDATE {installation.MainTable("credentials")} SET last_used_at = @Now WHERE id = @Id", new { credential.Id, Now }, cancellationToken);
        var receivedAt = draft.ReceivedAt ?? installation.Time.GetUtcNow();
        var message = new Message(0, draft.Scope, draft.Recipient, draft.Credential?.Id, draft.Domain?.Id)
        {
            Token = Tokens.Random(16), MessageId = draft.MessageId is { } given ? given.Length > 0 ? given : null : $"{Tokens.Uuid()}@rp.postal.example",
            Sender = draft.Sender, Subject = draft.Subject, TagHeader = draft.TagHeader, Links = draft.Links,
        };
        (string? Table, long? HeadersId, long? BodyId) stored = draft.StoreRaw
            ? await raw.StoreAsync(
                receivedAt, RawMessage.Headers(draft, message.MessageId, receivedAt, isPrivate), RawMessage.Body(draft), draft.SizeBytes, cancellationToken)
            : (null, null, null);
        message = message with { Id = await InsertAcceptedAsync(draft, message, receivedAt, stored, cancellationToken) };
        await CountAsync(draft.Scope, receivedAt, cancellationToken);
        await installation.Main.ExecuteAsync(
            $"UPDATE {installation.MainTable("statistics")} SET total_messages = COALESCE(total_messages, 0) + 1 WHERE id = 1", null, cancellationToken);
        await installation.Main.ExecuteAsync(
            $"UPDATE {installation.MainTable("statistics")} SET total_{draft.Scope} = COALESCE(total_{draft.Scope}, 0) + 1 WHERE id = 1", null, cancellationToken);
        await EnqueueAsync(message, draft.Route, receivedAt, cancellationToken);
        return message;
    }

    /// <summary>
    /// Processes a message with a given result: tag, stored headers and links at the first time, suppression list, delivery row, statistics,
    /// then the message's own columns, then the queue row, which stays for a later attempt after <c>SoftFail</c> and <c>Error</c>. Asks none
    /// of Postal's checks; <see cref="ProcessAsync"/> does.
    /// </summary>
    /// <returns>The id of the delivery row.</returns>
    public async Task<long> DeliverAsync(Message message, DeliveryOutcome outcome, CancellationToken cancellationToken)
    {
        await TagAsync(message, cancellationToken);
        if (outcome.Status != "Held")
            await PrepareAsync(message, cancellationToken);
        return await FinishAsync(message, outcome, cancellationToken);
    }

    /// <summary>A bounce message arrives for a message sent earlier: an incoming row, a Processed delivery for it and a Bounced one for the original.</summary>
    /// <returns>The bounce message.</returns>
    public async Task<Message> BounceAsync(Message original, CancellationToken cancellationToken)
    {
        var notification = await AcceptAsync(
            new MessageDraft($"{Token}@rp.postal.example")
            {
                Scope = "incoming", Sender = null, Subject = "Undelivered Mail Returned to Sender", IsBounce = true, SizeBytes = 4_200,
            }, cancellationToken);
        await LinkBounceAsync(notification, original, cancellationToken);
        return notification;
    }

    /// <summary>Hold period over, or cancelled in the UI: the message will not be sent.</summary>
    public Task CancelHoldAsync(Message message, CancellationToken cancellationToken) =>
        WriteDeliveryAsync(message.Id, DeliveryOutcome.HoldCancelled(), installation.Time.GetUtcNow(), cancellationToken);

    internal async Task LinkBounceAsync(Message notification, Message original, CancellationToken cancellationToken)
    {
        await installation.Messages.ExecuteAsync(
            $"UPDATE {Table("messages")} SET bounce_for_id = @originalId, domain_id = @DomainId WHERE id = @Id",
            new { notification.Id, originalId = original.Id, original.DomainId }, cancellationToken);
        var now = installation.Time.GetUtcNow();
        await WriteDeliveryAsync(notification.Id, DeliveryOutcome.BounceDetected(original.Id), now, cancellationToken);
        await WriteDeliveryAsync(original.Id, DeliveryOutcome.Bounced(notification.Id), now, cancellationToken);
        await DequeueAsync(notification.Id, cancellationToken);
    }

    /// <summary>A quoted table of this server's message database.</summary>
    internal string Table(string name) => Sql.Quote(DatabaseName, name);

    private Task<long> InsertAcceptedAsync(
        MessageDraft draft, Message message, DateTimeOffset receivedAt, (string? Table, long? HeadersId, long? BodyId) stored,
        CancellationToken cancellationToken) =>
        installation.Messages.InsertAsync(Table("messages"),
        [
            ("token", message.Token), ("scope", draft.Scope), ("rcpt_to", draft.Recipient), ("mail_from", draft.Sender),
            ("subject", draft.Subject.Length > 200 ? draft.Subject[..200] : draft.Subject), ("message_id", message.MessageId),
            ("timestamp", Sql.UnixSeconds(receivedAt)), ("domain_id", draft.Domain?.Id), ("route_id", draft.Route?.Id),
            ("credential_id", draft.Credential?.Id), ("status", "Pending"), ("size", draft.SizeBytes),
            // A test message of the web interface leaves it open.
            ("bounce", draft.ReceivedKind == ReceivedKind.WebUi ? null : draft.IsBounce),
            ("bounce_for_id", draft.BounceForId), ("tag", draft.Tag), ("received_with_ssl", true), ("raw_table", stored.Table),
            ("raw_headers_id", stored.HeadersId), ("raw_body_id", stored.BodyId),
        ], cancellationToken);

    private async Task<long> FinishAsync(Message message, DeliveryOutcome outcome, CancellationToken cancellationToken)
    {
        var now = installation.Time.GetUtcNow();
        var details = outcome.Details + await UpdateSuppressionsAsync(message, outcome, now, cancellationToken);
        var id = await WriteDeliveryAsync(message.Id, outcome with { Details = details }, now, cancellationToken);
        if (outcome.Status is "SoftFail" or "Error")
            await RetryLaterAsync(message.Id, now, cancellationToken);
        else
            await DequeueAsync(message.Id, cancellationToken);
        return id;
    }

    private async Task EnqueueAsync(Message message, Route? route, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var domain = message.Recipient[(message.Recipient.LastIndexOf('@') + 1)..];
        var incoming = route is null ? IncomingBatch : $"incoming-rt:{route.Id}-ep:-";
        await installation.Main.SaveAsync(installation.MainTable("queued_messages"),
        [
            ("server_id", Id), ("message_id", message.Id), ("domain", domain), ("created_at", now.UtcDateTime), ("updated_at", now.UtcDateTime),
            ("batch_key", message.Scope == "outgoing" ? $"outgoing-{domain}" : incoming), ("route_id", route?.Id),
        ], cancellationToken);
    }

    private async Task<long> WriteDeliveryAsync(long messageId, DeliveryOutcome outcome, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var id = await installation.Messages.InsertAsync(Table("deliveries"),
        [
            ("message_id", messageId), ("status", outcome.Status), ("details", Cut(outcome.Details)), ("output", Cut(outcome.Output)),
            ("sent_with_ssl", outcome.SentWithTls), ("log_id", Tokens.Random(8)), ("time", outcome.Seconds), ("timestamp", Sql.UnixSeconds(now)),
        ], cancellationToken);
        if (outcome.Status == "Held")
            await CountAsync("held", now, cancellationToken);
        else if (outcome.Status is "HardFail" or "Bounced")
            await CountAsync("bounces", now, cancellationToken);
        var held = outcome.Status == "Held";
        await installation.Messages.ExecuteAsync(
            $"UPDATE {Table("messages")} SET status = @Status, last_delivery_attempt = @at, held = @held, hold_expiry = @expiry WHERE id = @messageId",
            new { outcome.Status, at = Sql.UnixSeconds(now), held, expiry = held ? Sql.UnixSeconds(now + HoldPeriod) : (decimal?)null, messageId },
            cancellationToken);
        return id;
    }

    /// <summary>Adds one to a column of the current hour, day, month and year.</summary>
    private async Task CountAsync(string column, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var period in StatisticsPeriod.All)
            await installation.Messages.ExecuteAsync(
                $"INSERT INTO {Table(period.Table)} (time, {column}) VALUES (@start, 1) ON DUPLICATE KEY UPDATE {column} = COALESCE({column}, 0) + 1",
                new { start = period.Start(now).ToUnixTimeSeconds() }, cancellationToken);
    }

    /// <summary>Two hard fails in a day put an address on the list, a success takes it off; the suffix of the details says so.</summary>
    private async Task<string> UpdateSuppressionsAsync(Message message, DeliveryOutcome outcome, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (message.Scope != "outgoing" || !outcome.IsAttempt)
            return "";
        if (outcome.Status == "Sent")
        {
            var removed = await installation.Messages.ChangeAsync(
                $"DELETE FROM {Table("suppressions")} WHERE type = 'recipient' AND address = @Recipient", new { message.Recipient }, cancellationToken);
            return removed > 0 ? " Recipient removed from suppression list" : "";
        }
        if (outcome.Status != "HardFail")
            return "";
        var earlier = await installation.Messages.ValueAsync<long>(
            $"SELECT COUNT(*) FROM {Table("messages")} WHERE rcpt_to = @Recipient AND status = 'HardFail' AND timestamp > @since AND id <> @Id",
            new { message.Recipient, since = Sql.UnixSeconds(now.AddDays(-1)), message.Id }, cancellationToken);
        if (earlier == 0)
            return "";
        await SuppressAsync(message.Recipient, "too many hard fails", cancellationToken);
        return DeliveryOutcome.SuppressionSuffix;
    }

    private Task RetryLaterAsync(long messageId, DateTimeOffset now, CancellationToken cancellationToken) =>
        installation.Main.ExecuteAsync(
            $"UPDATE {installation.MainTable("queued_messages")} SET attempts = COALESCE(attempts, 0) + 1, "
            + "retry_after = @now + INTERVAL ROUND(@base * POW(@growth, attempts)) SECOND, locked_by = NULL, locked_at = NULL, updated_at = @now "
            + "WHERE server_id = @Id AND message_id = @messageId",
            new { Id, messageId, now = now.UtcDateTime, @base = RetrySchedule.BaseSeconds, growth = RetrySchedule.Growth }, cancellationToken);

    private Task DequeueAsync(long messageId, CancellationToken cancellationToken) =>
        installation.Main.ExecuteAsync(
            $"DELETE FROM {installation.MainTable("queued_messages")} WHERE server_id = @Id AND message_id = @messageId",
            new { Id, messageId }, cancellationToken);

    /// <summary>Postal keeps 250 characters of what it is told.</summary>
    private static string? Cut(string? text) => text is { Length: > 250 } ? text[..250] : text;
}
