using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PostalExporter.Configuration;
using PostalExporter.Web;

namespace PostalExporter.Tests.Web;

/// <summary>The real server on a free port of the loopback address.</summary>
internal sealed class WebServerUnderTest : IAsyncDisposable
{
    private readonly WebServer server;

    private WebServerUnderTest(WebServer server)
    {
        this.server = server;
        Address = new Uri(server.Addresses.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static async Task<WebServerUnderTest> StartAsync(
        IScrapeSource source, WebOptions? options = null, Func<LoadedConfiguration>? load = null, ILoggerFactory? loggers = null)
    {
        var configuration = new ExporterConfiguration { MainDatabase = new(), MessageDatabase = new() };
        var reload = new ConfigurationReload(
            load ?? (() => new LoadedConfiguration(configuration, [])), configuration, source.Apply, source.ReportReloadFailure,
            (loggers ?? NullLoggerFactory.Instance).CreateLogger<ConfigurationReload>());
        options = (options ?? new WebOptions()) with { ListenAddresses = [new ListenAddress("127.0.0.1", 0)] };
        var server = await WebServer.BuildAsync(options, source, reload, loggers ?? NullLoggerFactory.Instance, CancellationToken.None);
        await server.StartAsync(CancellationToken.None);
        return new WebServerUnderTest(server);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server.DisposeAsync();
    }
}
