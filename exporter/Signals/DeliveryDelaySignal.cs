using System.Globalization;
using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_message_delivery_delay_seconds</c>.</summary>
internal sealed class DeliveryDelaySignal : ISignal
{
    // Within a second, a deferral of greylisting, and the first retries of Postal, which come after 5, 7, 8, 11 … minutes.
    private static readonly int[] Bounds = [1, 5, 15, 60, 300, 1800, 14_400];

    private readonly ServerView view;
    private readonly CounterSeries[] buckets;
    private readonly CounterSeries sum;
    private readonly CounterSeries count;

    /// <summary>Makes all series of the server: a histogram is whole.</summary>
    public DeliveryDelaySignal(ServerView view)
    {
        this.view = view;
        buckets = [.. Bounds.Select(bound => Part(bound.ToString(CultureInfo.InvariantCulture))), Part(HistogramPart.Infinity)];
        sum = Part(HistogramPart.Sum);
        count = Part(HistogramPart.Count);
    }

    /// <inheritdoc/>
    public void Observe(in DeliveryEvent delivery, RowEffects effects)
    {
        if (!delivery.Outgoing || delivery.Status != DeliveryStatus.Sent || delivery.SecondsSinceAccepted is not { } seconds)
            return;
        // Of a message that was tried before the first collection it is not known whether it was sent, too.
        if (!effects.Once(view.Marks[MarkKind.Sent], delivery.MessageId) || delivery.AttemptedBefore)
            return;
        // Hosts stamp rows by their own clocks.
        seconds = Math.Max(0, seconds);
        for (var i = buckets.Length - 1; i >= 0 && (i == Bounds.Length || seconds <= Bounds[i]); i--)
            effects.Add(buckets[i]);
        effects.Add(sum, (long)(seconds * HistogramPart.SumScale));
        effects.Add(count);
    }

    private CounterSeries Part(string part) => view.Series(Families.MessageDeliveryDelay, part);
}
