using System.Runtime.InteropServices;
using PostalExporter.Benchmarks;

// Ctrl-C and SIGTERM end the databases that a benchmark started.
using var stopping = new CancellationTokenSource();
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopping.Cancel();
}

using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await Suite.RunAsync(args, stopping.Token);
