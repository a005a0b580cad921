using System.Globalization;
using System.Text;

namespace PostalExporter.Baselines;

/// <summary>Makes names that people typed harmless where they are shown.</summary>
internal static class VisibleText
{
    /// <summary>
    /// One line of text without characters that cannot be seen: control characters, line breaks, marks that turn the direction, halves of pairs. Each
    /// is written as <c>\u000A</c>.
    /// </summary>
    public static string Of(string text)
    {
        var visible = new StringBuilder(text.Length);
        foreach (var character in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
                visible.Append(CultureInfo.InvariantCulture, $"\\u{character.Value:X4}");
            else
                visible.Append(character);
        }

        return visible.ToString();
    }
}
