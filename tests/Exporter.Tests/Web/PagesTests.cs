using System.Net;
using PostalExporter.Configuration;
using PostalExporter.Tests.Logging;
using PostalExporter.Web;

namespace PostalExporter.Tests.Web;

public sealed class PagesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Landing_page_shows_state_and_encodes_hostile_names()
    {
        var source = new PageSource
        {
            Status = new ExporterStatus(
                true, true, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
                [new CollectorStatus("queue", "Messages that wait.", true, TimeSpan.FromMilliseconds(12)), new CollectorStatus("tail", "Rows.", null, TimeSpan.Zero)],
                [new ServerStatus("acme", "<script>alert(1)</script>\"'", 7, false, true, 42, "access denied")]),
        };
        await using var server = await WebServerUnderTest.StartAsync(source);

        using var response = await server.Client.GetAsync("/", Cancellation);
        var page = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal("text/html; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Server"));
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        Assert.Contains("acme/&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("2026-01-02 03:04:05 UTC", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"bad\">access denied</span>", page, StringComparison.Ordinal);
        Assert.Contains("<td>suspended</td><td>42</td>", page, StringComparison.Ordinal);
        Assert.Contains("0.012 s", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, HttpStatusCode.ServiceUnavailable)]
    [InlineData(true, HttpStatusCode.OK)]
    public async Task Ready_says_what_the_status_says(bool ready, HttpStatusCode expected)
    {
        await using var server = await WebServerUnderTest.StartAsync(new PageSource { Status = new ExporterStatus(ready, false, null, [], []) });

        using var response = await server.Client.GetAsync("/-/ready", Cancellation);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/-/healthy", HttpStatusCode.OK)]
    [InlineData("HEAD", "/", HttpStatusCode.OK)]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound)]
    [InlineData("GET", "/metrics/", HttpStatusCode.OK)]
    [InlineData("POST", "/metrics", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/-/reload", HttpStatusCode.NotFound)]
    public async Task Answers_have_the_right_status_and_plain_text(string method, string path, HttpStatusCode expected)
    {
        await using var server = await WebServerUnderTest.StartAsync(new PageSource());

        using var response = await server.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancellation);

        Assert.Equal(expected, response.StatusCode);
        if (expected is HttpStatusCode.MethodNotAllowed)
            Assert.Equal(["GET", "HEAD"], response.Content.Headers.Allow.Order());
        if (expected is not HttpStatusCode.OK)
            Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task Other_telemetry_path_replaces_the_usual_one()
    {
        await using var server = await WebServerUnderTest.StartAsync(new PageSource(), new WebOptions { TelemetryPath = "/" });

        Assert.Equal("postal_up 1\n", await server.Client.GetStringAsync("/", Cancellation));
        using var response = await server.Client.GetAsync("/metrics", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Reload_puts_the_new_configuration_in_force()
    {
        var source = new PageSource();
        await using var server = await WebServerUnderTest.StartAsync(source, new WebOptions { EnableLifecycle = true });

        using var wrongMethod = await server.Client.GetAsync("/-/reload", Cancellation);
        using var response = await server.Client.PostAsync("/-/reload", null, Cancellation);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, wrongMethod.StatusCode);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single(source.Applied);
    }

    [Fact]
    public async Task Bad_reload_keeps_the_old_configuration_and_says_what_is_wrong_in_the_log_alone()
    {
        var source = new PageSource();
        using var log = new LogCapture();
        var problem = new ConfigurationProblem("/etc/postal-exporter/exporter.yml", 3, "main_db.port", "not a whole number from 1 to 65535; correct it");
        await using var server = await WebServerUnderTest.StartAsync(
            source, new WebOptions { EnableLifecycle = true }, () => throw new ConfigurationException([problem]), log.Factory);

        using var response = await server.Client.PostAsync("/-/reload", null, Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal(
            "The configuration has errors and was not reloaded; the log of the exporter says which.\n", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Contains(log.Lines, line => line.Contains(problem.ToString(), StringComparison.Ordinal));
        Assert.Empty(source.Applied);
        Assert.Equal(1, source.ReloadFailures);
    }

    [Fact]
    public async Task Reload_that_moves_the_state_is_refused()
    {
        var source = new PageSource();
        using var log = new LogCapture();
        var moved = new ExporterConfiguration { MainDatabase = new(), MessageDatabase = new(), State = new StateOptions { Path = "/elsewhere" } };
        await using var server = await WebServerUnderTest.StartAsync(
            source, new WebOptions { EnableLifecycle = true }, () => new LoadedConfiguration(moved, []), log.Factory);

        using var response = await server.Client.PostAsync("/-/reload", null, Cancellation);

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains(log.Lines, line => line.Contains("state.path", StringComparison.Ordinal));
        Assert.Empty(source.Applied);
    }
}
