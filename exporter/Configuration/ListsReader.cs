using System.Text.RegularExpressions;
using PostalExporter.Lists;

namespace PostalExporter.Configuration;

/// <summary>Reads <c>lists</c>, with the files that they name, and <c>canary_credentials</c>.</summary>
internal static partial class ListsReader
{
    /// <summary>What the name of a list or of a rule looks like.</summary>
    public const string NameForm = "a name has 1 to 32 of a-z, 0-9, _ and -";

    private const int MostCanaries = 1000;

    /// <summary>Reads <c>lists</c>.</summary>
    /// <param name="root">The whole file.</param>
    /// <param name="folder">What paths are relative to.</param>
    /// <param name="fileProblems">What is wrong with the lists' own files.</param>
    public static OperatorLists ReadLists(YamlSection root, string folder, List<ConfigurationProblem> fileProblems)
    {
        var lists = new OperatorLists();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var section in root.Sections("lists"))
        {
            var name = ReadName(section, names);
            var file = section.Text("file");
            if (!section.Has("file"))
                section.Problem("file", "is missing; name the file of the list");
            section.RefuseUnknown();
            if (name is null || file is null)
                continue;
            if (names.Count > OperatorLists.MostLists)
            {
                section.Problem("name", $"is one of more than {OperatorLists.MostLists} lists; put some into one file");
                continue;
            }
            var path = Path.GetFullPath(Path.Combine(folder, file));
            if (!File.Exists(path))
                section.Problem("file", "the file does not exist; check the path");
            else
                Add(lists, name, path, fileProblems);
        }
        return lists.All.Count > 0 ? lists : OperatorLists.None;
    }

    /// <summary>Reads <c>canary_credentials</c>.</summary>
    /// <param name="root">The whole file.</param>
    public static IReadOnlySet<CanaryCredential> ReadCanaries(YamlSection root)
    {
        var canaries = new HashSet<CanaryCredential>();
        foreach (var section in root.Sections("canary_credentials"))
        {
            var organization = ReadPermalink(section, "organization");
            var server = ReadPermalink(section, "server");
            var credential = Required(section, "credential");
            section.RefuseUnknown();
            if (organization is null || server is null || credential is null)
                continue;
            if (canaries.Count == MostCanaries)
                section.Problem("credential", $"is one of more than {MostCanaries}; remove some");
            else if (!canaries.Add(new CanaryCredential(organization, server, credential)))
                section.Problem("credential", "was already given; keep one of them");
        }
        return canaries;
    }

    /// <summary>Reads the key <c>name</c>, a label value that no other of its kind has.</summary>
    /// <param name="section">An entry.</param>
    /// <param name="names">The names so far; gets this one.</param>
    public static string? ReadName(YamlSection section, HashSet<string> names)
    {
        if (Required(section, "name") is not { } name)
            return null;
        if (!NamePattern().IsMatch(name))
            section.Problem("name", $"cannot be a label value; {NameForm}");
        else if (!names.Add(name))
            section.Problem("name", "was already given to another one; choose a different name");
        else
            return name;
        return null;
    }

    private static void Add(OperatorLists lists, string name, string path, List<ConfigurationProblem> fileProblems)
    {
        try
        {
            lists.Add(name, path);
        }
        catch (ConfigurationException exception)
        {
            fileProblems.AddRange(exception.Problems);
        }
    }

    private static string? ReadPermalink(YamlSection section, string key)
    {
        var text = Required(section, key);
        if (text is not null && !Permalink.IsValid(text))
            section.Problem(key, $"not a permalink; {Permalink.Form}");
        return text;
    }

    private static string? Required(YamlSection section, string key)
    {
        if (!section.Has(key))
            section.Problem(key, "is missing; add it");
        return section.Text(key);
    }

    [GeneratedRegex(@"\A[a-z0-9_-]{1,32}\z")]
    private static partial Regex NamePattern();
}
