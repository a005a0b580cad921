using System.CommandLine;
using System.Runtime.InteropServices;
using PostalStack;

var once = new Option<bool>("--once") { Description = "End when the page has arrived: status 0, or 1 with the reason when it has not within ten minutes." };
var root = new RootCommand("Starts the whole monitoring stack on loopback and shows how a hijacked credential is noticed. Ctrl-C ends it.") { once };
root.SetAction(async (arguments, _) =>
{
    // All the time, and as often as asked: whatever the phase, the stack is taken down first.
    using var stop = new CancellationTokenSource();
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
    try
    {
        var seconds = await new Demo(TextWriter.Synchronized(Console.Out)).RunAsync(arguments.GetValue(once), stop.Token);
        Console.WriteLine(Demo.PageLine(seconds));
        return 0;
    }
    catch (Exception) when (stop.IsCancellationRequested)
    {
        // Whatever failed while everything was being ended, the end was wanted. An endless run ends this way.
        Console.WriteLine("ended; nothing is left behind");
        return arguments.GetValue(once) ? 1 : 0;
    }
    catch (StackException e)
    {
        await Console.Error.WriteLineAsync($"demo: {e.Message}");
        return 1;
    }

    void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        stop.Cancel();
    }
});
return await root.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });
