using System.Globalization;
using PostalExporter.Signals;

namespace PostalExporter.Configuration;

/// <summary>
/// Reads a file of failure reasons: the built-in one, which is part of the program, or an operator's, whose rules come before it.
/// </summary>
internal sealed class FailureReasonsReader
{
    /// <summary>Name of the built-in file, in the program and beside it.</summary>
    public const string BuiltInFile = "failure-reasons.yml";

    private const string Temporary = "temporary";
    private const string Permanent = "permanent";
    private const char Joint = '+';
    private const string Gap = " ... ";

    private static readonly Lazy<FailureRules> BuiltInRules = new(ReadBuiltIn);
    private static readonly Lazy<FailureClassifier> BuiltInClassifier = new(() => new FailureClassifier(BuiltInRules.Value));

    private readonly FailureRules below;
    private readonly ProblemList problems;
    private readonly ReplyAlphabet alphabet = new();
    private readonly Dictionary<string, long> phraseLines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> codeLines = new(StringComparer.Ordinal);
    private int nodes;

    private FailureReasonsReader(FailureRules below, int nodesBelow, ProblemList problems)
    {
        this.below = below;
        this.problems = problems;
        nodes = nodesBelow;
        foreach (var phrase in below.Words.Values.Concat(below.Rules.Select(rule => rule.Phrases)).SelectMany(phrases => phrases))
            alphabet.TryLearn(phrase.Text);
    }

    /// <summary>The classifier of the built-in rules alone.</summary>
    public static FailureClassifier BuiltIn => BuiltInClassifier.Value;

    /// <summary>Reads a file whose rules come before the built-in ones.</summary>
    /// <param name="file">The file.</param>
    /// <param name="problems">What is wrong with it.</param>
    /// <returns>All rules, or the built-in ones when something is wrong.</returns>
    /// <exception cref="ConfigurationException">The file cannot be read or is not YAML.</exception>
    public static FailureClassifier Read(string file, ProblemList problems)
    {
        var reader = new FailureReasonsReader(BuiltInRules.Value, BuiltIn.Nodes, problems);
        var own = reader.ReadRules(YamlTree.Load(file, file));
        return problems.All.Count > 0 ? BuiltIn : new FailureClassifier(own.Before(BuiltInRules.Value));
    }

    /// <summary>Reads the text of a file that has no other rules below it.</summary>
    internal static FailureRules Parse(string text, ProblemList problems) =>
        new FailureReasonsReader(new FailureRules(new Dictionary<string, IReadOnlyList<Phrase>>(), []), 0, problems)
            .ReadRules(YamlTree.Parse(text, BuiltInFile));

    private static FailureRules ReadBuiltIn()
    {
        using var stream = typeof(FailureReasonsReader).Assembly.GetManifestResourceStream(BuiltInFile)
            ?? throw new InvalidOperationException($"The program was built without {BuiltInFile}.");
        using var text = new StreamReader(stream);
        var problems = new ProblemList(BuiltInFile);
        var rules = Parse(text.ReadToEnd(), problems);
        return problems.All.Count == 0 ? rules : throw new ConfigurationException(problems.All);
    }

    private FailureRules ReadRules(YamlMap document)
    {
        var root = new YamlSection(document, "", problems);
        var words = ReadWords(root.Section("words"));
        var kinds = below.Words.Keys.Concat(words.Keys).ToHashSet(StringComparer.Ordinal);
        if (kinds.Count > PhraseMatcher.MaximumKinds)
            root.Problem("words", $"more than {PhraseMatcher.MaximumKinds - below.Words.Count} kinds of words; join some");
        var rules = root.Sections("rules").Select(section => ReadRule(section, kinds)).ToList();
        if (nodes > PhraseMatcher.MaximumNodes)
            root.Problem("rules", "too many phrases for the matcher; use shorter ones, or fewer");
        root.RefuseUnknown();
        return new FailureRules(words, [.. rules.OfType<FailureRule>()]);
    }

    private Dictionary<string, IReadOnlyList<Phrase>> ReadWords(YamlSection section)
    {
        var words = new Dictionary<string, IReadOnlyList<Phrase>>(StringComparer.Ordinal);
        foreach (var kind in section.Entries.Select(entry => entry.Key).ToList())
        {
            if (!kind.All(character => char.IsAsciiLetterLower(character) || character == '_'))
                section.Problem(kind, "not a name; use small letters and underscores");
            else if (below.Words.ContainsKey(kind))
                section.Problem(kind, $"is a name of {BuiltInFile}; use another one");
            words[kind] = ReadPhrases(section, kind, $"word {kind} ");
        }

        return words;
    }

    private FailureRule? ReadRule(YamlSection section, HashSet<string> kinds)
    {
        var reason = section.OneOf("reason", FailureReasonLabels.All);
        if (!section.Has("reason"))
            section.Problem("reason", "is missing; say which reason the rule gives");
        section.Text("source");
        var replies = section.OneOf("replies", [Temporary, Permanent]);
        var rule = new FailureRule(reason is null ? FailureReason.Other : FailureReasonLabels.Parse(reason))
        {
            Replies = replies switch
            {
                Temporary => ReplyClasses.Temporary,
                Permanent => ReplyClasses.Permanent,
                _ => ReplyClasses.Any,
            },
            Statuses = [.. section.Texts("status").Select(text => text.Value)],
            Details = [.. section.Texts("details").Select(ReadSentence)],
            Http = ReadCodes(section, "http", -9, 999),
            Phrases = ReadPhrases(section, "phrases", $"phrase {replies} "),
            Together = ReadTogether(section, kinds, replies),
            Enhanced = ReadEnhanced(section),
            Smtp = ReadCodes(section, "smtp", 400, 599),
        };
        section.RefuseUnknown();
        if (!FindsSomething.Any(section.Has))
            section.Problem("reason", $"the rule finds nothing; add one of {string.Join(", ", FindsSomething)}");
        return reason is null ? null : rule;
    }

