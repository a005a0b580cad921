using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using PostalSimulator.Health;
using PostalSimulator.Live;

namespace PostalSimulator.Cli;

/// <summary>The verb <c>run</c>: a scenario in real time, until SIGINT or SIGTERM.</summary>
internal static class RunVerb
{
    private const PosixSignal UserSignal1 = (PosixSignal)10;

    public static Command Create(ConnectionOptions connection, Option<FileInfo> scenario)
    {
        var hijackAfter = new Option<double?>("--hijack-after") { Description = "Seconds after which the scenario's first hijack begins." };
        var smtpPort = new Option<int?>("--smtp-health-port") { Description = "Port of the SMTP server's health page, 9091 in Postal; none when left out." };
        var workerPort = new Option<int?>("--worker-health-port") { Description = "Port of the worker's health page, 9090 in Postal; none when left out." };
        var address = new Option<string>("--health-bind-address")
        {
            Description = "Address of the health pages; 0.0.0.0 for every one.", DefaultValueFactory = _ => "127.0.0.1",
        };
        var command = new Command("run",
            "Lets the scenario happen in real time, until SIGINT or SIGTERM. A line 'hijack' on standard input, or SIGUSR1, starts the "
            + "scenario's first hijack; 'start NAME' starts an episode. Prints 'first abusive message at UNIXTIME' when it has happened.")
        {
            scenario, hijackAfter, smtpPort, workerPort, address,
        };
        connection.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var installation = await connection.OpenAsync(arguments, cancellationToken);
            var run = new LiveRun(installation, Verbs.Scenario(arguments), Console.Out, Console.Error);
            await using var smtpPage = arguments.GetValue(smtpPort) is { } smtp
                ? HealthServer.OfSmtpServer(run.Health, arguments.GetRequiredValue(address), smtp) : null;
            await using var workerPage = arguments.GetValue(workerPort) is { } worker
                ? HealthServer.OfWorker(run.Health, arguments.GetRequiredValue(address), worker) : null;
            using var signal = PosixSignalRegistration.Create(UserSignal1, context =>
            {
                context.Cancel = true;
                run.Trigger(null);
            });
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"live since {TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}"));
            var sources = new List<Task> { run.RunAsync(cancellationToken) };
            if (arguments.GetValue(hijackAfter) is { } seconds)
                sources.Add(TriggerAsync(run, TimeSpan.FromSeconds(seconds), cancellationToken));
            // Reading a terminal cannot be interrupted, so nobody waits for it at the end.
            var commands = Task.Run(() => ReadCommandsAsync(run, cancellationToken), cancellationToken);
            await Task.WhenAll(sources);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{run.Accepted} messages accepted"));
        });
        return command;
    }

    private static async Task TriggerAsync(LiveRun run, TimeSpan after, CancellationToken cancellationToken)
    {
        try
        {
            // The delay is what --hijack-after asks for.
            await Task.Delay(after, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        if (!run.Trigger(null))
            await Console.Error.WriteLineAsync("--hijack-after: the scenario has no episode of kind hijack");
    }

    private static async Task ReadCommandsAsync(LiveRun run, CancellationToken cancellationToken)
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync(cancellationToken) is { } line)
        {
            var name = line.StartsWith("start ", StringComparison.Ordinal) ? line[6..].Trim() : null;
            if ((name is null && line != "hijack") || !run.Trigger(name))
                await Console.Error.WriteLineAsync("unknown command or episode; say 'hijack' or 'start NAME' with a name from the scenario");
        }
    }
}
