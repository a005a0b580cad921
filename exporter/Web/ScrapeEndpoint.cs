using System.Globalization;
using Microsoft.Extensions.Primitives;
using PostalExporter.Configuration;

namespace PostalExporter.Web;

/// <summary>Answers scrapes.</summary>
internal sealed class ScrapeEndpoint(IScrapeSource source, ConfigurationReload reload)
{
    private const string TimeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds";
    private const double LongestTimeoutSeconds = 3600;

    /// <summary>Collects and writes the page. HEAD gives the headers and collects nothing.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var openMetrics = MetricsFormat.PrefersOpenMetrics(context.Request.Headers.Accept!);
        context.Response.ContentType = openMetrics ? MetricsFormat.OpenMetrics : MetricsFormat.PrometheusText;
        context.Response.Headers.Append("Vary", "Accept");
        context.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
            return;

        var budget = Budget(context.Request.Headers[TimeoutHeader], reload.Current.Collection.TimeoutOffset);
        using var page = await source.ScrapeAsync(openMetrics, budget, context.RequestAborted);
        foreach (var piece in page.Pieces)
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
    }

    /// <summary>The time for the answer, or null when the scraper does not say its timeout (or nonsense).</summary>
    /// <param name="header">The scraper's timeout in seconds.</param>
    /// <param name="offset">What is kept back of it; of a timeout that is no longer, half is kept back instead.</param>
    internal static TimeSpan? Budget(StringValues header, TimeSpan offset)
    {
        if (!double.TryParse(header.ToString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            || seconds is not (> 0 and <= LongestTimeoutSeconds))
            return null;

        var timeout = TimeSpan.FromSeconds(seconds);
        return timeout > offset ? timeout - offset : timeout / 2;
    }
}
