using System.Globalization;
using PostalSimulator.Installations;

namespace PostalSimulator.History;

/// <summary>Everything Postal keeps besides messages and deliveries, gathered during a server's history and written at its end.</summary>
internal sealed class ServerTotals(MailServer server)
{
    private readonly SortedDictionary<long, Hour> hours = [];
    private readonly SortedDictionary<string, long> rawBytes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> lastUse = new(StringComparer.Ordinal);
    private readonly List<QueueRecord> queue = [];
    private readonly List<SuppressionRecord> suppressions = [];
    private (long Key, Hour? Value) current = (-1, null);

    public long Outgoing => hours.Values.Sum(hour => hour.Outgoing);

    public long Incoming => hours.Values.Sum(hour => hour.Incoming);

    public void Add(MessageRecord message)
    {
        var hour = At(message.At);
        if (message.Scope == "outgoing")
            hour.Outgoing++;
        else
            hour.Incoming++;
        if (message.Credential is { } credential)
            lastUse[credential] = message.At;
    }

    public void Add(DeliveryRecord delivery)
    {
        if (delivery.Outcome.Status == "Held")
            At(delivery.At).Held++;
        else if (delivery.Outcome.Status is "HardFail" or "Bounced")
            At(delivery.At).Bounces++;
    }

    public void Add(QueueRecord queued) => queue.Add(queued);

    public void Add(SuppressionRecord suppression) => suppressions.Add(suppression);

    public void AddRaw(string table, int bytes) => rawBytes[table] = rawBytes.GetValueOrDefault(table) + bytes;

    public async Task WriteAsync(LiveVolume outgoing, LiveVolume incoming, CancellationToken cancellationToken)
    {
        var installation = server.Installation;
        foreach (var period in StatisticsPeriod.All)
            await WriteAsync(period, cancellationToken);
        foreach (var (scope, volume) in ((string, LiveVolume)[])[("outgoing", outgoing), ("incoming", incoming)])
            foreach (var (minute, count, lastAt) in volume.Slots())
                await installation.Messages.ExecuteAsync(
                    $"INSERT INTO {server.Table("live_stats")} (type, minute, count, timestamp) VALUES (@scope, @minute, @count, @at)",
                    new { scope, minute, count, at = lastAt / 1_000_000m }, cancellationToken);
        foreach (var suppression in suppressions)
            await installation.Messages.InsertAsync(server.Table("suppressions"),
            [
                ("type", "recipient"), ("address", suppression.Address), ("reason", suppression.Reason), ("timestamp", suppression.At / 1_000_000m),
                ("keep_until", suppression.At / 1_000_000m + 30 * 86_400),
            ], cancellationToken);
        foreach (var (table, bytes) in rawBytes)
            await server.AddRawTableAsync(table, bytes, cancellationToken);
        await WriteMainAsync(installation, cancellationToken);
    }

    private async Task WriteAsync(StatisticsPeriod period, CancellationToken cancellationToken)
    {
        var rows = hours.GroupBy(hour => period.Start(DateTimeOffset.FromUnixTimeSeconds(hour.Key * 3_600))).Select(group =>
            string.Join(',', group.Key.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), Counted(group.Sum(hour => hour.Value.Incoming)),
                Counted(group.Sum(hour => hour.Value.Outgoing)), Counted(group.Sum(hour => hour.Value.Bounces)), Counted(group.Sum(hour => hour.Value.Held))));
        var values = string.Join("),(", rows);
        if (values.Length > 0)
            await server.Installation.Messages.ExecuteAsync(
                $"INSERT INTO {server.Table(period.Table)} (time, incoming, outgoing, bounces, held) VALUES ({values})", null, cancellationToken);
    }

    private async Task WriteMainAsync(Installation installation, CancellationToken cancellationToken)
    {
        await installation.Main.ExecuteAsync(
            $"UPDATE {installation.MainTable("statistics")} SET total_messages = total_messages + @total, total_outgoing = total_outgoing + @Outgoing, "
            + "total_incoming = total_incoming + @Incoming WHERE id = 1", new { total = Outgoing + Incoming, Outgoing, Incoming }, cancellationToken);
        foreach (var (credential, at) in lastUse)
            await installation.Main.ExecuteAsync(
                $"UPDATE {installation.MainTable("credentials")} SET last_used_at = @at WHERE id = @Id",
                new { server.Credential(credential).Id, at = Moment(at) }, cancellationToken);
        foreach (var queued in queue)
        {
            var domain = queued.Message.Recipient[(queued.Message.Recipient.LastIndexOf('@') + 1)..];
            await installation.Main.InsertAsync(installation.MainTable("queued_messages"),
            [
                ("server_id", server.Id), ("message_id", queued.Message.Id), ("domain", domain), ("created_at", Moment(queued.At)),
                ("updated_at", Moment(queued.At)), ("attempts", queued.Attempts), ("retry_after", queued.RetryAfter is { } after ? Moment(after) : null),
                ("batch_key", queued.Message.Scope == "outgoing" ? $"outgoing-{domain}" : MailServer.IncomingBatch),
            ], cancellationToken);
        }
    }

    private static DateTime Moment(long microseconds) => DateTime.UnixEpoch.AddMicroseconds(microseconds);

    // Postal creates a column's first count with the row's first event of that kind; until then it is NULL.
    private static string Counted(long count) => count == 0 ? "NULL" : count.ToString(CultureInfo.InvariantCulture);

    private Hour At(long microseconds)
    {
        var key = microseconds / 3_600_000_000;
        if (current.Key != key)
        {
            if (!hours.TryGetValue(key, out var hour))
                hours[key] = hour = new Hour();
            current = (key, hour);
        }
        return current.Value!;
    }

    private sealed class Hour
    {
        public long Incoming { get; set; }

        public long Outgoing { get; set; }

        public long Bounces { get; set; }

        public long Held { get; set; }
    }
}
