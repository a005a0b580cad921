namespace PostalSimulator.Health;

/// <summary>A family of the metrics that Postal's own processes expose.</summary>
/// <param name="Name">As on Postal's page, with or without <c>_total</c>.</param>
/// <param name="IsHistogram">Whether it is a histogram, of seconds; else it is a counter.</param>
/// <param name="Help">What the page says of it.</param>
/// <param name="Labels">Names in the order of the page.</param>
public sealed record HealthFamily(string Name, bool IsHistogram, string Help, params IReadOnlyList<string> Labels)
{
    /// <summary>Upper bounds of every histogram's buckets, in seconds. What takes longer is told from ten seconds by the last bucket alone.</summary>
    public static readonly IReadOnlyList<double> Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    internal static readonly HealthFamily Connections = new("postal_smtp_server_connections_total", false, "Connections that clients opened.");
    internal static readonly HealthFamily SmtpExceptions =
        new("postal_smtp_server_exceptions_total", false, "Exceptions in the SMTP server.", "type", "error");
    internal static readonly HealthFamily TlsConnections = new("postal_smtp_server_tls_connections_total", false, "Connections that were encrypted.");
    internal static readonly HealthFamily Commands = new("postal_smtp_server_commands_total", false, "Commands of clients, by command.", "command");
    internal static readonly HealthFamily ClientErrors = new("postal_smtp_server_client_errors", false, "Refusals, by reason.", "error");
    internal static readonly HealthFamily SmtpMessages =
        new("postal_smtp_server_messages_total", false, "Messages taken, one for each recipient.", "type", "tls");
    internal static readonly HealthFamily JobExecutions =
        new("postal_worker_job_executions", false, "Runs of a job that found something to do.", "thread", "job");
    internal static readonly HealthFamily JobRuntime = new("postal_worker_job_runtime", true, "Seconds that runs of a job took.", "thread", "job");
    internal static readonly HealthFamily WorkerErrors = new("postal_worker_errors", false, "Errors that ended a job or a task, by class.", "error");
    internal static readonly HealthFamily TaskRuntime = new("postal_worker_task_runtime", true, "Seconds that scheduled tasks took.", "task");
    internal static readonly HealthFamily QueueLatency =
        new("postal_message_queue_latency", true, "Seconds from the creation of a queue row until it is taken up.");

    /// <summary>What the SMTP server exposes.</summary>
    public static readonly IReadOnlyList<HealthFamily> SmtpServer = [Connections, SmtpExceptions, TlsConnections, Commands, ClientErrors, SmtpMessages];

    /// <summary>What a worker exposes.</summary>
    public static readonly IReadOnlyList<HealthFamily> Worker = [JobExecutions, JobRuntime, WorkerErrors, TaskRuntime, QueueLatency];
}
