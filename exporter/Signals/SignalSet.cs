namespace PostalExporter.Signals;

/// <summary>The signals of one server.</summary>
/// <param name="view">The server.</param>
/// <param name="registered">Makes them: <see cref="All"/>, or fewer for a measurement.</param>
internal sealed class SignalSet(ServerView view, IReadOnlyList<Func<ServerView, ISignal?>> registered)
{
    /// <summary>Every signal; none for one that the configuration does not ask for.</summary>
    public static IReadOnlyList<Func<ServerView, ISignal?>> All { get; } =
    [
        view => new MessagesSignal(view),
        view => new DeliveriesSignal(view),
        view => new FailuresSignal(view),
        view => new HoldsSignal(view),
        view => new FlagsSignal(view),
        view => new DeliveryDelaySignal(view),
        view => new SenderDomainsSignal(view),
        view => new RecipientDomainsSignal(view),
        view => new RecipientsSignal(view),
        view => new NewRecipientDomainsSignal(view),
        view => new RepeatedRecipientsSignal(view),
        view => new RecipientRegionsSignal(view),
        view => new FreeMailSignal(view),
        view => new HabitsSignal(view),
        view => view.Configuration.Lists.All.Count > 0 ? new ListsSignal(view) : null,
        view => new TrackingSignal(view),
        view => new SourcesSignal(view),
        view => new ContentSignal(view),
        view => new ComplaintsSignal(view),
    ];

    private readonly ISignal[] signals = [.. registered.Select(create => create(view)).OfType<ISignal>()];

    /// <summary>Shows an accepted message to every signal.</summary>
    public void Observe(in MessageEvent message, RowEffects effects)
    {
        view.Recipient.Read(message);
        foreach (var signal in signals)
            signal.Observe(message, effects);
    }

    /// <summary>Shows a message of the past to every signal.</summary>
    public void Learn(in MessageEvent message, RowEffects effects)
    {
        view.Recipient.Read(message);
        foreach (var signal in signals)
            signal.Learn(message, effects);
    }

    /// <summary>Shows an opening or a click to every signal.</summary>
    public void Observe(in TrackingEvent tracking, RowEffects effects)
    {
        foreach (var signal in signals)
            signal.Observe(tracking, effects);
    }

    /// <summary>Shows a tracked link to every signal.</summary>
    public void Observe(in LinkEvent link, RowEffects effects)
    {
        foreach (var signal in signals)
            signal.Observe(link, effects);
    }

    /// <summary>Shows a message with its raw text to every signal.</summary>
    public void Observe(InspectedMessage message, RowEffects effects)
    {
        foreach (var signal in signals)
            signal.Observe(message, effects);
    }

    /// <summary>Says why a delivery failed, if it did, and shows it to every signal.</summary>
    public void Observe(in DeliveryEvent delivery, RowEffects effects)
    {
        // Once for all signals: it costs more than the rest of the row.
        if (delivery is { Outgoing: true, Failed: true })
            Show(delivery with { Reason = view.FailureReasons.Classify(delivery.Status, delivery.Details, delivery.Output) }, effects);
        else
            Show(delivery, effects);
    }

    private void Show(in DeliveryEvent delivery, RowEffects effects)
    {
        foreach (var signal in signals)
            signal.Observe(delivery, effects);
    }
}
