using System.Net.Sockets;
using System.Text;
using PostalExporter.Web;

namespace PostalExporter.Tests.Web;

/// <summary>What a client without a password can make the server do, or show: next to nothing. Over plain sockets, as clients of good manners cannot ask so.</summary>
public sealed class WebLimitsTests
{
    private const string Host = "Host: exporter\r\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(4000, "200")]
    [InlineData(5000, "414")]
    public async Task Request_line_is_limited(int length, string status)
    {
        await using var server = await WebServerUnderTest.StartAsync(new PageSource());
        using var client = await ConnectAsync(server);

        await SendAsync(client, $"GET /metrics?{new string('a', length)} HTTP/1.1\r\n{Host}Connection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 16_000, "200")]
    [InlineData(1, 17_000, "431")]
    [InlineData(60, 10, "200")]
    [InlineData(65, 10, "431")]
    public async Task Headers_are_limited_in_size_and_number(int count, int length, string status)
    {
        await using var server = await WebServerUnderTest.StartAsync(new PageSource());
        using var client = await ConnectAsync(server);
        var headers = string.Concat(Enumerable.Range(0, count).Select(number => $"X-Large-{number}: {new string('a', length)}\r\n"));

        await SendAsync(client, $"GET /metrics HTTP/1.1\r\n{Host}Connection: close\r\n{headers}\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Length: 1000000000\r\n\r\n", "413")]
    [InlineData("Content-Length: 1025\r\n\r\n", "413")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", "413")]
    [InlineData("Connection: close\r\nContent-Length: 2\r\n\r\n{}", "200")]
    [InlineData("Connection: close\r\nContent-Length: 0\r\n\r\n", "200")]
    public async Task Large_body_is_refused_before_it_is_sent_and_nothing_is_done_for_it(string body, string status)
    {
        var source = new PageSource();
        await using var server = await WebServerUnderTest.StartAsync(source, new WebOptions { EnableLifecycle = true });
        using var client = await ConnectAsync(server);

        await SendAsync(client, $"POST /-/reload HTTP/1.1\r\n{Host}{body}");

        Assert.StartsWith($"HTTP/1.1 {status} ", await ReadToEndAsync(client), StringComparison.Ordinal);
        Assert.Equal(status == "200" ? 1 : 0, source.Applied.Count);
    }

    [Fact]
    public async Task Client_that_sends_its_headers_slowly_is_dropped()
    {
        await using var server = await WebServerUnderTest.StartAsync(new PageSource());
        using var client = await ConnectAsync(server);
        await SendAsync(client, $"GET /metrics HTTP/1.1\r\n{Host}");

        // Ends when the server closes the connection, and never if it did not.
        var answer = await ReadToEndAsync(client);

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_those_before_it_still_served()
    {
        await using var server = await WebServerUnderTest.StartAsync(new PageSource());
        var clients = new List<TcpClient>();
        try
        {
            for (var count = 0; count < 256; count++)
                clients.Add(await ConnectAsync(server));
            using var excess = await ConnectAsync(server);

            Assert.Empty(await ReadToEndAsync(excess));
            await SendAsync(clients[0], $"GET /-/healthy HTTP/1.1\r\n{Host}Connection: close\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await ReadToEndAsync(clients[0]), StringComparison.Ordinal);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    [Theory]
    [InlineData("GET / HTTP/9.9\r\n\r\n")]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: exporter\r\n\r\n")]
    [InlineData("GET /metrics HTTP/1.1\r\n\r\n")]
    [InlineData("GET /metrics HTTP/1.1\r\nHost: exporter\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task Nonsense_is_answered_without_a_word_about_the_inside(string request)
    {
        await using var server = await WebServerUnderTest.StartAsync(new PageSource());
        using var client = await ConnectAsync(server);

        await SendAsync(client, request);
        var answer = await ReadToEndAsync(client);

        Assert.Matches(@"\AHTTP/1\.1 (400|505) ", answer);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Server:", answer, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<TcpClient> ConnectAsync(WebServerUnderTest server)
    {
        var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Cancellation);
        return client;
    }

    private static ValueTask SendAsync(TcpClient client, string text) => client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Cancellation);

    /// <summary>What the server sent until it closed the connection.</summary>
    private static async Task<string> ReadToEndAsync(TcpClient client)
    {
        var buffer = new byte[4096];
        var answer = new StringBuilder();
        try
        {
            while (await client.GetStream().ReadAsync(buffer, Cancellation) is > 0 and var length)
                answer.Append(Encoding.ASCII.GetString(buffer, 0, length));
        }
        catch (IOException)
        {
            // Closed with a part of the request unread: the end all the same.
        }
        return answer.ToString();
    }
}
