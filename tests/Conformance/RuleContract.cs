namespace PostalExporter.Conformance;

/// <summary>The part of the metric contract that rules may read: families of the exporter and their labels.</summary>
internal static class RuleContract
{
    /// <summary>Labels that Prometheus adds to what it scrapes.</summary>
    public static readonly string[] TargetLabels = ["instance", "job"];

    /// <summary>Labels of the series Prometheus itself writes.</summary>
    public static readonly Dictionary<string, string[]> BuiltIn = new()
    {
        ["up"] = [],
        ["ALERTS"] = ["alertname", "alertstate", "severity", "category", "organization", "server", "credential"],
    };

    public static readonly Dictionary<string, string[]> Families = new()
    {
        ["postal_messages_total"] = ["organization", "server", "scope", "credential"],
        ["postal_deliveries_total"] = ["organization", "server", "scope", "credential", "status"],
        ["postal_delivery_failures_total"] = ["organization", "server", "credential", "status", "reason"],
        ["postal_message_failures_total"] = ["organization", "server", "credential", "reason"],
        ["postal_messages_held_total"] = ["organization", "server", "credential", "cause"],
        ["postal_server_send_limit_messages"] = ["organization", "server"],
        ["postal_server_send_volume_messages"] = ["organization", "server"],
        ["postal_queue_messages"] = ["organization", "server", "state"],
        ["postal_queue_oldest_message_timestamp_seconds"] = ["organization", "server"],
        ["postal_threshold"] = ["organization", "server", "signal", "severity"],
        ["postal_planned_campaign"] = ["organization", "server", "campaign"],
        ["postal_up"] = [],
        ["postal_exporter_build_info"] = ["version", "revision", "contract"],
        ["postal_exporter_server_up"] = ["organization", "server"],
        ["postal_exporter_collector_success"] = ["collector"],
        ["postal_exporter_collector_duration_seconds"] = ["collector"],
        ["postal_exporter_last_collection_timestamp_seconds"] = [],
        ["postal_exporter_backlog_rows"] = ["stream"],
        ["postal_exporter_rows_total"] = ["stream"],
    };

    /// <summary>The signals of <c>postal_threshold</c> that the exporter resolves for each server.</summary>
    public static readonly string[] Signals =
    [
        "messages_per_hour", "volume_score", "volume_ratio", "volume_minimum_messages",
        "bounce_ratio", "bounce_minimum_outcomes", "bounce_minimum_failures",
        "unknown_recipients_per_hour", "unknown_recipient_ratio", "queue_age_seconds", "send_limit_ratio",
    ];
}
