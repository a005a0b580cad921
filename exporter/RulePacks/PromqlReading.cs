using System.Text.RegularExpressions;

namespace PostalExporter.RulePacks;

/// <summary>What an expression of PromQL reads.</summary>
/// <param name="Selectors">Its selectors, in the order of the text.</param>
/// <param name="GroupingLabels">Labels of <c>by</c>, <c>without</c>, <c>on</c>, <c>ignoring</c>, <c>group_left</c> and <c>group_right</c>.</param>
/// <param name="CreatedLabels">Labels that <c>label_replace</c>, <c>label_join</c> and <c>count_values</c> write.</param>
internal sealed record PromqlReading(
    IReadOnlyList<PromqlSelector> Selectors, IReadOnlyList<string> GroupingLabels, IReadOnlyList<string> CreatedLabels);

/// <summary>A selector of series.</summary>
/// <param name="Name">The series' name; null when the selector gives none, or only a pattern.</param>
/// <param name="Matchers">Its matchers, one of <c>__name__</c> included when it gives no name.</param>
internal sealed record PromqlSelector(string? Name, IReadOnlyList<PromqlMatcher> Matchers)
{
    /// <summary>How far back it looks by ranges, subqueries and offsets around it; the look for the last sample comes on top.</summary>
    public TimeSpan Reach { get; init; }
}

/// <summary>A matcher of a label.</summary>
/// <param name="Label">The label's name.</param>
/// <param name="Operator"><c>=</c>, <c>!=</c>, <c>=~</c> or <c>!~</c>.</param>
/// <param name="Value">The text or the pattern, without its quotes.</param>
internal sealed record PromqlMatcher(string Label, string Operator, string Value)
{
    /// <summary>Whether a label of this value is selected. A pattern that cannot be read selects nothing.</summary>
    public bool Selects(string value) => Operator switch
    {
        "=" => value == Value,
        "!=" => value != Value,
        "=~" => Fits(value),
        _ => !Fits(value),
    };

    // Patterns of PromQL are anchored, and linear in time as these are.
    private bool Fits(string value)
    {
        try
        {
            return Regex.IsMatch(value, $@"\A(?:{Value})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
