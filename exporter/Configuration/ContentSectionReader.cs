using System.Text.RegularExpressions;
using PostalExporter.Signals;

namespace PostalExporter.Configuration;

/// <summary>Reads the section <c>content</c>.</summary>
internal static partial class ContentSectionReader
{
    /// <summary>Rules of a configuration: each is tried on every message, and makes a series of every credential.</summary>
    public const int MostRules = 100;

    // Of a rule that was made by a program, a longer one takes long to be understood.
    private const int LongestPattern = 1000;

    private static readonly string[] Switch = ["true", "false"];

    // In the order of ContentPart.
    private static readonly string[] Conditions = ["subject", "tag", "link_domain", "text"];

    /// <summary>Reads the section.</summary>
    public static ContentOptions Read(YamlSection section)
    {
        var readText = section.OneOf("read_text", Switch) == "true";
        var names = new Dictionary<string, long>(StringComparer.Ordinal);
        var sections = section.Sections("rules").ToList();
        var rules = sections.Select(rule => ReadRule(rule, names, readText)).OfType<ContentRule>().ToList();
        if (sections.Count > MostRules)
            section.Problem("rules", $"has more than {MostRules} rules; join some, one expression can have several words");
        var options = new ContentOptions { Rules = rules, ReadText = readText, SimilarSubjects = section.OneOf("similar_subjects", Switch) == "true" };
        section.RefuseUnknown();
        return options;
    }

    private static ContentRule? ReadRule(YamlSection section, Dictionary<string, long> names, bool readText)
    {
        var name = ReadName(section, names);
        var values = Conditions.Select(section.Text).ToList();
        section.RefuseUnknown();
        if (Conditions.Count(section.Has) != 1)
        {
            section.Problem("name", $"a rule has one condition; give one of {string.Join(", ", Conditions)}");
            return null;
        }
        var part = (ContentPart)values.FindIndex(value => value is not null);
        if (part < 0)
            return null;
        var (key, value) = (Conditions[(int)part], values[(int)part]!);
        if (part == ContentPart.Text && !readText)
            section.Problem(key, "needs the text of every outgoing message; set content.read_text to true if it may be read, or remove the rule");
        return part == ContentPart.LinkDomain ? ReadDomain(section, key, name, value) : ReadPattern(section, key, name, part, value);
    }

    private static string ReadName(YamlSection section, Dictionary<string, long> names)
    {
        var name = section.Text("name");
        if (!section.Has("name"))
            section.Problem("name", "is missing; it becomes the label rule");
        else if (name is not null && !Name().IsMatch(name))
            section.Problem("name", "not a name; use 1 to 32 small letters, digits, _ and -");
        else if (name is not null && !names.TryAdd(name, section.LineOf("name")))
            section.Problem("name", $"the name was already given in line {names[name]}; give another one");
        return name ?? "";
    }

    private static ContentRule? ReadDomain(YamlSection section, string key, string name, string value)
    {
        if (LinkHost.Normalize(value) is { } domain)
            return ContentRule.OfLinks(name, domain);
        section.Problem(key, "not a domain; write it without scheme, path and wildcard, such as evil.example, which means its subdomains too");
        return null;
    }

    private static ContentRule? ReadPattern(YamlSection section, string key, string name, ContentPart part, string value)
    {
        if (value.Length > LongestPattern)
        {
            section.Problem(key, $"longer than {LongestPattern} characters; divide it into several rules");
            return null;
        }
        try
        {
            return ContentRule.OfText(name, part, value);
        }
        catch (RegexParseException exception)
        {
            section.Problem(key, $"not a regular expression ({exception.Error} at character {exception.Offset}); correct it, or escape special characters with a backslash");
        }
        catch (NotSupportedException)
        {
            section.Problem(key, "look-around, back references, atomic groups and conditions can take for ever and are not supported; write it without them");
        }
        return null;
    }

    [GeneratedRegex(@"^[a-z0-9_-]{1,32}\z")]
    private static partial Regex Name();
}
