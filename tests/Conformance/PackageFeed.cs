using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PostalExporter.Conformance;

/// <summary>
/// A NuGet feed on loopback with two packages: <c>Outer</c>, which needs <c>Inner</c>, of which a vulnerability of the lowest severity
/// is known.
/// </summary>
internal sealed class PackageFeed : IAsyncDisposable
{
    private readonly WebApplication application;

    private PackageFeed(WebApplication application) => this.application = application;

    /// <summary>Where it listens.</summary>
    public string Address => application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>Starts it on a free port.</summary>
    /// <param name="tellsVulnerabilities">False for a feed whose list of vulnerabilities cannot be had.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PackageFeed> StartAsync(bool tellsVulnerabilities, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var feed = new PackageFeed(builder.Build());
        var routes = feed.application;
        routes.MapGet("/index.json", () => Json($$"""
            {"version": "3.0.0", "resources": [
                {"@id": "{{feed.Address}}/packages/", "@type": "PackageBaseAddress/3.0.0"},
                {"@id": "{{feed.Address}}/vulnerabilities.json", "@type": "VulnerabilityInfo/6.7.0"}]}
            """));
        routes.MapGet("/packages/{name}/index.json", (string name) => Json("""{"versions": ["1.0.0"]}"""));
        routes.MapGet("/packages/{name}/1.0.0/{file}", (string name) => Results.Bytes(
            Package(name, name == "outer" ? """<dependency id="Inner" version="1.0.0" />""" : "")));
        if (tellsVulnerabilities)
        {
            routes.MapGet("/vulnerabilities.json", () => Json(
                $$"""[{"@name": "all", "@id": "{{feed.Address}}/known.json", "@updated": "2026-01-01T00:00:00Z"}]"""));
            routes.MapGet("/known.json", () => Json(
                """{"inner": [{"url": "https://example.com/advisory", "severity": 0, "versions": "[1.0.0, 2.0.0)"}]}"""));
        }
        await feed.application.StartAsync(cancellationToken);
        return feed;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => application.DisposeAsync();

    private static IResult Json(string text) => Results.Text(text, "application/json");

    private static byte[] Package(string name, string dependency)
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create))
        {
            using var writer = new StreamWriter(archive.CreateEntry($"{name}.nuspec").Open());
            writer.Write($"""
                <package><metadata><id>{name}</id><version>1.0.0</version><authors>nobody</authors><description>empty</description>
                <dependencies><group targetFramework="net10.0">{dependency}</group></dependencies></metadata></package>
                """);
        }
        return file.ToArray();
    }
}
