using YamlDotNet.RepresentationModel;

namespace PostalExporter.Conformance;

/// <summary>A file of Kubernetes objects.</summary>
internal sealed class KubernetesFile
{
    private readonly IReadOnlyList<KubernetesObject> objects;

    /// <param name="path">Relative to the repository's root.</param>
    public KubernetesFile(string path)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Repository.PathOf(path))));
        objects = [.. stream.Documents.Select(document => new KubernetesObject(document.RootNode))];
    }

    /// <summary>Kinds of the objects, in their order.</summary>
    public IEnumerable<string> Kinds => objects.Select(found => found.Text("kind"));

    /// <summary>All objects, in their order.</summary>
    public IReadOnlyList<KubernetesObject> Objects => objects;

    /// <summary>The only object of a kind.</summary>
    public KubernetesObject Of(string kind) => objects.Single(found => found.Text("kind") == kind);
}

/// <summary>An object, or a part of one. Paths are keys and positions, parted by slashes.</summary>
internal sealed class KubernetesObject(YamlNode node)
{
    /// <summary>The text at a path.</summary>
    /// <exception cref="KeyNotFoundException">There is nothing.</exception>
    public string Text(string path) => ((YamlScalarNode)Find(path)).Value!;

    /// <summary>The parts of the list at a path.</summary>
    public IReadOnlyList<KubernetesObject> List(string path) => [.. ((YamlSequenceNode)Find(path)).Select(part => new KubernetesObject(part))];

    /// <summary>The mapping at a path.</summary>
    public IReadOnlyDictionary<string, string> Map(string path) =>
        ((YamlMappingNode)Find(path)).ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => ((YamlScalarNode)pair.Value).Value!);

    private YamlNode Find(string path) => path.Split('/').Aggregate(node, (at, key) => at is YamlSequenceNode list
        ? list[int.Parse(key, System.Globalization.CultureInfo.InvariantCulture)]
        : at[key]);
}
