using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PostalExporter.Cli;

/// <summary>
/// <c>sbom</c>: lists the packages that this very program was built from, as a CycloneDX 1.6 document in JSON. The source is the
/// lock file of the build, which the program carries in itself. The same program always prints the same document.
/// </summary>
internal static class SbomVerb
{
    /// <summary>Name of the lock file in the program.</summary>
    private const string LockFile = "packages.lock.json";

    private const string Program = "postal-exporter";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Adds the verb.</summary>
    public static void AddTo(RootCommand root)
    {
        var verb = new Command("sbom", "Print the packages that this program was built from, in CycloneDX format.");
        verb.SetAction(result => result.InvocationConfiguration.Output.WriteLine(Describe(ReadLockedPackages()).ToJsonString(Indented)));
        root.Add(verb);
    }

    private static List<LockedPackage> ReadLockedPackages()
    {
        using var stream = typeof(SbomVerb).Assembly.GetManifestResourceStream(LockFile)
            ?? throw new InvalidOperationException($"The program was built without {LockFile}.");
        using var document = JsonDocument.Parse(stream);
        return
        [
            .. document.RootElement.GetProperty("dependencies").EnumerateObject()
                .SelectMany(framework => framework.Value.EnumerateObject())
                .Select(package => new LockedPackage(
                    package.Name,
                    package.Value.GetProperty("resolved").GetString()!,
                    package.Value.GetProperty("contentHash").GetString()!,
                    package.Value.GetProperty("type").GetString() == "Direct",
                    package.Value.TryGetProperty("dependencies", out var needed) ? [.. needed.EnumerateObject().Select(other => other.Name)] : []))
                .OrderBy(package => package.Name, StringComparer.OrdinalIgnoreCase),
        ];
    }

    private static JsonObject Describe(List<LockedPackage> packages)
    {
        var references = packages.ToDictionary(package => package.Name, package => package.Reference, StringComparer.OrdinalIgnoreCase);
        return new JsonObject
        {
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["component"] = new JsonObject
                {
                    ["type"] = "application",
                    ["bom-ref"] = Program,
                    ["name"] = Program,
                    ["version"] = $"{BuildInformation.Version}+{BuildInformation.Revision}",
                    ["licenses"] = new JsonArray(new JsonObject { ["license"] = new JsonObject { ["id"] = "Apache-2.0" } }),
                },
            },
            ["components"] = new JsonArray([.. packages.Select(Component)]),
            ["dependencies"] = new JsonArray(
            [
                Needs(Program, packages.Where(package => package.IsDirect).Select(package => package.Reference)),
                .. packages.Select(package => Needs(package.Reference, package.Needed.Select(name => references[name]))),
            ]),
        };
    }

    private static JsonObject Component(LockedPackage package) => new()
    {
        ["type"] = "library",
        ["bom-ref"] = package.Reference,
        ["name"] = package.Name,
        ["version"] = package.Version,
        ["hashes"] = new JsonArray(new JsonObject
        {
            ["alg"] = "SHA-512",
            ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(package.ContentHash)),
        }),
        ["purl"] = package.Reference,
    };

    private static JsonObject Needs(string reference, IEnumerable<string> needed) => new()
    {
        ["ref"] = reference,
        ["dependsOn"] = new JsonArray([.. needed.Select(other => JsonValue.Create(other))]),
    };

    /// <summary>A package of the lock file.</summary>
    /// <param name="Name">Its id.</param>
    /// <param name="Version">The version that was restored.</param>
    /// <param name="ContentHash">SHA-512 of its content, in base64.</param>
    /// <param name="IsDirect">Whether the project itself asks for it.</param>
    /// <param name="Needed">Ids of the packages that it asks for.</param>
    private sealed record LockedPackage(string Name, string Version, string ContentHash, bool IsDirect, IReadOnlyList<string> Needed)
    {
        /// <summary>The package's URL of the kind <c>pkg:</c>, which is also its name within the document.</summary>
        public string Reference => $"pkg:nuget/{Name}@{Version}";
    }
}
