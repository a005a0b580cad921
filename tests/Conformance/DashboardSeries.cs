using System.Globalization;
using System.Text;

namespace PostalExporter.Conformance;

/// <summary>
/// Samples of the metric contract's families as two exporters of the same installation expose them, and of what the rule
/// pack records from them, for a small installation: organizations acme and zeta, a server of each, two credentials of each.
/// A query that names a family or a label which is not here finds nothing.
/// </summary>
internal static class DashboardSeries
{
    /// <summary>Moment of the last sample, in seconds since 1970. Any will do: nothing here asks what time it is.</summary>
    public const long End = 1_767_225_600;

    private const int Samples = 41;
    private const int IntervalSeconds = 15;

    private static readonly string[] Servers = ["organization=\"acme\",server=\"main\"", "organization=\"zeta\",server=\"mail\""];
    private static readonly string[] Credentials = [.. Servers.SelectMany(server => new[] { $"{server},credential=\"app\"", $"{server},credential=\"crm\"" })];
    private static readonly string[] Exporters = ["job=\"postal\",instance=\"a:10587\"", "job=\"postal\",instance=\"b:10587\""];

    /// <summary>Everything in OpenMetrics, as <c>promtool tsdb create-blocks-from openmetrics</c> reads it.</summary>
    public static string OpenMetrics()
    {
        var text = new StringBuilder();
        void Exported(string family, string[] sets, params string[] more) => Add(text, family, Combine(Exporters, Combine(sets, more)));
        void Recorded(string family, string[] sets, params string[] more) => Add(text, family, Combine(sets, more));

        Exported("up", [""]);
        Exported("postal_up", [""]);
        Exported("postal_server_info", Servers, "server_id=\"1\",mode=\"Live\"");
        Exported("postal_exporter_server_up", Servers);
        Exported("postal_exporter_collector_success", [""], "collector=\"queue\"");
        Exported("postal_exporter_last_collection_timestamp_seconds", [""]);
        Exported("postal_exporter_backlog_rows", [""], "stream=\"messages\"", "stream=\"deliveries\"");
        Exported("postal_messages_total", Credentials, "scope=\"outgoing\"");
        Exported("postal_deliveries_total", Credentials, "scope=\"outgoing\",status=\"Sent\"", "scope=\"outgoing\",status=\"HardFail\"");
        Exported("postal_message_failures_total", Credentials, "reason=\"recipient_unknown\"");
        Exported("postal_messages_held_total", Credentials, "cause=\"send_limit\"");
        Exported("postal_sender_domain_messages_total", Servers, "domain=\"acme.example\"");
        Exported("postal_queue_messages", Servers, "state=\"ready\"", "state=\"delayed\"", "state=\"locked\"");
        Exported("postal_queue_oldest_message_timestamp_seconds", Servers);
        Exported("postal_server_send_limit_messages", Servers);
        Exported("postal_server_send_volume_messages", Servers);

        Recorded("postal_smtp_server_client_errors", ["job=\"postal-smtp\",instance=\"postal:9091\""], "error=\"invalid-credentials\"", "error=\"missing-credentials\"");
        Recorded("postal_worker_errors", ["job=\"postal-worker\",instance=\"postal:9090\""], "error=\"Mysql2::Error\"");

        Recorded("organization:postal_messages:increase1h", ["organization=\"acme\"", "organization=\"zeta\""]);
        Recorded("organization:postal_messages:baseline1h", ["organization=\"acme\"", "organization=\"zeta\""]);
        Recorded("server:postal_bounces_per_outcomes:ratio_increase1h", Servers);
        Recorded("credential:postal_messages:increase1h", Credentials);
        Recorded("credential:postal_messages:baseline1h", Credentials);
        Recorded("credential:postal_messages:zscore1h", Credentials);
        Recorded("credential:postal_bounces_per_outcomes:ratio_increase1h", Credentials);
        Recorded("credential:postal_unknown_recipients_per_outcomes:ratio_increase1h", Credentials);
        string[] signals = ["volume_ratio", "bounce_ratio", "queue_age_seconds", "send_limit_ratio"];
        Recorded("server:postal_threshold:max_last10m", Servers,
            [.. signals.SelectMany(signal => new[] { $"signal=\"{signal}\",severity=\"warning\"", $"signal=\"{signal}\",severity=\"critical\"" })]);
        Recorded("ALERTS", [Credentials[0], ""], "alertname=\"PostalCredentialVolumeAnomaly\",alertstate=\"firing\",severity=\"critical\",category=\"abuse\"");
        return text.Append("# EOF\n").ToString();
    }

    private static string[] Combine(string[] sets, string[] more) =>
        more.Length == 0 ? sets : [.. from set in sets from one in more select string.Join(',', new[] { set, one }.Where(labels => labels.Length > 0))];

    /// <summary>Writes rising values; those named for a failure or a collector's success stay 0, so that what counts the failing ones has some to count.</summary>
    private static void Add(StringBuilder text, string family, string[] labelSets)
    {
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {family} unknown\n");
        foreach (var labels in labelSets)
        {
            for (var sample = 0; sample < Samples; sample++)
            {
                var value = family is "postal_exporter_collector_success" or "postal_exporter_server_up" ? 0 : sample + 1;
                var moment = End - ((Samples - 1 - sample) * IntervalSeconds);
                text.Append(CultureInfo.InvariantCulture, $"{family}{{{labels}}} {value} {moment}\n");
            }
        }
    }
}
