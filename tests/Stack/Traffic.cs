using System.Globalization;
using System.Text;
using PostalSimulator.Health;
using PostalSimulator.Installations;
using PostalSimulator.Live;
using PostalSimulator.Scenarios;

namespace PostalStack;

/// <summary>The live traffic of a scenario, which writes what Postal would write until it is stopped.</summary>
internal sealed class Traffic : IAsyncDisposable
{
    private static readonly TimeSpan HijackLimit = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource<DateTimeOffset> firstAbusiveMessage = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LastLine failures = new();
    private readonly LiveRun run;
    private readonly HealthServer smtpServerPage;
    private readonly HealthServer workerPage;
    private readonly Task running;

    /// <param name="installation">Must have the scenario's servers and credentials.</param>
    /// <param name="scenario">What happens.</param>
    /// <param name="smtpServer">Where the SMTP server's own metrics are served.</param>
    /// <param name="worker">Where the worker's are.</param>
    public Traffic(Installation installation, Scenario scenario, Uri smtpServer, Uri worker)
    {
        run = new LiveRun(installation, scenario, new FirstMessageReader(firstAbusiveMessage), failures);
        smtpServerPage = HealthServer.OfSmtpServer(run.Health, smtpServer.Host, smtpServer.Port);
        workerPage = HealthServer.OfWorker(run.Health, worker.Host, worker.Port);
        running = run.RunAsync(stop.Token);
    }

    /// <exception cref="StackException">The simulator no longer runs.</exception>
    public void EnsureRunning()
    {
        if (running.IsCompleted)
            throw new StackException($"the simulator ended: {running.Exception?.InnerException?.Message ?? failures.Text}");
    }

    /// <summary>Begins an episode and waits for its first message.</summary>
    /// <returns>When Postal accepted that message.</returns>
    public async Task<DateTimeOffset> BeginAsync(string episode, CancellationToken cancellationToken)
    {
        if (!run.Trigger(episode))
            throw new StackException($"the scenario has no episode {episode}");
        try
        {
            return await firstAbusiveMessage.Task.WaitAsync(HijackLimit, cancellationToken);
        }
        catch (TimeoutException)
        {
            EnsureRunning();
            throw new StackException($"the simulator sent no abusive message within a minute: {failures.Text}");
        }
    }

    /// <summary>Ends the traffic; afterwards nothing more is written.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await running;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await smtpServerPage.DisposeAsync();
        await workerPage.DisposeAsync();
        stop.Dispose();
    }

    /// <summary>Takes the simulator's line <c>first abusive message at UNIXTIME</c>.</summary>
    private sealed class FirstMessageReader(TaskCompletionSource<DateTimeOffset> first) : LastLine
    {
        public override Task WriteLineAsync(string? value)
        {
            WriteLine(value);
            return Task.CompletedTask;
        }

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Split(' ') is ["first", "abusive", "message", "at", var seconds])
                first.TrySetResult(DateTimeOffset.UnixEpoch.AddSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)));
        }
    }

    private class LastLine : TextWriter
    {
        public string Text { get; private set; } = "it said nothing";

        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value) => Text = value ?? "";
    }
}
