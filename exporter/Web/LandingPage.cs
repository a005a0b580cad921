using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using PostalExporter.Cli;

namespace PostalExporter.Web;

/// <summary>The page at <c>/</c>: name, version, links, and the state of collectors and servers.</summary>
internal sealed class LandingPage(IScrapeSource source, WebOptions options)
{
    private const string Style =
        """
        body{font-family:system-ui,sans-serif;line-height:1.5;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1b1b;background:#fff}
        table{border-collapse:collapse;margin:0 0 2rem;width:100%}
        caption{text-align:left;font-weight:600;font-size:1.2rem;padding:.5rem 0}
        th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #ccc;vertical-align:top}
        .bad{color:#a40000;font-weight:600}
        @media (prefers-color-scheme:dark){body{color:#eee;background:#16181c}a{color:#8ab4f8}th,td{border-color:#444}.bad{color:#ff8a80}}
        """;

    private static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Writes the page.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(Render(source.Status), context.RequestAborted);
    }

    private string Render(ExporterStatus status)
    {
        var page = new StringBuilder(4096);
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Postal exporter</title><style>{Style}</style></head>
            <body><main>
            <h1>Postal exporter</h1>
            <p>Version {Encode(BuildInformation.Version)} (revision {Encode(BuildInformation.Revision)}). {Encode(Summary(status))}</p>
            <nav aria-label="Pages"><ul>
            <li><a href="{Encode(options.TelemetryPath)}">Metrics</a></li>
            <li><a href="/-/healthy">Health</a></li>
            <li><a href="/-/ready">Readiness</a></li>
            </ul></nav>

            """);
        AppendCollectors(page, status.Collectors);
        AppendServers(page, status.Servers);
        return page.Append("</main></body></html>\n").ToString();
    }

    private static string Summary(ExporterStatus status)
    {
        if (!status.Ready)
            return "No collection has ended yet: the first scrape starts one.";

        var database = status.MainDatabaseUp ? "The main database answered the last collection." : "The main database did not answer the last collection.";
        return status.LastCollection is { } last
            ? string.Create(CultureInfo.InvariantCulture, $"{database} The last complete one ended at {last.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.")
            : $"{database} None was complete yet.";
    }

    private static void AppendCollectors(StringBuilder page, IReadOnlyList<CollectorStatus> collectors)
    {
        page.Append("<table><caption>Collectors</caption><thead><tr><th scope=\"col\">Collector</th><th scope=\"col\">State</th>"
            + "<th scope=\"col\">Duration</th><th scope=\"col\">Reads</th></tr></thead><tbody>\n");
        foreach (var collector in collectors)
        {
            var state = collector.Success switch { true => "ok", false => Bad("failed"), null => "not run yet" };
            var duration = collector.Success is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{collector.Duration.TotalSeconds:0.000} s");
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><th scope=\"row\">{Encode(collector.Name)}</th><td>{state}</td><td>{duration}</td><td>{Encode(collector.Description)}</td></tr>\n");
        }

        page.Append("</tbody></table>\n");
    }

    private static void AppendServers(StringBuilder page, IReadOnlyList<ServerStatus> servers)
    {
        page.Append("<table><caption>Mail servers</caption><thead><tr><th scope=\"col\">Server</th><th scope=\"col\">Id</th>"
            + "<th scope=\"col\">Message database</th><th scope=\"col\">Mail</th><th scope=\"col\">Rows to read</th></tr></thead><tbody>\n");
        foreach (var server in servers)
        {
            var state = server.Up ? "read" : Bad(server.Problem ?? "not read");
            page.Append(CultureInfo.InvariantCulture,
                $"<tr><th scope=\"row\">{Encode(server.Organization)}/{Encode(server.Server)}</th><td>{server.Id}</td><td>{state}</td>"
                + $"<td>{(server.Suspended ? "suspended" : "active")}</td><td>{server.BacklogRows}</td></tr>\n");
        }

        page.Append("</tbody></table>\n");
    }

    private static string Bad(string text) => $"<span class=\"bad\">{Encode(text)}</span>";

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
