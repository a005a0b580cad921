using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PostalExporter.Configuration;

/// <summary>A value of a YAML file with its line.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Marked">Why YAML does not read the value as it stands there (an alias, anchor or tag), or null.</param>
internal abstract record YamlValue(long Line, string? Marked);

/// <summary>A scalar; <paramref name="Text"/> is null for an empty value, <c>~</c> and <c>null</c>.</summary>
internal sealed record YamlScalar(string? Text, long Line, string? Marked) : YamlValue(Line, Marked);

/// <summary>A sequence.</summary>
internal sealed record YamlList(IReadOnlyList<YamlValue> Items, long Line, string? Marked) : YamlValue(Line, Marked);

/// <summary>A mapping, with every entry as written: duplicates are kept for the reader to refuse.</summary>
internal sealed record YamlMap(IReadOnlyList<YamlEntry> Entries, long Line, string? Marked) : YamlValue(Line, Marked);

/// <summary>An entry of a mapping.</summary>
internal sealed record YamlEntry(string Key, long Line, YamlValue Value);

/// <summary>
/// Reads YAML into values with lines. The library's own tree stops at the first duplicate key and its messages
/// can quote the text, which may be a password; this one does neither.
/// </summary>
internal static class YamlTree
{
    private const int MaximumDepth = 20;
    private const string MergeKey = "<<";
    private const string YamlRemedy = "check the indentation and put values with special characters in quotes";

    /// <summary>Reads the first document.</summary>
    /// <param name="path">File to read.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <returns>The document; an empty mapping when there is none.</returns>
    /// <exception cref="ConfigurationException">The file cannot be read or is not YAML.</exception>
    public static YamlMap Load(string path, string name) => Parse(ReadText(path, name), name);

    /// <summary>Reads the text of a file.</summary>
    /// <param name="path">File to read.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <exception cref="ConfigurationException">The file cannot be read.</exception>
    public static string ReadText(string path, string name)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failure(name, 0, FileProblem.Describe(exception));
        }
    }

    /// <summary>Reads the first document of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">Its name in messages.</param>
    /// <returns>The document; an empty mapping when there is none.</returns>
    /// <exception cref="ConfigurationException">The text is not YAML.</exception>
    public static YamlMap Parse(string text, string name) => Parse(text, name, null);

    /// <summary>Reads the first document of a text, with the value that is meant in place of each alias and merge key.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">Its name in messages.</param>
    /// <returns>The document; an empty mapping when there is none.</returns>
    /// <exception cref="ConfigurationException">The text is not YAML.</exception>
    public static YamlMap ParseExpanded(string text, string name) => Parse(text, name, []);

    private static YamlMap Parse(string text, string name, Dictionary<AnchorName, YamlValue>? anchors)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
                return new YamlMap([], 1, null);

            var root = Read(parser, name, 0, anchors);
            parser.Consume<DocumentEnd>();
            if (parser.TryConsume<DocumentStart>(out var second))
                throw Failure(name, second.Start.Line, "a second YAML document begins; keep one document in the file");

            return root switch
            {
                YamlMap map => map,
                YamlScalar { Text: null } => new YamlMap([], 1, null),
                _ => throw Failure(name, root.Line, "the file is not a mapping; write lines of the form KEY: VALUE"),
            };
        }
        catch (YamlException exception)
        {
            // Not the library's message: it may quote the line.
            throw Failure(name, Math.Max(1, exception.Start.Line),
                $"not valid YAML at column {Math.Max(1, exception.Start.Column)}; {YamlRemedy}");
        }
        catch (InvalidOperationException)
        {
            // What the library throws where a line inside of brackets begins further left than what holds them.
            throw Failure(name, parser.Current?.Start.Line ?? 0, $"not valid YAML near this line; {YamlRemedy}");
        }
    }

    private static YamlValue Read(Parser parser, string name, int depth, Dictionary<AnchorName, YamlValue>? anchors)
    {
        if (anchors is null)
            return ReadNode(parser, name, depth, null);
        if (parser.TryConsume<AnchorAlias>(out var alias))
        {
            return anchors.GetValueOrDefault(alias.Value)
                ?? throw Failure(name, alias.Start.Line, "refers to an anchor that does not stand before it; correct its name");
        }

        var anchor = (parser.Current as NodeEvent)?.Anchor ?? AnchorName.Empty;
        var value = ReadNode(parser, name, depth, anchors);
        if (!anchor.IsEmpty)
            anchors[anchor] = value;
        return value;
    }

    private static YamlValue ReadNode(Parser parser, string name, int depth, Dictionary<AnchorName, YamlValue>? anchors)
    {
        if (depth > MaximumDepth)
            throw Failure(name, parser.Current?.Start.Line ?? 0, "nested too deeply");

        if (parser.TryConsume<AnchorAlias>(out var alias))
            return new YamlScalar(null, alias.Start.Line, "the value begins with *, which YAML takes as a reference; put it in quotes");

        if (parser.TryConsume<Scalar>(out var scalar))
        {
            var isNull = scalar.Style is ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";
            return new YamlScalar(isNull ? null : scalar.Value, scalar.Start.Line, Mark(scalar, anchors));
        }

        if (parser.TryConsume<SequenceStart>(out var sequence))
        {
            var items = new List<YamlValue>();
            while (!parser.TryConsume<SequenceEnd>(out _))
                items.Add(Read(parser, name, depth + 1, anchors));
            return new YamlList(items, sequence.Start.Line, Mark(sequence, anchors));
        }

        var mapping = parser.Consume<MappingStart>();
        var entries = new List<YamlEntry>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var line = parser.Current?.Start.Line ?? mapping.Start.Line;
            if (Read(parser, name, depth + 1, anchors) is not YamlScalar { Text: { } key })
                throw Failure(name, line, "a key is not plain text; write lines of the form KEY: VALUE");
            entries.Add(new YamlEntry(key, line, Read(parser, name, depth + 1, anchors)));
        }

        return new YamlMap(anchors is null ? entries : Merge(entries, name), mapping.Start.Line, Mark(mapping, anchors));
    }

    // What stands in the mapping itself comes before what it merges, and of several merged ones the first.
    private static List<YamlEntry> Merge(List<YamlEntry> entries, string name)
    {
        var merged = entries.Where(entry => entry.Key != MergeKey).ToList();
        foreach (var entry in entries.Where(entry => entry.Key == MergeKey))
        {
            foreach (var source in entry.Value is YamlList list ? list.Items : [entry.Value])
            {
                if (source is not YamlMap map)
                    throw Failure(name, entry.Line, "merges something that is no section; refer to sections alone");
                merged.AddRange(map.Entries.Where(added => merged.TrueForAll(own => own.Key != added.Key)).ToList());
            }
        }

        return merged;
    }

    private static string? Mark(NodeEvent node, Dictionary<AnchorName, YamlValue>? anchors) =>
        !node.Anchor.IsEmpty && anchors is null ? "the value begins with &, which YAML takes as an anchor; put it in quotes"
        : !node.Tag.IsEmpty ? "the value begins with !, which YAML takes as a tag; put it in quotes"
        : null;

    private static ConfigurationException Failure(string name, long line, string message) =>
        new([new ConfigurationProblem(name, line, "", message)]);
}
