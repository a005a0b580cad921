using System.Globalization;

namespace PostalExporter.Configuration;

/// <summary>
/// Reads the keys of one mapping and notes what is wrong with them. A key is known when it is asked for;
/// <see cref="RefuseUnknown"/> reports the rest.
/// </summary>
internal sealed class YamlSection
{
    private readonly YamlMap map;
    private readonly ProblemList problems;
    private readonly string path;
    private readonly List<string> known = [];
    private readonly List<string> refused = [];
    private readonly Dictionary<string, YamlEntry> entries = new(StringComparer.Ordinal);

    /// <param name="map">The mapping.</param>
    /// <param name="path">Its path, empty for the file itself.</param>
    /// <param name="problems">Where problems go.</param>
    public YamlSection(YamlMap map, string path, ProblemList problems)
    {
        this.map = map;
        this.path = path;
        this.problems = problems;
        foreach (var entry in map.Entries)
        {
            if (!entries.TryAdd(entry.Key, entry))
                problems.Add(entry.Line, PathOf(entry.Key), $"the key was already given in line {entries[entry.Key].Line}; keep one of them");
        }
    }

    /// <summary>Line of the section, for problems that concern it as a whole.</summary>
    public long Line => map.Line;

    /// <summary>The keys as written, each once: for mappings whose keys are names.</summary>
    public IEnumerable<YamlEntry> Entries => entries.Values;

    /// <summary>Whether the key is there.</summary>
    public bool Has(string key) => entries.ContainsKey(key);

    /// <summary>Line of a key, or of the section when it is not there.</summary>
    public long LineOf(string key) => entries.TryGetValue(key, out var entry) ? entry.Line : map.Line;

    /// <summary>The key's full path.</summary>
    public string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>Notes a problem of a key.</summary>
    public void Problem(string key, string message) => problems.Add(LineOf(key), PathOf(key), message);

    /// <summary>A text, or null when the key is not there or is wrong.</summary>
    public string? Text(string key)
    {
        if (Find(key) is not { } entry)
            return null;

        if (entry.Value.Marked is { } marked)
            Problem(key, marked);
        else if (entry.Value is not YamlScalar scalar)
            Problem(key, "one value is expected here, not a list or a section");
        else if (string.IsNullOrEmpty(scalar.Text))
            Problem(key, "has no value; give one or remove the key");
        else if (scalar.Text.Contains('\0', StringComparison.Ordinal))
            Problem(key, "holds a NUL character; remove it");
        else
            return scalar.Text;

        return null;
    }

    /// <summary>The texts of a list, or one text; empty when the key is not there or is wrong. Entries that are wrong are left out.</summary>
    public IReadOnlyList<YamlText> Texts(string key)
    {
        if (Find(key) is not { } entry)
            return [];
        if (entry.Value is not YamlList list)
            return Text(key) is { } text ? [new YamlText(text, PathOf(key), entry.Value.Line)] : [];
        if (list.Marked is { } listMarked)
            Problem(key, listMarked);
        else if (list.Items.Count == 0)
            Problem(key, "has no value; give one or remove the key");

        var texts = new List<YamlText>();
        for (var index = 0; index < list.Items.Count; index++)
        {
            var item = list.Items[index];
            var itemPath = string.Create(CultureInfo.InvariantCulture, $"{PathOf(key)}[{index}]");
            if (item.Marked is { } marked)
                problems.Add(item.Line, itemPath, marked);
            else if (item is not YamlScalar scalar)
                problems.Add(item.Line, itemPath, "one value is expected here, not a list or a section");
            else if (string.IsNullOrWhiteSpace(scalar.Text))
                problems.Add(item.Line, itemPath, "is empty; give a text or remove the entry");
            else
                texts.Add(new YamlText(scalar.Text, itemPath, item.Line));
        }

        return texts;
    }

    /// <summary>Notes a problem of a text of a list.</summary>
    public void Problem(YamlText text, string message) => problems.Add(text.Line, text.Path, message);

    /// <summary>A whole number between the bounds, or null when the key is not there or is wrong.</summary>
    public int? Integer(string key, int minimum, int maximum)
    {
        if (Text(key) is not { } text)
            return null;

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
            return value;

        Problem(key, $"not a whole number from {minimum} to {maximum}; correct it");
        return null;
    }

    /// <summary>A number between the bounds, or null when the key is not there or is wrong.</summary>
    public double? Number(string key, double minimum, double maximum)
    {
        if (Text(key) is not { } text)
            return null;

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
            return value;

        Problem(key, string.Create(CultureInfo.InvariantCulture, $"not a number from {minimum} to {maximum}; correct it"));
        return null;
    }

    /// <summary>A number above 0 and below 1, or null when the key is not there or is wrong.</summary>
    public double? Share(string key)
    {
        if (Text(key) is not { } text)
            return null;

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1)
            return value;