    private static readonly string[] FindsSomething = ["phrases", "together", "enhanced", "smtp", "details", "status", "http"];

    private static OwnSentence ReadSentence(YamlText text)
    {
        var gap = text.Value.IndexOf(Gap, StringComparison.Ordinal);
        return gap < 0 ? new OwnSentence(text.Value, "") : new OwnSentence(text.Value[..gap], text.Value[(gap + Gap.Length)..]);
    }

    private List<Phrase> ReadPhrases(YamlSection section, string key, string use)
    {
        var phrases = new List<Phrase>();
        foreach (var text in section.Texts(key))
        {
            var phrase = new Phrase(text.Value);
            if (!alphabet.TryLearn(text.Value))
            {
                section.Problem(text, $"with it the phrases use more than {ReplyAlphabet.MaximumOtherLetters} letters of other scripts; use fewer phrases");
                continue;
            }

            var reduced = phrase.Reduce(alphabet);
            // Phrases with a common beginning share its nodes, so this is more than there will be.
            nodes += reduced.Length;
            if (reduced.Length == 0)
                section.Problem(text, "holds no letter or digit; give a word of the reply");
            else if (!IsNew(phraseLines, use + Convert.ToHexString(reduced), text.Line, out var line))
                section.Problem(text, $"the phrase was already given in line {line}; keep one of them");
            else
                phrases.Add(phrase);
        }

        return phrases;
    }

    private List<IReadOnlyList<string>> ReadTogether(YamlSection section, HashSet<string> kinds, string? replies)
    {
        var together = new List<IReadOnlyList<string>>();
        foreach (var text in section.Texts("together"))
        {
            var names = text.Value.Split(Joint, StringSplitOptions.TrimEntries);
            if (names.Length < 2)
                section.Problem(text, "one kind of words is no combination; write NAME + NAME");
            else if (Array.Find(names, name => !kinds.Contains(name)) is { } unknown)
                section.Problem(text, $"unknown kind of words {unknown}; {NearMiss.Remedy(unknown, kinds)}");
            else if (!IsNew(codeLines, $"together {replies} {string.Join(Joint, names.Order(StringComparer.Ordinal))}", text.Line, out var line))
                section.Problem(text, $"the combination was already given in line {line}; keep one of them");
            else
                together.Add(names);
        }

        return together;
    }

    private List<CodeRange> ReadCodes(YamlSection section, string key, int minimum, int maximum)
    {
        var codes = new List<CodeRange>();
        foreach (var text in section.Texts(key))
        {
            // A code may have a sign, so the dash of a range is the first one behind a digit.
            var dash = text.Value.IndexOf('-', 1);
            var (first, last) = dash < 0 ? (text.Value, text.Value) : (text.Value[..dash], text.Value[(dash + 1)..]);
            if (!TryReadCode(first, minimum, maximum, out var from) || !TryReadCode(last, minimum, maximum, out var to) || to < from)
                section.Problem(text, $"not a code from {minimum} to {maximum}; write CODE, or CODE-CODE for all from one to the other");
            else if (!IsNew(codeLines, $"{key} {text.Value}", text.Line, out var line))
                section.Problem(text, $"the code was already given in line {line}; keep one of them");
            else
                codes.Add(new CodeRange(from, to));
        }

        return codes;
    }

    private List<EnhancedCodes> ReadEnhanced(YamlSection section)
    {
        var codes = new List<EnhancedCodes>();
        foreach (var text in section.Texts("enhanced"))
        {
            if (!TryReadEnhanced(text.Value, out var read))
                section.Problem(text, "not an enhanced status code; write 5.1.1, X.1.1 for 4.1.1 and 5.1.1, 5.7.606-649 for a range or X.1.* for a whole subject");
            else if (!IsNew(codeLines, $"enhanced {read}", text.Line, out var line))
                section.Problem(text, $"the code was already given in line {line}; keep one of them");
            else
                codes.Add(read);
        }

        return codes;
    }

    private static bool TryReadEnhanced(string text, out EnhancedCodes codes)
    {
        codes = default;
        if (text.Split('.') is not [var replyClass, var subject, var detail] || replyClass is not ("4" or "5" or "X")
            || !TryReadCode(subject, 0, 9, out var middle))
            return false;
        var dash = detail.IndexOf('-', StringComparison.Ordinal);
        var (first, last) = detail == "*" ? ("0", "999") : dash < 0 ? (detail, detail) : (detail[..dash], detail[(dash + 1)..]);
        if (!TryReadCode(first, 0, 999, out var from) || !TryReadCode(last, 0, 999, out var to) || to < from)
            return false;
        codes = new EnhancedCodes(replyClass == "X" ? 0 : replyClass[0] - '0', middle, from, to);
        return true;
    }

    private static bool TryReadCode(string text, int minimum, int maximum, out int code) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out code) && code >= minimum && code <= maximum;

    private static bool IsNew(Dictionary<string, long> lines, string what, long line, out long first)
    {
        if (lines.TryGetValue(what, out first))
            return false;
        lines.Add(what, line);
        return true;
    }
}
