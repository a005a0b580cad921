using PostalSimulator.Installations;
using PostalSimulator.Scenarios;
using PostalSimulator.Traffic;

namespace PostalSimulator.History;

/// <summary>Plays Postal for one server over past time, in memory: the checks, retries, bounces and holds of every planned message.</summary>
internal sealed class HistorySimulation
{
    private const long Second = 1_000_000;
    private const long Hour = 3_600 * Second;
    private const long Day = 24 * Hour;

    private readonly ServerDescription server;
    private readonly HashSet<string> heldCredentials;
    private readonly IHistorySink sink;
    private readonly long end;
    private readonly PriorityQueue<object, long> pending = new();
    private readonly Dictionary<string, long> hardFails = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SuppressionRecord> suppressions = new(StringComparer.Ordinal);
    private readonly LiveVolume outgoing = new();
    private readonly LiveVolume incoming = new();
    private long lastId;

    /// <param name="server">What the server is and what its traffic looks like.</param>
    /// <param name="end">End of the history, unix microseconds. What would happen later does not.</param>
    /// <param name="sink">Where the rows go.</param>
    public HistorySimulation(ScenarioServer server, long end, IHistorySink sink)
    {
        this.server = server.Description;
        this.end = end;
        this.sink = sink;
        heldCredentials = [.. server.Description.Credentials.Where(credential => credential.Hold).Select(credential => credential.Name)];
    }

    public LiveVolume Outgoing => outgoing;

    public LiveVolume Incoming => incoming;

    /// <summary>Plays the minutes one after the other; each gives its messages in order of arrival.</summary>
    public async Task RunAsync(IEnumerable<(long Minute, List<PlannedMessage> Messages)> minutes, CancellationToken cancellationToken)
    {
        foreach (var (minute, messages) in minutes)
        {
            foreach (var message in messages)
            {
                if (message.AtMicroseconds >= end)
                    break;
                Settle(message.AtMicroseconds);
                if (!message.IsRejectedLogin)
                    Accept(message);
            }
            Settle(Math.Min((minute + 1) * 60 * Second, end));
            await sink.MinuteEndedAsync(minute, cancellationToken);
        }
        Settle(end);
        foreach (var suppression in suppressions.Values.Where(suppression => suppression.At > end - 30 * Day))
            sink.Suppressed(suppression);
    }

    /// <summary>Lets everything happen that is due before a moment.</summary>
    private void Settle(long until)
    {
        while (pending.TryPeek(out var next, out var due) && due < until)
        {
            pending.Dequeue();
            if (next is DeliveryRecord delivery)
                sink.Delivery(delivery);
            else
                Receive((Notification)next);
        }
    }

    private void Accept(PlannedMessage planned)
    {
        var key = new MessageKey(++lastId, planned.Credential is null ? "incoming" : "outgoing", planned.Credential, planned.Recipient);
        var history = new Course(key, planned.AtMicroseconds);
        var at = planned.AtMicroseconds + planned.QueueMicroseconds;
        if (at >= end)
            sink.Queued(new QueueRecord(key, planned.AtMicroseconds, 0, null));
        else if (Hold(key, at) is { } hold)
            Held(history, at, hold);
        else if (key.Scope == "incoming")
            history.Add(at, planned.Attempt(0));
        else
            Send(history, planned, at);
        sink.Message(history.ToMessage(planned.SizeBytes) with { Episode = planned.Episode });
        foreach (var delivery in history.Deliveries)
            pending.Enqueue(delivery, delivery.At);
    }

    /// <summary>Postal's checks before it sends; null when it sends.</summary>
    private DeliveryOutcome? Hold(MessageKey key, long at)
    {
        var isOutgoing = key.Scope == "outgoing";
        if (isOutgoing && heldCredentials.Contains(key.Credential!))
            return DeliveryOutcome.HeldByCredential();
        if (isOutgoing && suppressions.TryGetValue(key.Recipient, out var suppression) && suppression.At > at - 30 * Day)
            return DeliveryOutcome.HeldBySuppression(key.Recipient, suppression.Reason);
        if (isOutgoing && server.SendLimit is { } limit && outgoing.LastHour(at) >= limit)
            return DeliveryOutcome.HeldBySendLimit(limit);
        (isOutgoing ? outgoing : incoming).Add(at);
        return server.Mode == "Development" ? DeliveryOutcome.HeldByDevelopmentMode() : null;
    }

    private void Held(Course history, long at, DeliveryOutcome hold)
    {
        var expiry = at + 7 * Day;
        // The task that gives up expired holds runs a quarter past every hour.
        var cancelled = (expiry - Hour / 4 + Hour - 1) / Hour * Hour + Hour / 4;
        history.Add(at, hold);
        if (cancelled < end)
            history.Add(cancelled, DeliveryOutcome.HoldCancelled());
        else
            history.HoldExpiresAt = expiry;
    }

