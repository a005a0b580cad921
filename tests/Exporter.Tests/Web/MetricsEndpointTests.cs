using System.IO.Compression;
using System.Net;
using Microsoft.Extensions.Primitives;
using PostalExporter.Web;

namespace PostalExporter.Tests.Web;

public sealed class MetricsEndpointTests
{
    private const string Text = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, Text)]
    [InlineData("*/*", Text)]
    [InlineData("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", Text)]
    [InlineData("not a media type", Text)]
    [InlineData("text/plain;version=0.0.4", Text)]
    [InlineData("application/openmetrics-text", OpenMetrics)]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OpenMetrics)]
    [InlineData("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;q=0.4,*/*;q=0.1", OpenMetrics)]
    [InlineData("application/openmetrics-text;version=\"1.0.0\"", OpenMetrics)]
    [InlineData("application/openmetrics-text;version=0.0.1", Text)]
    [InlineData("application/openmetrics-text;q=0", Text)]
    [InlineData("application/openmetrics-text;q=0.2,text/plain;q=0.9", Text)]
    public async Task Format_is_the_one_that_the_client_prefers(string? accept, string contentType)
    {
        await using var server = await WebServerUnderTest.StartAsync(new PageSource());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);

        using var response = await server.Client.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.ToString());
        Assert.Contains("Accept", response.Headers.Vary);
        Assert.Equal(contentType == OpenMetrics, (await response.Content.ReadAsStringAsync(Cancellation)).EndsWith("# EOF\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Page_is_compressed_for_clients_that_ask_for_it()
    {
        await using var server = await WebServerUnderTest.StartAsync(new PageSource());
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "Accept-Encoding", "gzip" } } };

        using var response = await server.Client.SendAsync(request, Cancellation);

        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        await using var unzipped = new GZipStream(await response.Content.ReadAsStreamAsync(Cancellation), CompressionMode.Decompress);
        using var reader = new StreamReader(unzipped);
        Assert.Equal("postal_up 1\n", await reader.ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task Head_gives_headers_and_starts_no_collection()
    {
        var source = new PageSource();
        await using var server = await WebServerUnderTest.StartAsync(source);

        using var response = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/metrics"), Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(Text, response.Content.Headers.ContentType?.ToString());
        Assert.Empty(source.Budgets);
    }

    [Theory]
    [InlineData("10", 9.5)]
    [InlineData("1.25", 0.75)]
    [InlineData("0.4", 0.2)]
    [InlineData("0.5", 0.25)]
    public void Budget_is_the_scrapes_timeout_less_the_offset_and_never_nothing(string header, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ScrapeEndpoint.Budget(header, TimeSpan.FromSeconds(0.5)));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e9")]
    [InlineData("86400")]
    [InlineData("ten")]
    public void Nonsense_instead_of_a_timeout_counts_as_unsaid(string header) =>
        Assert.Null(ScrapeEndpoint.Budget(header, TimeSpan.FromSeconds(0.5)));

    [Fact]
    public void Timeout_that_is_given_twice_counts_as_unsaid() =>
        Assert.Null(ScrapeEndpoint.Budget(new StringValues(["10", "20"]), TimeSpan.Zero));

    [Fact]
    public async Task Timeout_of_the_scrape_reaches_the_collection()
    {
        var source = new PageSource();
        await using var server = await WebServerUnderTest.StartAsync(source);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "X-Prometheus-Scrape-Timeout-Seconds", "10" } } };

        using var response = await server.Client.SendAsync(request, Cancellation);

        Assert.Equal(TimeSpan.FromSeconds(9.5), Assert.Single(source.Budgets));
    }

    [Fact]
    public async Task Failure_inside_gives_500_that_tells_nothing_of_the_inside()
    {
        var source = new PageSource { BeforePage = _ => throw new InvalidOperationException("Server=db;Password=hunter2") };
        await using var server = await WebServerUnderTest.StartAsync(source);

        using var response = await server.Client.GetAsync("/metrics", Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.DoesNotContain("hunter2", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_that_goes_away_cancels_its_wait()
    {
        var waiting = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        var source = new PageSource
        {
            BeforePage = async cancellationToken =>
            {
                waiting.SetResult();
                try
                {
                    await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    cancelled.SetResult();
                    throw;
                }
            },
        };
        await using var server = await WebServerUnderTest.StartAsync(source);
        using var client = new CancellationTokenSource();

        var scrape = server.Client.GetAsync("/metrics", client.Token);
        await waiting.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
        await client.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scrape);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
    }
}
