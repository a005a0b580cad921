using PostalExporter.Configuration;

namespace PostalExporter.Web;

/// <summary>The paths and what answers them.</summary>
internal static class WebRoutes
{
    private static readonly string[] Reading = ["GET", "HEAD"];

    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes, WebOptions options, IScrapeSource source, ConfigurationReload reload)
    {
        Add(routes, options.TelemetryPath, Reading, new ScrapeEndpoint(source, reload).AnswerAsync);
        if (options.TelemetryPath != "/")
            Add(routes, "/", Reading, new LandingPage(source, options).AnswerAsync);

        Add(routes, "/-/healthy", Reading, context => WebEdge.WriteAsync(context, StatusCodes.Status200OK, "Healthy."));
        Add(routes, "/-/ready", Reading, context => source.Status.Ready
            ? WebEdge.WriteAsync(context, StatusCodes.Status200OK, "Ready.")
            : WebEdge.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Not ready: no collection has ended yet."));
        if (options.EnableLifecycle)
            Add(routes, "/-/reload", ["POST", "PUT"], context => ReloadAsync(context, reload));
        routes.Map("/{**path}", WebEdge.NotFoundAsync);
    }

    private static void Add(IEndpointRouteBuilder routes, string path, string[] methods, RequestDelegate answer)
    {
        routes.MapMethods(path, methods, answer);
        // After the route with methods: what comes here has the right path and the wrong method.
        routes.Map(path, context =>
        {
            context.Response.Headers.Allow = string.Join(", ", methods);
            return WebEdge.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, $"Use {string.Join(" or ", methods)}.");
        });
    }

    // What is wrong with a configuration names files and hosts: that is for the log alone.
    private static Task ReloadAsync(HttpContext context, ConfigurationReload reload) => reload.Reload()
        ? WebEdge.WriteAsync(context, StatusCodes.Status200OK, "Configuration reloaded.")
        : WebEdge.WriteAsync(
            context, StatusCodes.Status500InternalServerError, "The configuration has errors and was not reloaded; the log of the exporter says which.");
}
