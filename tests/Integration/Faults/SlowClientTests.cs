using System.Net;
using System.Net.Sockets;
using System.Text;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>Clients that send or read slowly, or leave in the middle, at a real process.</summary>
public sealed class SlowClientTests(MariaDbFixture mariaDb)
{
    private const int ClientsOfAKind = 20;
    private const string Request = "GET /metrics HTTP/1.1\r\nHost: exporter\r\n\r\n";

    private const int TcpMaximumSegment = 2;

    // Only so that a test which fails ends.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Slow_clients_hold_up_nobody_and_are_dropped_with_all_they_hold()
    {
        await using var installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), Cancel);
        await using var exporter = await ExporterProcess.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
        var before = await exporter.ScrapeAsync();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);

        var clients = new List<Socket>();
        try
        {
            var senders = await ConnectAsync(exporter, clients);
            var readers = await ConnectAsync(exporter, clients);
            var slowReaders = await ConnectAsync(exporter, clients);
            var answers = senders.Select(client => SendSlowlyAsync(client, patience.Token)).ToList();
            // So many answers that they fit into no buffer between here and there.
            var pages = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Request, 500)));
            foreach (var client in readers.Concat(slowReaders))
                await client.SendAsync(pages, patience.Token);
            var reading = slowReaders.Select(client => ReadSlowlyAsync(client, patience.Token)).ToList();
            foreach (var client in await ConnectAsync(exporter, clients))
            {
                await client.SendAsync(Encoding.ASCII.GetBytes(Request), patience.Token);
                client.Close(0);
            }

            // Connections are taken one after the other.
            var during = await exporter.ScrapeAsync();
            while (during.Find("process_open_handles") < before.Find("process_open_handles") + (3 * ClientsOfAKind))
            {
                patience.Token.ThrowIfCancellationRequested();
                during = await exporter.ScrapeAsync();
            }
            Assert.Equal(1, during.Find("postal_up"));
            Assert.True(during.Find("process_num_threads") < before.Find("process_num_threads") + ClientsOfAKind, "a slow client must not have a thread");

            Assert.All(await Task.WhenAll(answers), answer => Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal));
            // Those that read slowly or not at all learn of their end only behind what is still on its way to them.
            var after = await exporter.ScrapeAsync();
            while (after.Find("process_open_handles") > before.Find("process_open_handles") + (ClientsOfAKind / 2))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
                after = await exporter.ScrapeAsync();
            }
            Assert.Equal(1, after.Find("postal_up"));
            clients.ForEach(client => client.Dispose());
            await Task.WhenAll(reading);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static async Task<List<Socket>> ConnectAsync(ExporterProcess exporter, List<Socket> all)
    {
        var clients = new List<Socket>();
        for (var count = 0; count < ClientsOfAKind; count++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096, NoDelay = true };
            // As over Ethernet: the segments of the loopback device are so large that whole pages fit into the exporter's side.
            client.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpMaximumSegment, BitConverter.GetBytes(1460));
            clients.Add(client);
            all.Add(client);
            await client.ConnectAsync(IPAddress.Loopback, exporter.Address.Port, Cancel);
        }
        return clients;
    }

    /// <summary>Sends a request that does not end.</summary>
    /// <returns>What the exporter says when it has enough.</returns>
    private static async Task<string> SendSlowlyAsync(Socket client, CancellationToken cancellationToken)
    {
        var buffer = new byte[1024];
        var answer = client.ReceiveAsync(buffer, cancellationToken).AsTask();
        try
        {
            for (var sent = 0; !answer.IsCompleted; sent++)
            {
                await client.SendAsync(Encoding.ASCII.GetBytes(sent < Request.Length - 2 ? Request[sent..(sent + 1)] : "x"), cancellationToken);
                // Slowness is what the test is about.
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            }
        }
        catch (SocketException)
        {
            // Closed between two bytes; the answer is there.
        }
        return Encoding.ASCII.GetString(buffer, 0, await answer);
    }

    /// <summary>Reads byte by byte until the connection ends.</summary>
    private static async Task ReadSlowlyAsync(Socket client, CancellationToken cancellationToken)
    {
        try
        {
            while (await client.ReceiveAsync(new byte[1], cancellationToken) > 0)
            {
                // Slowness is what the test is about.
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Ended by the exporter, or by the test.
        }
    }
}
