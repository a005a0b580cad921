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

    /// <summary>A message that was accepted before this server's first collection: something to remember, nothing to count.</summary>
    /// <remarks>History is read backwards: of two messages the older one is shown later.</remarks>
    void Learn(in MessageEvent message, RowEffects effects)
    {
    }

    /// <summary>A delivery was written.</summary>
    void Observe(in DeliveryEvent delivery, RowEffects effects)
    {
    }

    /// <summary>A message was opened, or a link in it was clicked.</summary>
    void Observe(in TrackingEvent tracking, RowEffects effects)
    {
    }

    /// <summary>A link was replaced by one that is tracked. Only when <see cref="InspectionNeeds.Links"/> are asked for.</summary>
    void Observe(in LinkEvent link, RowEffects effects)
    {
    }

    /// <summary>A message was accepted, with its raw text. Only when <see cref="InspectionNeeds"/> ask for it.</summary>
    void Observe(InspectedMessage message, RowEffects effects)
    {
    }
}
