using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using PostalExporter.Configuration;

namespace PostalExporter.Web;

/// <summary>
/// TLS, passwords and headers of the web file in force. The file, certificate and key are reread when they change,
/// at the next connection or request; what cannot be used then changes nothing.
/// </summary>
internal sealed class WebProtection
{
    private readonly string file;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private volatile WebConfig config;
    private string stamp;

    private WebProtection(string file, WebConfig config, string stamp, ILogger logger)
    {
        this.file = file;
        this.config = config;
        this.stamp = stamp;
        this.logger = logger;
    }

    /// <summary>Reads the file for the first time.</summary>
    /// <exception cref="ConfigurationException">It cannot be used.</exception>
    public static WebProtection Load(string file, ILogger logger)
    {
        var config = WebConfigReader.Read(file);
        return new WebProtection(file, config, StampOf(config.Files), logger);
    }

    /// <summary>Puts TLS on a listener, if the file has it.</summary>
    public void Configure(ListenOptions listen)
    {
        if (config.Tls is null)
            return;

        listen.Protocols = config.Http2 ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(Current().Tls!.ToOptions()) });
    }

    /// <summary>Sets the headers and asks for name and password, if the file has them.</summary>
    public async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var current = Current();
        foreach (var (name, value) in current.Headers)
            context.Response.Headers[name] = value;

        if (current.Authentication is { } authentication
            && !await authentication.AcceptsAsync(context.Request.Headers.Authorization, context.RequestAborted))
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"postal-exporter\", charset=\"UTF-8\"";
            await WebEdge.WriteAsync(context, StatusCodes.Status401Unauthorized, "A name and a password are needed.");
            return;
        }

        await next(context);
    }

    private WebConfig Current()
    {
        lock (gate)
        {
            var now = StampOf(config.Files);
            if (now == stamp)
                return config;

            stamp = now;
            try
            {
                var fresh = WebConfigReader.Read(file);
                if (fresh.Tls is null != config.Tls is null)
                    throw new ConfigurationException(
                        [new ConfigurationProblem(file, 0, "tls_server_config", "cannot be added or removed while the exporter runs; restart it")]);

                config = fresh;
                stamp = StampOf(fresh.Files);
                WebLog.ProtectionReread(logger);
            }
            catch (ConfigurationException exception)
            {
                foreach (var problem in exception.Problems)
                    WebLog.ProtectionNotReread(logger, problem.ToString());
            }

            return config;
        }
    }

    // Time and length of what the paths lead to in the end: mounted secrets are changed by moving a link.
    private static string StampOf(IReadOnlyList<string> files)
    {
        var stamps = new List<string>(files.Count);
        foreach (var path in files)
        {
            try
            {
                var target = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
                stamps.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"{target.FullName} {target.LastWriteTimeUtc.Ticks} {(target as FileInfo)?.Length ?? 0}"));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                stamps.Add(exception.GetType().Name);
            }
        }

        return string.Join('\n', stamps);
    }
}
