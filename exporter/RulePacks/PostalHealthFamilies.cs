namespace PostalExporter.RulePacks;

/// <summary>The families of Postal's own pages, which the jobs <c>postal-smtp</c> and <c>postal-worker</c> scrape.</summary>
internal static class PostalHealthFamilies
{
    /// <summary>The job that scrapes a series, or null when it is none of Postal's.</summary>
    public static string? JobOf(string series) =>
        SmtpServer.Contains(series) ? "postal-smtp" : Worker.Contains(series) ? "postal-worker" : null;

    /// <summary>Series of the page of the SMTP server.</summary>
    public static readonly IReadOnlySet<string> SmtpServer = (HashSet<string>)
    [
        "postal_smtp_server_connections_total", "postal_smtp_server_exceptions_total", "postal_smtp_server_tls_connections_total",
        "postal_smtp_server_commands_total", "postal_smtp_server_client_errors", "postal_smtp_server_messages_total",
    ];

    /// <summary>Series of the page of a worker.</summary>
    public static readonly IReadOnlySet<string> Worker = (HashSet<string>)
    [
        "postal_worker_job_executions", "postal_worker_errors",
        .. Parts("postal_worker_job_runtime"), .. Parts("postal_worker_task_runtime"), .. Parts("postal_message_queue_latency"),
    ];

    private static IEnumerable<string> Parts(string histogram) => [$"{histogram}_bucket", $"{histogram}_sum", $"{histogram}_count"];
}
