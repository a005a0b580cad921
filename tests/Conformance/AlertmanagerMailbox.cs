using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PostalExporter.Conformance;

/// <summary>A mail server on loopback that speaks just enough SMTP for Alertmanager, asks for a login, and keeps what it is given.</summary>
internal sealed class AlertmanagerMailbox : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _received = [];
    private readonly Task _accepting;

    public AlertmanagerMailbox()
    {
        _listener.Start();
        _accepting = AcceptAsync(_stop.Token);
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Each session: the decoded login, then the mail's headers and body as they came.</summary>
    public IReadOnlyList<string> Received
    {
        get
        {
            lock (_received)
                return [.. _received];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(cancellationToken);
                try
                {
                    await ServeAsync(client.GetStream(), cancellationToken);
                }
                catch (IOException)
                {
                    // Alertmanager was ended in the middle of a mail; a test that waits for that mail fails by itself.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII);
        await using var writer = new StreamWriter(stream, Encoding.ASCII) { NewLine = "\r\n", AutoFlush = true };
        var login = "";
        await writer.WriteLineAsync("220 mailbox");
        while (await reader.ReadLineAsync(cancellationToken) is { } command)
        {
            switch (command.Split(' ')[0].ToUpperInvariant())
            {
                case "EHLO":
                    await writer.WriteLineAsync("250-mailbox\r\n250 AUTH PLAIN");
                    break;
                case "AUTH":
                    login = Encoding.UTF8.GetString(Convert.FromBase64String(command.Split(' ')[2]));
                    await writer.WriteLineAsync("235 welcome");
                    break;
                case "DATA":
                    await writer.WriteLineAsync("354 go on");
                    var mail = new StringBuilder(login).Append('\n');
                    while (await reader.ReadLineAsync(cancellationToken) is { } line && line != ".")
                        mail.Append(line).Append('\n');
                    lock (_received)
                        _received.Add(mail.ToString());
                    await writer.WriteLineAsync("250 taken");
                    break;
                case "QUIT":
                    await writer.WriteLineAsync("221 bye");
                    return;
                default:
                    await writer.WriteLineAsync("250 fine");
                    break;
            }
        }
    }
}
