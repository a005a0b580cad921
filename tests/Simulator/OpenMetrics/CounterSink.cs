using PostalSimulator.History;

namespace PostalSimulator.OpenMetrics;

/// <summary>Counts a server's history as the exporter would have, at the ends of equal steps.</summary>
internal sealed class CounterSink(string organization, string server, long start, long stepMicroseconds, int steps, CounterFamilies families) : IHistorySink
{
    public void Message(MessageRecord message) =>
        families.Messages.Add(Step(message.At), organization, server, message.Scope, message.Credential ?? "");

    public void Delivery(DeliveryRecord delivery)
    {
        var step = Step(delivery.At);
        var credential = delivery.Message.Credential ?? "";
        families.Deliveries.Add(step, organization, server, delivery.Message.Scope, credential, delivery.Outcome.Status);
        if (delivery.FirstFailure is { } reason && delivery.Message.Scope == "outgoing")
            families.Failures.Add(step, organization, server, credential, reason);
    }

    public void Queued(QueueRecord queued)
    {
        // The queue is no counter.
    }

    public void Suppressed(SuppressionRecord suppression)
    {
        // The suppression list is no counter.
    }

    public ValueTask MinuteEndedAsync(long unixMinute, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The first step at whose end a moment is over.</summary>
    private int Step(long at) => (int)Math.Clamp((at - start) / stepMicroseconds + 1, 0, steps);
}
