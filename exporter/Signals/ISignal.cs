namespace PostalExporter.Signals;

/// <summary>
/// Turns one event of one server into increments; knows nothing of SQL or cursors. An instance belongs to a server
/// and lives until labels of the server's credentials change, or values lose their places. Registered by one line in <see cref="SignalSet"/>.
/// </summary>
internal interface ISignal
{
    /// <summary>A message was accepted.</summary>
    void Observe(in MessageEvent message, RowEffects effects)
    {
    }

    /// <summary>A delivery was written.</summary>
    void Observe(in DeliveryEvent delivery, RowEffects effects)
    {
    }
}
