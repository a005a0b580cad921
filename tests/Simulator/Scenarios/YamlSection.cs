using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace PostalSimulator.Scenarios;

/// <summary>A mapping of a YAML file whose keys are asked for one by one; <see cref="Close"/> refuses those nobody asked for.</summary>
internal sealed class YamlSection
{
    private readonly string file;
    private readonly YamlMappingNode node;
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);

    private YamlSection(string file, string path, YamlNode node)
    {
        this.file = file;
        Path = path;
        this.node = node as YamlMappingNode ?? throw Error(file, node.Start, path, "must be a mapping of keys to values");
    }

    /// <summary>Keys from the top of the file down to this mapping, for messages.</summary>
    public string Path { get; }

    public static YamlSection Parse(string file, TextReader text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(text);
            if (stream.Documents is [var document])
                return new YamlSection(file, "", document.RootNode);
        }
        catch (YamlException e)
        {
            throw new ScenarioException($"{file}:{e.Start.Line}: not valid YAML: {e.Message}");
        }
        throw new ScenarioException($"{file}: must hold one YAML document");
    }

    public string Text(string key) => Find(key) is { } value ? Scalar(key, value) : throw Missing(key);

    public string? OptionalText(string key) => Find(key) is { } value ? Scalar(key, value) : null;

    public string Choice(string key, string fallback, params IReadOnlyCollection<string> choices)
    {
        var value = OptionalText(key) ?? fallback;
        return choices.Contains(value) ? value : throw Wrong(key, $"'{value}' is none of {string.Join(", ", choices)}");
    }

    public double Number(string key, double fallback, double minimum, double maximum)
    {
        if (OptionalText(key) is not { } text)
            return fallback;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
            return value;
        throw Wrong(key, string.Create(CultureInfo.InvariantCulture, $"'{text}' is not a number from {minimum} to {maximum}"));
    }

    public int? OptionalInteger(string key, int? fallback)
    {
        if (OptionalText(key) is not { } text)
            return fallback;
        if (text is "none")
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value : throw Wrong(key, $"'{text}' is neither a whole number nor 'none'");
    }

    public bool Flag(string key) => Choice(key, "false", "true", "false") == "true";

    /// <summary>A duration such as <c>90s</c>, <c>20m</c>, <c>-3d</c>.</summary>
    public TimeSpan? Duration(string key)
    {
        if (OptionalText(key) is not { } text)
            return null;
        return Durations.TryParse(text, out var duration) ? duration : throw Wrong(key, $"'{text}' is not a duration such as 90s, 20m, 6h or 3d");
    }

    public YamlSection? OptionalSection(string key) => Find(key) is { } value ? new YamlSection(file, At(key), value) : null;

    /// <summary>The members of a list of mappings; none when the key is missing.</summary>
    public IReadOnlyList<YamlSection> Sections(string key) =>
        [.. Items(key).Select((item, index) => new YamlSection(file, string.Create(CultureInfo.InvariantCulture, $"{At(key)}[{index}]"), item))];

    public IReadOnlyList<string> Texts(string key) => [.. Items(key).Select(item => Scalar(key, item))];

    public bool IsList(string key) => node.Children.TryGetValue(key, out var value) && value is YamlSequenceNode;

    public bool IsMapping(string key) => node.Children.TryGetValue(key, out var value) && value is YamlMappingNode;

    /// <summary>The keys of this mapping, all of which count as asked for.</summary>
    public IReadOnlyList<string> Keys()
    {
        var keys = node.Children.Keys.Select(key => Scalar("", key)).ToList();
        asked.UnionWith(keys);
        return keys;
    }

    /// <summary>Refuses the keys that nobody asked for.</summary>
    public void Close()
    {
        foreach (var key in node.Children.Keys)
            if (!asked.Contains(Scalar("", key)))
                throw Error(file, key.Start, At(Scalar("", key)), $"is not known here; known are {string.Join(", ", asked.Order(StringComparer.Ordinal))}");
    }

    /// <summary>The error that the value of a key is wrong.</summary>
    public ScenarioException Wrong(string key, string what) =>
        Error(file, node.Children.TryGetValue(key, out var value) ? value.Start : node.Start, At(key), what);

    private static ScenarioException Error(string file, Mark mark, string path, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file}:{mark.Line}: {(path.Length == 0 ? "the file" : path)}: {what}"));

    private ScenarioException Missing(string key) => Error(file, node.Start, At(key), "is missing");

    private string At(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    private YamlNode? Find(string key)
    {
        asked.Add(key);
        return node.Children.TryGetValue(key, out var value) ? value : null;
    }

    private IEnumerable<YamlNode> Items(string key) => Find(key) switch
    {
        null => [],
        YamlSequenceNode list => list.Children,
        _ => throw Wrong(key, "must be a list"),
    };

    private string Scalar(string key, YamlNode value) =>
        value is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Error(file, value.Start, At(key), "must be a single value");
}
