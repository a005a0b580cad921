using System.Globalization;
using System.Text;

namespace PostalExporter.RulePacks;

/// <summary>Writes groups of rules as plain YAML: no anchors, no flow style; the same groups give the same bytes.</summary>
internal sealed class RuleFileText
{
    private readonly StringBuilder text = new();

    private RuleFileText()
    {
    }

    /// <summary>The content of a rule file.</summary>
    public static string Of(IEnumerable<PackGroup> groups)
    {
        var writer = new RuleFileText();
        writer.text.Append("groups:\n");
        foreach (var group in groups)
            writer.Write(group);
        return writer.text.ToString();
    }

    private void Write(PackGroup group)
    {
        Write(2, "- name", group.Name);
        Write(4, "interval", group.Interval);
        text.Append("    rules:\n");
        foreach (var rule in group.Rules)
            Write(rule);
    }

    private void Write(PackRule rule)
    {
        Write(6, "- record", rule.Record);
        Write(6, "- alert", rule.Alert);
        WriteBlock(8, "expr", rule.Expr);
        Write(8, "for", rule.For);
        Write(8, "keep_firing_for", rule.KeepFiringFor);
        Write("labels", rule.Labels);
        Write("annotations", rule.Annotations);
    }

    private void Write(string key, IReadOnlyList<KeyValuePair<string, string>> entries)
    {
        if (entries.Count == 0)
            return;
        text.Append(CultureInfo.InvariantCulture, $"        {key}:\n");
        foreach (var (name, value) in entries)
            Write(10, name, value);
    }

    // Always in quotes: "on" stays a text and "1" no number. What would need escapes is easier to read in a block.
    private void Write(int indent, string key, string? value)
    {
        if (value is null)
            return;
        if (value.IndexOfAny(['"', '\\', '\n']) >= 0)
            WriteBlock(indent, key, value);
        else
            Line(indent, key, Quote(value));
    }

    private void WriteBlock(int indent, string key, string value)
    {
        // A block can show neither of these.
        if (value.Length == 0 || value.Any(character => character != '\n' && character != '\t' && (char.IsControl(character) || character is '\u2028' or '\u2029' or '\ufeff')))
        {
            Line(indent, key, Quote(value));
            return;
        }

        var content = value.TrimEnd('\n');
        var end = value.Length - content.Length;
        // Where the first line is indented or empty, its indentation is not that of the block.
        var indication = value[0] is ' ' or '\n' or '\t' ? "2" : "";
        Line(indent, key, $"|{indication}{(end == 0 ? "-" : end == 1 && content.Length > 0 ? "" : "+")}");
        var space = new string(' ', indent + 2);
        foreach (var line in (end > 0 ? value[..^1] : value).Split('\n'))
            text.Append(line.Length == 0 ? "" : space).Append(line).Append('\n');
    }

    private void Line(int indent, string key, string value) =>
        text.Append(' ', indent).Append(key).Append(": ").Append(value).Append('\n');

    private static string Quote(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in value)
        {
            if (character is '"' or '\\')
                quoted.Append('\\').Append(character);
            else if (char.IsControl(character) || character is '\u2028' or '\u2029' or '\ufeff')
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else
                quoted.Append(character);
        }

        return quoted.Append('"').ToString();
    }
}
