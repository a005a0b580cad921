using BenchmarkDotNet.Attributes;
using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary>
/// A row of <c>deliveries</c> through all signals, when every series exists. Each is the first of another message: it leaves a
/// bit in every set of marks that it concerns.
/// </summary>
public class DeliveryRowLoop
{
    private const int Rows = 65_536;
    private WarmServer server = null!;
    private DeliveryEvent[] sent = [];
    private DeliveryEvent[] failed = [];
    private long messages;

    /// <summary>Makes the rows, and counts them once.</summary>
    [GlobalSetup]
    public async Task MakeAsync()
    {
        server = await WarmServer.FollowAsync();
        sent = [.. Enumerable.Range(0, Rows).Select(number => Delivery(number, DeliveryStatus.Sent, null, null))];
        failed = [.. Replies.Make(Replies.Mixed, Rows).Select((reply, number) => Delivery(number, DeliveryStatus.HardFail, reply.Details, reply.Output))];
        CountSent();
        CountFailed();
    }

    /// <summary>Counts rows of accepted messages.</summary>
    [Benchmark(Description = "delivery row, Sent, all signals", OperationsPerInvoke = Rows)]
    [Target(Judged.Bytes, 0.25)]
    public void CountSent() => Count(sent);

    /// <summary>Counts rows of refused messages, no two replies alike.</summary>
    [Benchmark(Description = "delivery row, HardFail with a reply, all signals", OperationsPerInvoke = Rows)]
    public void CountFailed() => Count(failed);

    private void Count(DeliveryEvent[] deliveries)
    {
        foreach (ref readonly var delivery in deliveries.AsSpan())
            server.Count(delivery with { MessageId = ++messages });
        server.EndCollection(oldestMessage: messages);
    }

    private static DeliveryEvent Delivery(int number, string status, string? details, string? output) => new()
    {
        Id = number + 1, MessageId = 0, Status = status, Details = details, Output = output, Outgoing = true,
        CredentialId = 1 + (number % WarmServer.Credentials), Recipient = WarmServer.Recipient(number),
    };
}
