using PostalExporter.Configuration;

namespace PostalExporter.Postal;

/// <summary>A setting of Postal, or of the exporter, that keeps abuse from being seen or limited.</summary>
/// <param name="Check">The label <c>check</c>.</param>
/// <param name="Effect">What is not seen where it is.</param>
/// <param name="Remedy">What an operator can do.</param>
/// <param name="IsBlind">Whether it is so for a server; null when it cannot be told.</param>
internal sealed record BlindSpot(string Check, string Effect, string Remedy, Func<MailServer, ExporterConfiguration, bool?> IsBlind);

/// <summary>The list of blind spots; the gauge and <c>check-config</c> take them from here. One is added by an entry.</summary>
internal static class BlindSpots
{
    /// <summary>Every blind spot that follows from settings.</summary>
    public static IReadOnlyList<BlindSpot> All { get; } =
    [
        new(
            "outbound_scan_off", "outgoing mail is not scanned, so nothing of it is flagged as spam or as a threat",
            "give the server an outbound spam threshold in Postal (mail server, Settings, Advanced)",
            (server, _) => !server.ScansOutgoing),
        new(
            "privacy_mode", "Postal leaves the client's address out of the Received line, so the networks that mail comes from are not known",
            "switch privacy mode off in Postal (mail server, Settings, Advanced), or accept it",
            (server, _) => server.PrivacyMode),
        new(
            "no_send_limit", "a stolen credential can send as fast as the machine does",
            "give the server a send limit in Postal (mail server, Settings, Advanced) that is above its busiest hour",
            (server, _) => server.SendLimitIsKnown ? server.SendLimit is null : null),
        new(
            "no_feedback_route", "complaints of recipients are not seen, which providers act upon",
            "subscribe to feedback loops, let their reports and abuse mail come in at a route of Postal, and name its address in complaints.routes",
            (_, configuration) => configuration.Complaints.Routes.Count == 0),
        new(
            "no_source_networks", "the networks that credentials are used from are not watched",
            "set sources.enabled in the exporter's configuration; it then reads the header block of every outgoing message",
            (_, configuration) => !configuration.Sources.Enabled),
    ];
}
