using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using PostalExporter.Configuration;

namespace PostalExporter.Web;

/// <summary>
/// The HTTP surface: metrics, landing page, health, readiness, reload. It stops on SIGTERM and SIGINT after the
/// answers under way.
/// </summary>
internal sealed class WebServer : IAsyncDisposable
{
    // A scrape that runs at the stop may take its whole timeout.
    private static readonly TimeSpan ShutdownMargin = TimeSpan.FromSeconds(5);

    private readonly WebApplication application;
    private readonly ILogger logger;

    private WebServer(WebApplication application, ILogger logger)
    {
        this.application = application;
        this.logger = logger;
    }

    /// <summary>Base addresses that it listens on, once started.</summary>
    public IReadOnlyCollection<string> Addresses =>
        [.. application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    /// <summary>Builds the server without starting it.</summary>
    /// <exception cref="WebStartException">An address has no meaning here.</exception>
    /// <exception cref="ConfigurationException">The file of <c>--web.config.file</c> cannot be used.</exception>
    public static async Task<WebServer> BuildAsync(
        WebOptions options, IScrapeSource source, ConfigurationReload reload, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger<WebServer>();
        var protection = options.ConfigFile is null ? null : WebProtection.Load(options.ConfigFile, logger);
        var bindings = new List<IPEndPoint>();
        foreach (var address in options.ListenAddresses)
            bindings.AddRange(await address.ResolveAsync(cancellationToken));

        // The empty builder: no appsettings.json, no ASPNETCORE_* variables change what the flags say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.Services.AddResponseCompression(Compress);
        builder.Services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Fastest);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = reload.Current.Collection.Timeout + ShutdownMargin);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            Limit(kestrel);
            foreach (var binding in bindings)
                Listen(kestrel, binding, protection);
        });

        var application = builder.Build();
        application.Use((context, next) => WebEdge.GuardAsync(context, next, logger));
        application.Use(WebEdge.RefuseBodyAsync);
        if (protection is not null)
            application.Use(protection.CheckAsync);
        application.UseResponseCompression();
        application.UseRouting();
        WebRoutes.Map(application, options, source, reload);
        return new WebServer(application, logger);
    }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="WebStartException">An address cannot be had.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new WebStartException($"cannot listen: {exception.Message} Choose another --web.listen-address");
        }

        foreach (var address in Addresses)
            WebLog.Listening(logger, address);
    }

    /// <summary>Waits for the signal to stop and for the answers under way.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => application.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => application.DisposeAsync();

    private static void Compress(ResponseCompressionOptions compression)
    {
        // The pages hold no secret that a guess reflected beside it could uncover.
        compression.EnableForHttps = true;
        compression.Providers.Add<GzipCompressionProvider>();
        compression.MimeTypes = ["text/plain", "text/html", "application/openmetrics-text"];
    }

    private static void Listen(KestrelServerOptions kestrel, IPEndPoint binding, WebProtection? protection)
    {
        // Any address means both families, where the system has both.
        if (binding.Address.Equals(IPAddress.IPv6Any))
            kestrel.ListenAnyIP(binding.Port, Protect);
        else
            kestrel.Listen(binding, Protect);

        void Protect(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http1;
            protection?.Configure(listen);
        }
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 256;
        kestrel.Limits.MaxRequestBodySize = WebEdge.LargestBodyBytes;
        kestrel.Limits.MaxRequestLineSize = 4096;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        // The default of 240 bytes a second would keep a client that does not read a page of half a megabyte for half an hour.
        kestrel.Limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 32 * 1024, gracePeriod: TimeSpan.FromSeconds(5));
    }
}
