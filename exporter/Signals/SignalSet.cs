namespace PostalExporter.Signals;

/// <summary>The signals of one server.</summary>
/// <param name="view">What they know of it.</param>
/// <param name="failureReasons">Says why a delivery failed.</param>
internal sealed class SignalSet(ServerView view, FailureClassifier failureReasons)
{
    private static readonly Func<ServerView, ISignal>[] Registered =
    [
        view => new MessagesSignal(view),
        view => new DeliveriesSignal(view),
        view => new FailuresSignal(view),
        view => new HoldsSignal(view),
        view => new FlagsSignal(view),
        view => new SenderDomainsSignal(view),
        view => new RecipientDomainsSignal(view),
        view => new RecipientsSignal(view),
    ];

    private readonly ISignal[] signals = [.. Registered.Select(create => create(view))];

    /// <summary>Shows an accepted message to every signal.</summary>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        foreach (var signal in signals)
            signal.Observe(message, effects);
    }

    /// <summary>Says why a delivery failed, if it did, and shows it to every signal.</summary>
    public void Observe(in DeliveryEvent delivery, RowEffects effects)
    {
        // Once for all signals: it costs more than the rest of the row.
        if (delivery is { Outgoing: true, Failed: true })
            Show(delivery with { Reason = failureReasons.Classify(delivery.Status, delivery.Details, delivery.Output) }, effects);
        else
            Show(delivery, effects);
    }

    private void Show(in DeliveryEvent delivery, RowEffects effects)
    {
        foreach (var signal in signals)
            signal.Observe(delivery, effects);
    }
}
