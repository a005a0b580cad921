using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace PostalExporter.Conformance;

/// <summary><c>docker-compose.yml</c> as compose reads it: anchors merged, variables replaced by what an environment file or their default says.</summary>
internal sealed partial class ComposeFile
{
    private readonly IReadOnlyDictionary<string, object> _root;
    private readonly IReadOnlyDictionary<string, string> _environment;

    /// <param name="environment">Variables that are set; the others take the default beside them.</param>
    public ComposeFile(IReadOnlyDictionary<string, string>? environment = null)
    {
        _environment = environment ?? new Dictionary<string, string>();
        using var reader = File.OpenText(Repository.PathOf("docker-compose.yml"));
        _root = Mapping(new DeserializerBuilder().Build().Deserialize<object>(new MergingParser(new Parser(reader))));
    }

    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, object>> Services =>
        Mapping(_root["services"]).ToDictionary(service => service.Key, service => Mapping(service.Value));

    public IReadOnlyCollection<string> NamedVolumes => [.. Mapping(_root["volumes"]).Keys];

    /// <summary>Name of each secret and the file on the host that holds it.</summary>
    public IReadOnlyDictionary<string, string> SecretFiles =>
        Mapping(_root["secrets"]).ToDictionary(secret => secret.Key, secret => Resolve(Mapping(secret.Value)["file"]));

    /// <summary>Environment file in the form that compose reads.</summary>
    public static IReadOnlyDictionary<string, string> EnvironmentFile(string path) => File.ReadLines(path)
        .Where(line => line.Length > 0 && !line.StartsWith('#'))
        .Select(line => line.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>What a service mounts: source on the host or volume, target in the container, and whether it is read-only.</summary>
    public IEnumerable<(string Source, string Target, bool ReadOnly)> Mounts(string service)
    {
        foreach (var mount in List(Services[service], "volumes"))
        {
            if (mount is string text)
            {
                var parts = Resolve(text).Split(':');
                yield return (parts[0], parts[1], parts is [_, _, "ro"]);
            }
            else
            {
                var mapping = Mapping(mount);
                yield return (Resolve(mapping["source"]), (string)mapping["target"], mapping.TryGetValue("read_only", out var readOnly) && (string)readOnly == "true");
            }
        }
    }

    /// <summary>The secrets of a service and where it finds each.</summary>
    public IEnumerable<(string Name, string Target)> Secrets(string service) => List(Services[service], "secrets").Select(secret =>
        secret is string name ? (name, $"/run/secrets/{name}") : ((string)Mapping(secret)["source"], (string)Mapping(secret)["target"]));

    public static IReadOnlyList<object> List(IReadOnlyDictionary<string, object> mapping, string key) =>
        mapping.TryGetValue(key, out var value) ? (IReadOnlyList<object>)value : [];

    public static IReadOnlyDictionary<string, object> Mapping(object value) =>
        ((IDictionary<object, object>)value).ToDictionary(pair => (string)pair.Key, pair => pair.Value);

    /// <summary>Replaces <c>${NAME:-default}</c>; a variable without value and default would be an error of the file.</summary>
    public string Resolve(object value) => Variable().Replace((string)value, match =>
        _environment.TryGetValue(match.Groups["name"].Value, out var set) ? set
        : match.Groups["default"].Success ? match.Groups["default"].Value
        : throw new InvalidDataException($"{match.Value} in docker-compose.yml has no default."));

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+)(?::-(?<default>[^}]*))?\}")]
    private static partial Regex Variable();
}
