using System.Text.Json;
using PostalExporter.Cli;

namespace PostalExporter.Tests.Cli;

public sealed class SbomTests
{
    [Fact]
    public async Task It_lists_exactly_the_packages_of_the_lock_file_with_their_hashes()
    {
        using var bom = JsonDocument.Parse(await PrintAsync());
        using var locked = JsonDocument.Parse(await File.ReadAllTextAsync(RepositoryFiles.PathTo("exporter/packages.lock.json"), TestContext.Current.CancellationToken));
        var expected = locked.RootElement.GetProperty("dependencies").GetProperty("net10.0").EnumerateObject().Select(package =>
            (package.Name, Text(package.Value, "resolved"), Text(package.Value, "contentHash")));

        var listed = bom.RootElement.GetProperty("components").EnumerateArray().Select(component =>
            (Text(component, "name"), Text(component, "version"), Base64(Text(component.GetProperty("hashes")[0], "content"))));

        Assert.Equal(expected.OrderBy(package => package.Name, StringComparer.Ordinal), listed.OrderBy(package => package.Item1, StringComparer.Ordinal));
        Assert.Contains(bom.RootElement.GetProperty("components").EnumerateArray(), component => Text(component, "purl").StartsWith("pkg:nuget/MySqlConnector@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_dependencies_lead_from_the_program_to_every_package()
    {
        using var bom = JsonDocument.Parse(await PrintAsync());
        var components = bom.RootElement.GetProperty("components").EnumerateArray().Select(component => Text(component, "bom-ref")).ToHashSet();
        var needs = bom.RootElement.GetProperty("dependencies").EnumerateArray().ToDictionary(
            entry => Text(entry, "ref"), entry => entry.GetProperty("dependsOn").EnumerateArray().Select(other => other.GetString()!).ToList());

        var reached = new HashSet<string>();
        var next = new Queue<string>([Text(bom.RootElement.GetProperty("metadata").GetProperty("component"), "bom-ref")]);
        while (next.TryDequeue(out var reference))
        {
            foreach (var other in needs[reference].Where(reached.Add))
                next.Enqueue(other);
        }

        Assert.Equal(components.Order(StringComparer.Ordinal), reached.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_names_format_program_and_version_and_is_the_same_each_time()
    {
        var text = await PrintAsync();
        using var bom = JsonDocument.Parse(text);
        var program = bom.RootElement.GetProperty("metadata").GetProperty("component");

        Assert.Equal(("CycloneDX", "1.6"), (Text(bom.RootElement, "bomFormat"), Text(bom.RootElement, "specVersion")));
        Assert.Equal(("postal-exporter", $"{BuildInformation.Version}+{BuildInformation.Revision}"), (Text(program, "name"), Text(program, "version")));
        Assert.Equal(text, await PrintAsync());
    }

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;

    private static string Base64(string hex) => Convert.ToBase64String(Convert.FromHexString(hex));

    private static async Task<string> PrintAsync()
    {
        using var output = new StringWriter();
        var root = CommandLine.CreateRoot();
        SbomVerb.AddTo(root);
        Assert.Equal(0, await CommandLine.RunAsync(root, ["sbom"], output, TextWriter.Null));
        return output.ToString();
    }
}
