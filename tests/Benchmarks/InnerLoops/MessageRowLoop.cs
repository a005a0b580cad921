using BenchmarkDotNet.Attributes;
using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary>A row of <c>messages</c> through all signals, when every series exists.</summary>
public class MessageRowLoop
{
    private const int Rows = 65_536;
    private const long Now = 1_777_000_000;
    private WarmServer server = null!;
    private MessageEvent[] messages = [];

    /// <summary>Makes the rows, and counts them once.</summary>
    [GlobalSetup]
    public async Task MakeAsync()
    {
        server = await WarmServer.FollowAsync();
        messages = [.. Enumerable.Range(0, Rows).Select(number => new MessageEvent(
            number + 1, Outgoing: true, 1 + (number % WarmServer.Credentials), 1 + (number % WarmServer.Domains), 1_000 + number, WarmServer.Recipient(number), Now))];
        Count();
    }

    /// <summary>Counts each row.</summary>
    [Benchmark(Description = "message row, all signals", OperationsPerInvoke = Rows)]
    // What the end of the collection allocates is in it, some kilobyte; an object a row would be 24 bytes.
    [Target(Judged.Bytes, 0.1)]
    public void Count()
    {
        foreach (ref readonly var message in messages.AsSpan())
            server.Count(message);
        server.EndCollection(oldestMessage: 0);
    }
}