        Problem(key, "not a share between 0 and 1; write 0.05 for 5 percent");
        return null;
    }

    /// <summary>A duration between the bounds, or null when the key is not there or is wrong.</summary>
    public TimeSpan? Duration(string key, TimeSpan minimum, TimeSpan maximum)
    {
        if (Text(key) is not { } text)
            return null;

        if (!PrometheusDuration.TryParse(text, out var value))
            Problem(key, $"not a duration; {PrometheusDuration.Form}");
        else if (value < minimum || value > maximum)
            Problem(key, $"out of range; give between {minimum.TotalSeconds:0.###}s and {maximum.TotalSeconds:0.###}s");
        else
            return value;

        return null;
    }

    /// <summary>A moment with its offset from UTC, or null when the key is not there or is wrong.</summary>
    public DateTimeOffset? Moment(string key)
    {
        if (Text(key) is not { } text)
            return null;

        if (DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value)
            && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal)))
            return value;

        Problem(key, "not a moment with a time zone; write 2026-11-27T08:00:00Z or 2026-11-27T08:00:00+01:00");
        return null;
    }

    /// <summary>One of the given words, or null when the key is not there or is wrong.</summary>
    public string? OneOf(string key, IReadOnlyCollection<string> words)
    {
        if (Text(key) is not { } text)
            return null;

        if (words.Contains(text))
            return text;

        Problem(key, $"unknown value; {NearMiss.Remedy(text, words)}");
        return null;
    }

    /// <summary>A section below this one; an empty one when the key is not there, has no value or is wrong.</summary>
    public YamlSection Section(string key)
    {
        var empty = new YamlMap([], LineOf(key), null);
        var value = Find(key)?.Value;
        if (value is { Marked: { } marked })
            Problem(key, marked);
        else if (value is not (null or YamlMap or YamlScalar { Text: null }))
            Problem(key, "a section is expected here; indent its keys below it");
        else if (value is YamlMap section)
            return new YamlSection(section, PathOf(key), problems);

        return new YamlSection(empty, PathOf(key), problems);
    }

    /// <summary>The sections of a list; empty when the key is not there, has no value or is wrong.</summary>
    public IEnumerable<YamlSection> Sections(string key)
    {
        var value = Find(key)?.Value;
        if (value is not (null or YamlList or YamlScalar { Text: null }))
            Problem(key, "a list is expected here; begin each entry with a dash");
        if (value is not YamlList list)
            yield break;

        for (var index = 0; index < list.Items.Count; index++)
        {
            var itemPath = string.Create(CultureInfo.InvariantCulture, $"{PathOf(key)}[{index}]");
            if (list.Items[index] is YamlMap item)
                yield return new YamlSection(item, itemPath, problems);
            else
                problems.Add(list.Items[index].Line, itemPath, "an entry with keys is expected here; write - KEY: VALUE");
        }
    }

    /// <summary>Notes a key that exists elsewhere and has no meaning here.</summary>
    public void RefuseUnsupported(string key)
    {
        if (!entries.ContainsKey(key))
            return;

        refused.Add(key);
        Problem(key, "is not supported by this exporter; remove it");
    }

    /// <summary>Notes every key that was not asked for.</summary>
    public void RefuseUnknown()
    {
        foreach (var entry in entries.Values.Where(entry => !known.Contains(entry.Key) && !refused.Contains(entry.Key)))
            problems.Add(entry.Line, PathOf(entry.Key), $"unknown key; {NearMiss.Remedy(entry.Key, known)}");
    }

    private YamlEntry? Find(string key)
    {
        known.Add(key);
        problems.NoteKnown(PathOf(key));
        return entries.GetValueOrDefault(key);
    }
}

/// <summary>A text of a list, with its place.</summary>
/// <param name="Value">The text; not empty.</param>
/// <param name="Path">Path of its key with its number in the list.</param>
/// <param name="Line">Line in the file.</param>
internal readonly record struct YamlText(string Value, string Path, long Line);

/// <summary>Collects what is wrong with one file, and which keys its reader knows.</summary>
/// <param name="source">The file's name in messages.</param>
internal sealed class ProblemList(string source)
{
    private readonly List<ConfigurationProblem> problems = [];
    private readonly SortedSet<string> known = new(StringComparer.Ordinal);

    /// <summary>The problems so far, in the order of the file.</summary>
    public IReadOnlyList<ConfigurationProblem> All => [.. problems.Distinct().OrderBy(problem => problem.Line)];

    /// <summary>Paths of the keys that the reader asked for.</summary>
    public IReadOnlyCollection<string> Known => known;

    /// <summary>Notes a problem.</summary>
    public void Add(long line, string key, string message) => problems.Add(new ConfigurationProblem(source, line, key, message));

    /// <summary>Notes a key that the reader asked for.</summary>
    public void NoteKnown(string key) => known.Add(key);
}
