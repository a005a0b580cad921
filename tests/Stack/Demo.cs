using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PostalStack;

/// <summary>Shows on a terminal how a hijacked credential is noticed.</summary>
internal sealed class Demo(TextWriter output)
{
    private static readonly TimeSpan PageLimit = TimeSpan.FromMinutes(10);
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly long start = TimeProvider.System.GetTimestamp();

    /// <summary>Runs it.</summary>
    /// <param name="once">Whether it ends when the page has arrived; else it goes on until it is cancelled.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Seconds from the first abusive message to the page.</returns>
    /// <exception cref="StackException">Something does not work; the message says what.</exception>
    public async Task<double> RunAsync(bool once, CancellationToken cancellationToken)
    {
        Say("starting the stack on loopback");
        await using var stack = await MonitoringStack.StartAsync(Say, cancellationToken);
        var detection = new Detection(stack, step => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step.Seconds,8:0.0}  {step.What}")));
        Say("waiting for the rules to know what is usual (the group of the baselines runs every two minutes)");
        var usual = await detection.UntilBaselineAsync(cancellationToken);
        Say(string.Create(CultureInfo.InvariantCulture,
            $"usual         at this time of the week {stack.Hijack.Credential} sends {usual:0} messages in a busy hour"));
        Say("watchdog      the dead man's switch got its first ping");
        output.WriteLine($"""

            Look around:
              exporter      {stack.Exporter.Address}
              Prometheus    {new Uri(stack.Prometheus.Address, "/alerts")}
              Alertmanager  {stack.Alertmanager.Address}

            Credential {stack.Hijack.Credential} of {stack.Hijack.Server} is hijacked now: {stack.Hijack.MessagesPerSecond} messages a second to a bought list.
            Seconds since the first abusive message:
            """);
        await detection.RunAsync(PageLimit, cancellationToken);
        var seconds = detection.Steps[^1].Seconds;
        output.WriteLine();
        output.WriteLine($"POST {Pager.PagerDutyPath}");
        output.WriteLine(JsonSerializer.Serialize(detection.Page!.Body, Readable));
        if (!once)
        {
            output.WriteLine();
            output.WriteLine(PageLine(seconds));
            output.WriteLine("Running until Ctrl-C; further notifications:");
            stack.Pager.Arrived += Announce;
            await WatchAsync(stack, cancellationToken);
        }
        return seconds;
    }

    /// <summary>The closing line.</summary>
    public static string PageLine(double seconds) => string.Create(CultureInfo.InvariantCulture, $"page after {seconds:0} seconds");

    private static async Task WatchAsync(MonitoringStack stack, CancellationToken cancellationToken)
    {
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (await second.WaitForNextTickAsync(cancellationToken))
            stack.EnsureRunning();
    }

    private void Announce(Notification notification)
    {
        if (notification.Path == Pager.PagerDutyPath)
            Say($"PagerDuty     {notification.Body.GetProperty("event_action")}: {notification.Body.GetProperty("payload").GetProperty("summary")}");
        else if (notification.Path == Pager.SlackPath)
            Say($"Slack         {notification.Body.GetProperty("attachments")[0].GetProperty("title")}");
    }

    private void Say(string line) => output.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"[{TimeProvider.System.GetElapsedTime(start).TotalSeconds,5:0} s] {line}"));
}
