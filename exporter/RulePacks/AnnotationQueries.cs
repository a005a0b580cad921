using System.Text.RegularExpressions;

namespace PostalExporter.RulePacks;

/// <summary>Finds the queries that the template of an annotation asks.</summary>
internal static partial class AnnotationQueries
{
    /// <summary>What stands for a value that the template puts in.</summary>
    public const string Placeholder = "%q";

    /// <summary>The queries of a template; a value that it puts in is <see cref="Placeholder"/> there.</summary>
    public static IEnumerable<string> In(string template) =>
        from Match action in Action().Matches(template)
        where Query().IsMatch(Literal().Replace(action.Value, ""))
        let first = Literal().Match(action.Value)
        where first.Success
        select Unquote(first.Value).Replace("%q", $"\"{Placeholder}\"", StringComparison.Ordinal);

    private static string Unquote(string literal) =>
        literal[0] == '`' ? literal[1..^1] : Regex.Unescape(literal[1..^1]);

    [GeneratedRegex("""\{\{(?:`[^`]*`|"(?:\\.|[^"\\])*"|[^`"}]|\}(?!\}))*\}\}""")]
    private static partial Regex Action();

    [GeneratedRegex(@"`[^`]*`|""(?:\\.|[^""\\])*""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\bquery\b")]
    private static partial Regex Query();
}
