using PostalExporter.Metrics;

namespace PostalExporter.Signals;

/// <summary><c>postal_opens_total</c> and <c>postal_clicks_total</c>.</summary>
internal sealed class TrackingSignal(ServerView view) : ISignal
{
    private readonly CounterSeries opens = view.Series(Families.Opens);
    private readonly CounterSeries clicks = view.Series(Families.Clicks);

    /// <inheritdoc/>
    public void Observe(in TrackingEvent tracking, RowEffects effects) => effects.Add(tracking.Click ? clicks : opens);
}
