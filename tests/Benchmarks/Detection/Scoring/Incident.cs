using PostalExporter.Benchmarks.Detection.Replay;
using PostalExporter.Benchmarks.Detection.Traffic;

namespace PostalExporter.Benchmarks.Detection.Scoring;

/// <summary>An uninterrupted time in which one alert fires for one subject.</summary>
/// <param name="Alert">Name of the alert.</param>
/// <param name="Severity"><c>warning</c> or <c>critical</c>.</param>
/// <param name="Organization">Label of the alert.</param>
/// <param name="Server">Label of the alert; empty for an organization.</param>
/// <param name="Credential">Label of the alert; null when it speaks of a whole server.</param>
/// <param name="Begin">Minute in which it began to fire.</param>
/// <param name="End">First minute in which it no longer fired.</param>
internal sealed record Incident(string Alert, string Severity, string Organization, string Server, string? Credential, int Begin, int End)
{
    /// <summary>Whether it speaks of this credential, or of the server or organization it belongs to.</summary>
    public bool Concerns(TracedCredential credential) =>
        Organization == credential.Organization && (Server.Length == 0 || Server == credential.Server) && (Credential is null || Credential == credential.Name);

    /// <summary>The incidents of some alerts that speak of abuse, in order of time. A pack without categories speaks of nothing else.</summary>
    public static IReadOnlyList<Incident> Of(IEnumerable<AlertTimeline> alerts) =>
    [
        .. from alert in alerts
           where alert.Labels.GetValueOrDefault("severity") is "warning" or "critical" && alert.Labels.GetValueOrDefault("category", "abuse") == "abuse"
           where alert.Labels.ContainsKey("organization")
           from span in Spans(alert.Firing)
           orderby span.Begin
           select new Incident(
               alert.Rule.Alert!, alert.Labels["severity"], alert.Labels["organization"], alert.Labels.GetValueOrDefault("server", ""),
               alert.Labels.GetValueOrDefault("credential"), span.Begin, span.End),
    ];

    private static IEnumerable<(int Begin, int End)> Spans(IReadOnlyList<bool> firing)
    {
        var begin = -1;
        for (var minute = 0; minute <= firing.Count; minute++)
        {
            var fires = minute < firing.Count && firing[minute];
            if (fires && begin < 0)
                begin = minute;
            if (!fires && begin >= 0)
            {
                yield return (begin, minute);
                begin = -1;
            }
        }
    }
}
