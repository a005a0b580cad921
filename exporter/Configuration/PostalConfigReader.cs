using System.Globalization;

namespace PostalExporter.Configuration;

/// <summary>
/// Reads <c>main_db</c> and <c>message_db</c> of Postal's own <c>postal.yml</c>, version 2 or 1. Everything else
/// in it is Postal's business: neither read nor judged. A value that Postal leaves at its default counts as unsaid.
/// </summary>
internal sealed class PostalConfigReader
{
    /// <summary>What the file says about the main database.</summary>
    public DatabaseLayer MainDatabase { get; private init; } = new();

    /// <summary>What the file says about the message databases.</summary>
    public DatabaseLayer MessageDatabase { get; private init; } = new();

    /// <summary>Format of the file: 1 or 2.</summary>
    public int Version { get; private init; }

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problems">What is wrong with the parts that are read.</param>
    /// <exception cref="ConfigurationException">The file cannot be read or is not YAML.</exception>
    public static PostalConfigReader Read(string path, ProblemList problems)
    {
        var root = YamlTree.Load(path, path);

        // As Postal does: a file without a version is of version 1.
        var version = Find(root, "version") is YamlScalar { Text: { } text } ? text : "1";
        if (version is not ("1" or "2"))
            problems.Add(Find(root, "version")!.Line, "version", "unknown version of Postal's configuration; 1 and 2 can be read");

        return new PostalConfigReader
        {
            Version = version == "2" ? 2 : 1,
            MainDatabase = ReadSection(root, "main_db", "database", problems),
            MessageDatabase = ReadSection(root, "message_db", version == "2" ? "database_name_prefix" : "prefix", problems),
        };
    }

    private static DatabaseLayer ReadSection(YamlMap root, string name, string databaseKey, ProblemList problems)
    {
        switch (Find(root, name))
        {
            case null or YamlScalar { Text: null, Marked: null }:
                return new DatabaseLayer();
            case YamlMap { Marked: null } section:
                return new DatabaseLayer
                {
                    Host = Text(section, name, "host", problems),
                    Port = Integer(section, name, "port", 1, 65535, problems),
                    Username = Text(section, name, "username", problems),
                    Password = Text(section, name, "password", problems),
                    Database = Text(section, name, databaseKey, problems),
                };
            case var other:
                problems.Add(other.Line, name, other.Marked ?? "a section is expected here; indent its keys below it");
                return new DatabaseLayer();
        }
    }

    private static string? Text(YamlMap section, string name, string key, ProblemList problems)
    {
        switch (Find(section, key))
        {
            case null:
                return null;
            case YamlScalar { Marked: null } scalar:
                return string.IsNullOrEmpty(scalar.Text) ? null : scalar.Text;
            case var other:
                problems.Add(other.Line, $"{name}.{key}", other.Marked ?? "one value is expected here, not a list or a section");
                return null;
        }
    }

    private static int? Integer(YamlMap section, string name, string key, int minimum, int maximum, ProblemList problems)
    {
        if (Text(section, name, key, problems) is not { } text)
            return null;

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
            return value;

        problems.Add(Find(section, key)!.Line, $"{name}.{key}", $"not a whole number from {minimum} to {maximum}; correct it");
        return null;
    }

    // The last of duplicates counts, as it does for Postal.
    private static YamlValue? Find(YamlMap map, string key) => map.Entries.LastOrDefault(entry => entry.Key == key)?.Value;
}
