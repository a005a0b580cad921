using System.Globalization;
using PostalExporter.Configuration;

namespace PostalExporter.RulePacks;

/// <summary>
/// Finds in an expression of PromQL what it reads and groups by. It is no parser: it does not know whether the expression makes sense,
/// which promtool says.
/// </summary>
internal sealed class PromqlReader
{
    private static readonly HashSet<string> Grouping = new(StringComparer.OrdinalIgnoreCase) { "by", "without", "on", "ignoring", "group_left", "group_right" };

    private static readonly HashSet<string> Keywords = new(StringComparer.OrdinalIgnoreCase) { "and", "or", "unless", "atan2", "bool", "offset", "inf", "nan" };

    private static readonly HashSet<string> Aggregations = new(StringComparer.OrdinalIgnoreCase)
    {
        "sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", "topk", "bottomk", "count_values", "quantile", "limitk", "limit_ratio",
    };

    /// <summary>Functions whose first string names the label that they write.</summary>
    private static readonly HashSet<string> Writers = new(StringComparer.OrdinalIgnoreCase) { "label_replace", "label_join", "count_values" };

    private readonly IReadOnlyList<PromqlToken> tokens;
    private readonly List<PromqlSelector> selectors = [];
    private readonly List<string> groupingLabels = [];
    private readonly List<string> createdLabels = [];

    // Of each open bracket, whether a string directly in it names a label that is written, and how many selectors stand before it.
    private readonly Stack<(bool Writes, int First)> brackets = new();
    private int next;

    // The first of the selectors that a range or an offset belongs to, which follows now.
    private int reached;

    private PromqlReader(string expression) => tokens = PromqlToken.Split(expression);

    /// <summary>Reads an expression, or what stands before the value on a line of an exposition page.</summary>
    /// <exception cref="FormatException">A string or a selector in it is not closed, or a selector is none. The message says where.</exception>
    public static PromqlReading Read(string expression)
    {
        var reader = new PromqlReader(expression);
        reader.ReadAll();
        return new PromqlReading(reader.selectors, reader.groupingLabels, reader.createdLabels);
    }

    private PromqlToken Following => tokens[next];

    private void ReadAll()
    {
        // The function that the next bracket belongs to, also behind the labels of an aggregation.
        var writes = false;
        while (Following.Kind != PromqlTokenKind.End)
        {
            var token = tokens[next++];
            if (token.Kind == PromqlTokenKind.Word)
            {
                var isGrouping = Grouping.Contains(token.Text);
                writes = Writers.Contains(token.Text) || (isGrouping && writes);
                if (isGrouping)
                    ReadLabels();
                else
                    ReadWord(token);
                continue;
            }

            if (token.Is("{"))
                ReadSelector(null);
            else if (token.Is("["))
                ReadRange(token);
            else if (token.Is("("))
                brackets.Push((writes, selectors.Count));
            else if (token.Is(")"))
                reached = brackets.TryPop(out var closed) ? closed.First : reached;
            else if (token.Kind == PromqlTokenKind.Quoted && brackets.TryPeek(out var names) && names.Writes)
                ReadCreatedLabel(token);
            writes = false;
        }
    }

    private void ReadWord(PromqlToken word)
    {
        if (word.Text.Equals("offset", StringComparison.OrdinalIgnoreCase))
            Reach(Following);
        if (Keywords.Contains(word.Text) || Following.Is("("))
            return;
        // A metric may have the name of an aggregation; one that is meant as such has its labels or a bracket behind it.
        if (Aggregations.Contains(word.Text) && Following.Kind == PromqlTokenKind.Word && Grouping.Contains(Following.Text))
            return;
        if (Following.Is("{"))
        {
            next++;
            ReadSelector(word.Text);
        }
        else
        {
            Add(new PromqlSelector(word.Text, []));
        }
    }

    // group_left and group_right stand without a list, too.
    private void ReadLabels()
    {
        if (!Following.Is("("))
            return;
        for (next++; !Following.Is(")"); next++)
        {
            if (Following.Kind is PromqlTokenKind.Word or PromqlTokenKind.Quoted)
                groupingLabels.Add(Following.Text);
            else if (!Following.Is(","))
                throw Unexpected(Following, "a list of labels");
        }

        next++;
    }

    private void ReadSelector(string? name)
    {
        var matchers = new List<PromqlMatcher>();
        for (; !Following.Is("}"); next++)
        {
            var label = Following;
            if (label.Is(","))
                continue;
            if (label.Kind is not (PromqlTokenKind.Word or PromqlTokenKind.Quoted))
                throw Unexpected(label, "a selector");
            if (tokens[next + 1] is not { Kind: PromqlTokenKind.Sign, Text: "=" or "!=" or "=~" or "!~" } sign)
            {
                // {"name", label="value"}: a name in quotes.
                if (label.Kind != PromqlTokenKind.Quoted || name is not null)
                    throw Unexpected(tokens[next + 1], "a selector");
                name = label.Text;
                continue;
            }

            next += 2;
            if (Following.Kind != PromqlTokenKind.Quoted)
                throw Unexpected(Following, "a selector");
            if (label.Text == "__name__" && sign.Is("=") && name is null)
                name = Following.Text;
            else
                matchers.Add(new PromqlMatcher(label.Text, sign.Text, Following.Text));
        }

        next++;
        Add(new PromqlSelector(name, matchers));
    }

    private void Add(PromqlSelector selector)
    {
        reached = selectors.Count;
        selectors.Add(selector);
    }

    // The step of a subquery reaches no further.
    private void ReadRange(PromqlToken open)
    {
        Reach(Following);
        while (!Following.Is("]"))
        {
            if (Following.Kind == PromqlTokenKind.End)
                throw Unexpected(open, "the expression, which does not close it");
            next++;
        }

        next++;
    }

    // A negative offset has a sign in front of its duration, and is none here.
    private void Reach(PromqlToken length)
    {
        if (length.Kind != PromqlTokenKind.Number || !PrometheusDuration.TryParse(length.Text, out var duration))
            return;
        for (var i = reached; i < selectors.Count; i++)
            selectors[i] = selectors[i] with { Reach = selectors[i].Reach + duration };
    }

    private void ReadCreatedLabel(PromqlToken label)
    {
        createdLabels.Add(label.Text);
        brackets.Push((false, brackets.Pop().First));
    }

    private static FormatException Unexpected(PromqlToken token, string place) => new(
        token.Kind == PromqlTokenKind.End
            ? $"{place} is not closed"
            : string.Create(CultureInfo.InvariantCulture, $"{token.Text} at character {token.Start + 1} does not belong into {place}"));
}