    private void Send(Course history, PlannedMessage planned, long at)
    {
        for (var attempt = 0; attempt < Math.Min(planned.Deferrals, MailServer.MaximumAttempts); attempt++)
        {
            history.Add(at, planned.Attempt(attempt), attempt == 0 ? planned.ReasonOf(0) : null);
            var retryAfter = at + (long)RetrySchedule.After(attempt + 1).TotalMicroseconds;
            at = retryAfter + (long)RetrySchedule.WorkerDelay.TotalMicroseconds;
            if (at >= end)
            {
                sink.Queued(new QueueRecord(history.Key, planned.AtMicroseconds, attempt + 1, retryAfter));
                return;
            }
            if (attempt + 1 < MailServer.MaximumAttempts)
                outgoing.Add(at);
        }
        if (planned.Deferrals >= MailServer.MaximumAttempts)
        {
            Suppress(planned.Recipient, "too many soft fails", at);
            history.Add(at, DeliveryOutcome.AttemptsExhausted(MailServer.MaximumAttempts, planned.Recipient));
        }
        else if (planned.IsRefused)
            Refuse(history, planned, at);
        else
            Deliver(history, planned, at);
    }

    private void Refuse(Course history, PlannedMessage planned, long at)
    {
        var outcome = planned.Attempt(planned.Deferrals);
        if (hardFails.TryGetValue(planned.Recipient, out var earlier) && earlier > at - Day)
        {
            Suppress(planned.Recipient, "too many hard fails", at);
            outcome = outcome with { Details = outcome.Details + DeliveryOutcome.SuppressionSuffix };
        }
        hardFails[planned.Recipient] = at;
        history.Add(at, outcome, planned.Deferrals == 0 ? planned.ReasonOf(0) : null);
    }

    private void Deliver(Course history, PlannedMessage planned, long at)
    {
        history.Add(at, planned.Attempt(planned.Deferrals));
        var notifiedAt = at + planned.BounceAfterSeconds * Second;
        // The bounce message needs its id before the original's last delivery can be worded, and gets it when it arrives.
        if (planned.BounceAfterSeconds == 0 || notifiedAt + Second >= end)
            return;
        history.BouncedAt = notifiedAt + Second;
        pending.Enqueue(new Notification(history.Key, notifiedAt, planned.Deferrals == 0), notifiedAt);
    }

    private void Receive(Notification notification)
    {
        var key = new MessageKey(++lastId, "incoming", null, "returns@rp.postal.example");
        var processedAt = notification.At + Second;
        incoming.Add(processedAt);
        var history = new Course(key, notification.At) { BounceForId = notification.Original.Id };
        history.Add(processedAt, DeliveryOutcome.BounceDetected(notification.Original.Id));
        sink.Message(history.ToMessage(4_200));
        pending.Enqueue(history.Deliveries[0], processedAt);
        var bounced = Course.Delivery(notification.Original, processedAt, DeliveryOutcome.Bounced(key.Id), notification.IsFirstFailure ? "other" : null);
        pending.Enqueue(bounced, processedAt);
    }

    private void Suppress(string address, string reason, long at) => suppressions[address] = new SuppressionRecord(address, reason, at);

    private sealed record Notification(MessageKey Original, long At, bool IsFirstFailure);

    /// <summary>One message and what happens to it.</summary>
    private sealed class Course(MessageKey key, long at)
    {
        public MessageKey Key => key;

        public List<DeliveryRecord> Deliveries { get; } = new(1);

        public long? HoldExpiresAt { get; set; }

        public long? BouncedAt { get; set; }

        public long BounceForId { get; init; }

        public static DeliveryRecord Delivery(MessageKey key, long at, DeliveryOutcome outcome, string? firstFailure) => new()
        {
            Message = key, At = at, Outcome = outcome, FirstFailure = firstFailure,
        };

        public void Add(long moment, DeliveryOutcome outcome, string? firstFailure = null) =>
            Deliveries.Add(Delivery(key, moment, outcome, firstFailure));

        public MessageRecord ToMessage(int sizeBytes) => new()
        {
            Id = key.Id, Scope = key.Scope, Credential = key.Credential, Recipient = key.Recipient, At = at, SizeBytes = sizeBytes,
            Status = BouncedAt is not null ? "Bounced" : Deliveries.Count > 0 ? Deliveries[^1].Outcome.Status : "Pending",
            LastAttemptAt = BouncedAt ?? (Deliveries.Count > 0 ? Deliveries[^1].At : null),
            HoldExpiresAt = HoldExpiresAt, BounceForId = BounceForId,
        };
    }
}
