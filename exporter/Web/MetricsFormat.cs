using Microsoft.Net.Http.Headers;

namespace PostalExporter.Web;

/// <summary>Chooses between the two exposition formats.</summary>
internal static class MetricsFormat
{
    /// <summary>Content type of OpenMetrics text.</summary>
    public const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// <summary>Content type of Prometheus text.</summary>
    public const string PrometheusText = "text/plain; version=0.0.4; charset=utf-8";

    private const string OpenMetricsType = "application/openmetrics-text";

    /// <summary>Whether the client wants OpenMetrics text at least as much as Prometheus text, and names it.</summary>
    /// <param name="accept">Values of the header <c>Accept</c>.</param>
    public static bool PrefersOpenMetrics(IList<string> accept)
    {
        // What cannot be read counts as not said: a scrape is worth more than a complaint.
        if (!MediaTypeHeaderValue.TryParseList(accept, out var types))
            return false;

        var openMetrics = types.Where(SpeaksOpenMetrics).Select(Quality).DefaultIfEmpty(0).Max();
        var text = types.Where(type => type.MediaType == "text/plain").Select(Quality).DefaultIfEmpty(0).Max();
        return openMetrics > 0 && openMetrics >= text;
    }

    private static bool SpeaksOpenMetrics(MediaTypeHeaderValue type)
    {
        if (!type.MediaType.Equals(OpenMetricsType, StringComparison.OrdinalIgnoreCase))
            return false;

        var version = type.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase));
        return version is null || HeaderUtilities.RemoveQuotes(version.Value) == "1.0.0";
    }

    private static double Quality(MediaTypeHeaderValue type) => type.Quality ?? 1;
}
