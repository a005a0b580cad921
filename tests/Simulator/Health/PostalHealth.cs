namespace PostalSimulator.Health;

/// <summary>What Postal's SMTP server and its worker say about themselves while a scenario happens.</summary>
public sealed class PostalHealth
{
    // One process with one thread, as far as anybody can see.
    private const string Thread = "0";
    private const string MessageJob = "ProcessQueuedMessagesJob";
    private const string DatabaseError = "Mysql2::Error";

    internal HealthPage SmtpServer { get; } = new(HealthFamily.SmtpServer);

    internal HealthPage Worker { get; } = new(HealthFamily.Worker);

    /// <summary>A client brings a message for one recipient.</summary>
    /// <param name="type"><c>outgoing</c>, <c>incoming</c> or <c>bounce</c>.</param>
    internal void MessageTaken(string type)
    {
        Connected(logsIn: type == "outgoing");
        SmtpServer.Increment(HealthFamily.SmtpMessages, type, "yes");
    }

    /// <summary>A client logs in with a password that no credential has.</summary>
    internal void LoginRejected()
    {
        Connected(logsIn: true);
        SmtpServer.Increment(HealthFamily.ClientErrors, "invalid-credentials");
    }

    /// <summary>Storing a message failed; its client gets no answer.</summary>
    internal void StoringFailed() => SmtpServer.Increment(HealthFamily.SmtpExceptions, "data", DatabaseError);

    /// <summary>The worker took up a message and is done with it.</summary>
    internal void MessageProcessed(TimeSpan waited, TimeSpan took)
    {
        Worker.Observe(HealthFamily.QueueLatency, waited.TotalSeconds);
        Worker.Increment(HealthFamily.JobExecutions, Thread, MessageJob);
        Worker.Observe(HealthFamily.JobRuntime, took.TotalSeconds, Thread, MessageJob);
    }

    /// <summary>The worker looked for something to do, and there was nothing.</summary>
    internal void Idle()
    {
        foreach (var job in (string[])[MessageJob, "ProcessWebhookRequestsJob"])
            Worker.Observe(HealthFamily.JobRuntime, 0.002, Thread, job);
    }

    /// <summary>The task of every minute has run.</summary>
    internal void TasksRun() => Worker.Observe(HealthFamily.TaskRuntime, 0.01, "SendNotificationsScheduledTask");

    /// <summary>An error ended the worker's job.</summary>
    internal void WorkFailed() => Worker.Increment(HealthFamily.WorkerErrors, DatabaseError);

    private void Connected(bool logsIn)
    {
        SmtpServer.Increment(HealthFamily.Connections);
        SmtpServer.Increment(HealthFamily.TlsConnections);
        SmtpServer.Increment(HealthFamily.Commands, "EHLO");
        // Postal spells it so.
        SmtpServer.Increment(HealthFamily.Commands, "STARTLS");
        if (logsIn)
            SmtpServer.Increment(HealthFamily.Commands, "AUTH PLAIN");
    }
}
