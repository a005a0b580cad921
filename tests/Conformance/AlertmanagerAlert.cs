using System.Text.Json;

namespace PostalExporter.Conformance;

/// <summary>An alert as Prometheus would send it. Labels and annotations that are null are left out.</summary>
internal sealed record AlertmanagerAlert(string Name, string Severity)
{
    public string? Category { get; init; }

    public string? Organization { get; init; }

    public string? Server { get; init; }

    public string? Credential { get; init; }

    /// <summary>Labels that only some alerts have.</summary>
    public IReadOnlyDictionary<string, string> MoreLabels { get; init; } = new Dictionary<string, string>();

    public string Summary { get; init; } = "A credential sends far more mail than usual.";

    public string? Description { get; init; }

    /// <summary>What it costs so far; null for an alert about the monitoring itself.</summary>
    public string? Impact { get; init; }

    public string RunbookUrl => $"https://runbooks.example/{Name}.md";

    /// <summary>Null for an alert that belongs to no server, which has no view of its own.</summary>
    public string? DashboardUrl =>
        Server is null ? null : $"https://grafana.example/d/postal-server?var-organization={Organization}&var-server={Server}";

    public IReadOnlyDictionary<string, string> Labels => WithoutNulls(
    [
        new("alertname", Name), new("severity", Severity), new("category", Category), new("organization", Organization),
        new("server", Server), new("credential", Credential), .. MoreLabels.Select(label => new KeyValuePair<string, string?>(label.Key, label.Value)),
    ]);

    public IReadOnlyDictionary<string, string> Annotations => WithoutNulls(
    [
        new("summary", Summary), new("description", Description), new("impact", Impact), new("runbook_url", RunbookUrl), new("dashboard_url", DashboardUrl),
    ]);

    /// <summary>A notification as <c>amtool template render</c> reads it, grouped as alertmanager.yml groups.</summary>
    public static string Notification(IReadOnlyCollection<AlertmanagerAlert> firing, IReadOnlyCollection<AlertmanagerAlert> resolved)
    {
        var alerts = firing.Concat(resolved).ToList();
        return JsonSerializer.Serialize(new
        {
            receiver = "test",
            status = firing.Count > 0 ? "firing" : "resolved",
            alerts = alerts.Select((alert, index) => new
            {
                status = index < firing.Count ? "firing" : "resolved",
                labels = alert.Labels,
                annotations = alert.Annotations,
                startsAt = "2026-01-02T03:04:05Z",
            }),
            groupLabels = Common(alerts, alert => alert.Labels).Where(label => label.Key is "alertname" or "organization" or "server").ToDictionary(),
            commonLabels = Common(alerts, alert => alert.Labels),
            commonAnnotations = Common(alerts, alert => alert.Annotations),
            externalURL = "https://alertmanager.example",
        });
    }

    private static Dictionary<string, string> Common(
        List<AlertmanagerAlert> alerts, Func<AlertmanagerAlert, IReadOnlyDictionary<string, string>> part) =>
        part(alerts[0]).Where(pair => alerts.All(alert => part(alert).TryGetValue(pair.Key, out var value) && value == pair.Value)).ToDictionary();

    private static Dictionary<string, string> WithoutNulls(IEnumerable<KeyValuePair<string, string?>> pairs) =>
        pairs.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value!);
}
