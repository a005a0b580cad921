namespace PostalExporter.Metrics;

/// <content>The exporter on itself.</content>
internal static partial class Families
{
    /// <summary>Main database reachable.</summary>
    public static readonly Family Up = Gauge(
        "postal_up", [],
        "1 when the main database answered the last collection.",
        "At 0 nothing below is current.");

    /// <summary>Message database readable.</summary>
    public static readonly Family ServerUp = Gauge(
        "postal_exporter_server_up", ["organization", "server"],
        "1 when the server's message database was read at the last collection.",
        "At 0 this server's counters stand still; the log says why.");

    /// <summary>Result of a collector.</summary>
    public static readonly Family CollectorSuccess = Gauge(
        "postal_exporter_collector_success", ["collector"],
        "1 when the collector did its work at the last collection.",
        "At 0 its families are absent or old; the log says why.");

    /// <summary>Duration of a collector.</summary>
    public static readonly Family CollectorDuration = Gauge(
        "postal_exporter_collector_duration_seconds", ["collector"],
        "Seconds the collector took at the last collection.",
        "What makes a scrape slow.");

    /// <summary>When the last collection ended.</summary>
    public static readonly Family LastCollection = Gauge(
        "postal_exporter_last_collection_timestamp_seconds", [],
        "Unix time of the end of the last collection that read and saved everything it was to read.",
        "When it stands still the numbers are old.");

    /// <summary>Rows not read yet.</summary>
    public static readonly Family BacklogRows = Gauge(
        "postal_exporter_backlog_rows", ["stream"],
        "Rows that exist and were not read yet, by difference of ids. Source: messages, deliveries.",
        "Above 0 for long means that collections are too short for the traffic.");

    /// <summary>Rows read.</summary>
    public static readonly Family Rows = Counter(
        "postal_exporter_rows_total", ["stream"],
        "Rows read and counted, by stream. Source: messages, deliveries.",
        "The exporter's own work.");

    /// <summary>Rows that became visible out of order.</summary>
    public static readonly Family RowsLate = Counter(
        "postal_exporter_rows_late_total", ["stream"],
        "Rows counted after a higher id had been read, part of rows_total. Source: messages, deliveries.",
        "Ordinary with many writers.");

    /// <summary>Rows that could not be read.</summary>
    public static readonly Family RowsLost = Counter(
        "postal_exporter_rows_lost_total", ["stream"],
        "Rows that are not counted: deleted before they were read (estimated by ids), or visible only after the settle time. Source: messages, deliveries.",
        "Above 0 the counters are too low by this number.");

    /// <summary>Label values folded into other.</summary>
    public static readonly Family LabelValuesLimited = Counter(
        "postal_exporter_label_values_limited_total", ["family"],
        "Increments that went to the label value other because the bound on values was reached.",
        "High for recipient domains on any busy server. For credentials and sending domains the server has more than limits allow.");

    /// <summary>Content rules that took too long.</summary>
    public static readonly Family ContentTimeouts = Counter(
        "postal_exporter_content_timeouts_total", ["rule"],
        "Texts on which a rule of content.rules took more than 100 ms, and which count as no match; only with such rules.",
        "The rule is blind to such mail; write a simpler expression.");

    /// <summary>Result of the last reload.</summary>
    public static readonly Family ConfigLastReloadSuccessful = Gauge(
        "postal_exporter_config_last_reload_successful", [],
        "1 when the last attempt to load the configuration succeeded.",
        "At 0 the exporter runs with the configuration before it; the log says what is wrong.");

    /// <summary>When the configuration was loaded.</summary>
    public static readonly Family ConfigLastReloadSuccess = Gauge(
        "postal_exporter_config_last_reload_success_timestamp_seconds", [],
        "Unix time of the last successful load of the configuration.",
        "Tells which configuration is in force.");

    /// <summary>Length of a list.</summary>
    public static readonly Family ListEntries = Gauge(
        "postal_exporter_list_entries", ["list"],
        "Different domains and addresses of a list that are in force. Source: the file of the list.",
        "A list that shrinks was cut off where it comes from.");

    /// <summary>Result of the last reading of a list.</summary>
    public static readonly Family ListLastReloadSuccessful = Gauge(
        "postal_exporter_list_last_reload_successful", ["list"],
        "1 when the file of the list could be used when it was last seen to have changed.",
        "At 0 what the list held before is in force; the log says what is wrong.");

    /// <summary>Version of the exporter.</summary>
    public static readonly Family BuildInfo = Gauge(
        "postal_exporter_build_info", ["version", "revision", "contract"],
        "Always 1: version and revision of the exporter, and version of the metric contract.",
        "Rules check that they speak the same contract.");
}
