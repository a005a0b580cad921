using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PostalExporter.Integration.Faults;

/// <summary>
/// Stands between exporter and database, and can stand still without closing: nothing passes any more in either direction,
/// connections stay open and new ones are taken, as by a host that is frozen.
/// </summary>
internal sealed class StallingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly ConcurrentBag<TcpClient> clients = [];
    private readonly int databasePort;
    private readonly Task accepting;
    private TaskCompletionSource passage = new();
    private Trap? trap;

    private StallingProxy(int databasePort)
    {
        this.databasePort = databasePort;
        PassOthers();
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>Where clients connect to.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Starts on a free port of the loopback address.</summary>
    public static StallingProxy Start(int databasePort) => new(databasePort);

    /// <summary>Stands still from now on.</summary>
    public void Hold() => Volatile.Write(ref passage, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Stands still once a statement is answered.</summary>
    /// <param name="text">What the statement contains.</param>
    /// <param name="answerBytes">How much of the answer still passes.</param>
    /// <returns>Ends when it stands still.</returns>
    public Task HoldAt(string text, int answerBytes)
    {
        var set = new Trap(Encoding.ASCII.GetBytes(text), answerBytes);
        Volatile.Write(ref trap, set);
        return set.Caught.Task;
    }

    /// <summary>Lets everything pass again.</summary>
    public void GoOn() => Volatile.Read(ref passage).TrySetResult();

    /// <summary>Ends all connections, with what is held of them, and lets new ones pass.</summary>
    public void Cut()
    {
        while (clients.TryTake(out var client))
            client.Dispose();
        GoOn();
    }

    /// <summary>Lets everything pass but what is held: its connections are lost without a sign.</summary>
    public void PassOthers()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        Volatile.Write(ref passage, open);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Stop();
        await accepting;
        closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await listener.AcceptTcpClientAsync(closing.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var database = new TcpClient())
        {
            try
            {
                clients.Add(client);
                await PassAsync();
                await database.ConnectAsync(IPAddress.Loopback, databasePort, closing.Token);
                var connection = new Connection();
                var (near, far) = (client.GetStream(), database.GetStream());
                // The end of one direction is the end of both.
                await await Task.WhenAny(
                    PumpAsync(near, chunk => ForwardAsync(chunk, far, connection)), PumpAsync(far, chunk => AnswerAsync(chunk, near, connection)));
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One of the two closed the connection, or the test is over.
            }
        }
    }

    private async Task PumpAsync(NetworkStream from, Func<ReadOnlyMemory<byte>, Task> pass)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReadAsync(buffer, closing.Token) is > 0 and var length)
        {
            await PassAsync();
            await pass(buffer.AsMemory(0, length));
        }
        await PassAsync();
    }

    private async Task ForwardAsync(ReadOnlyMemory<byte> statement, NetworkStream database, Connection connection)
    {
        if (Volatile.Read(ref trap) is { } set && statement.Span.IndexOf(set.Statement) >= 0)
        {
            Volatile.Write(ref trap, null);
            connection.Catch(set);
        }
        await database.WriteAsync(statement, closing.Token);
    }

    private async Task AnswerAsync(ReadOnlyMemory<byte> answer, NetworkStream client, Connection connection)
    {
        if (connection.Caught is { } caught)
        {
            var before = answer[..Math.Min(answer.Length, connection.Left)];
            await client.WriteAsync(before, closing.Token);
            answer = answer[before.Length..];
            connection.Left -= before.Length;
            if (answer.IsEmpty)
                return;
            connection.Caught = null;
            Hold();
            caught.SetResult();
            await PassAsync();
        }
        await client.WriteAsync(answer, closing.Token);
    }

    private Task PassAsync() => Volatile.Read(ref passage).Task.WaitAsync(closing.Token);

    private sealed class Connection
    {
        public TaskCompletionSource? Caught { get; set; }

        public int Left { get; set; }

        public void Catch(Trap trap) => (Left, Caught) = (trap.AnswerBytes, trap.Caught);
    }

    private sealed record Trap(byte[] Statement, int AnswerBytes)
    {
        public TaskCompletionSource Caught { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
