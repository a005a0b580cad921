using System.Globalization;
using System.Net;
using System.Text;

namespace PostalSimulator.Health;

/// <summary>Postal's health server: <c>/metrics</c>, <c>/health</c> and its name at <c>/</c>, without any protection.</summary>
public sealed class HealthServer : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Func<string> metrics;
    private readonly string name;
    private readonly Task serving;

    private HealthServer(string name, Func<string> metrics, string address, int port)
    {
        this.name = name;
        this.metrics = metrics;
        // A wildcard takes every request; a name only those that call the host so.
        var host = address == IPAddress.Any.ToString() ? "+" : address;
        listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}/"));
        try
        {
            listener.Start();
        }
        catch (HttpListenerException e)
        {
            throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"the health page of the {name} cannot listen at {address}:{port}: {e.Message}; give it another port"), e);
        }
        serving = ServeAsync();
    }

    /// <summary>Serves the page of the SMTP server, whose port Postal chooses as 9091.</summary>
    /// <exception cref="InvalidOperationException">The port is taken, or no address of this machine.</exception>
    public static HealthServer OfSmtpServer(PostalHealth health, string address, int port) =>
        new("smtp-server", health.SmtpServer.ToString, address, port);

    /// <summary>Serves the page of the worker, whose port Postal chooses as 9090.</summary>
    /// <inheritdoc cref="OfSmtpServer"/>
    public static HealthServer OfWorker(PostalHealth health, string address, int port) => new("worker", health.Worker.ToString, address, port);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        listener.Close();
        await serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext request;
            try
            {
                request = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            await AnswerAsync(request);
        }
    }

    private async Task AnswerAsync(HttpListenerContext request)
    {
        var (status, text) = request.Request.Url?.AbsolutePath switch
        {
            "/metrics" => (200, metrics()),
            "/health" => (200, "OK"),
            "/" => (200, $"{name} (pid: {Environment.ProcessId}, host: {Environment.MachineName})"),
            _ => (404, "Not Found"),
        };
        try
        {
            request.Response.StatusCode = status;
            request.Response.ContentType = "text/plain";
            await request.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
            request.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
        {
            // The client is gone, or this server is.
        }
    }
}
