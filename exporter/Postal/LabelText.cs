using System.Text;

namespace PostalExporter.Postal;

/// <summary>Makes text that people typed fit for a label value.</summary>
internal static class LabelText
{
    /// <summary>The label of all values that have no series of their own.</summary>
    public const string Other = "other";

    /// <summary>
    /// The text with control characters and halves of surrogate pairs replaced by U+FFFD, as a NUL or a lone half would
    /// break the page for a parser. Line breaks and tabs stay: the exposition format escapes or carries them.
    /// </summary>
    public static string Clean(string text)
    {
        StringBuilder? cleaned = null;
        for (var i = 0; i < text.Length; i++)
        {
            var pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            var bad = (char.IsControl(text[i]) && text[i] is not ('\n' or '\t')) || (char.IsSurrogate(text[i]) && !pair);
            if (bad)
                (cleaned ??= new StringBuilder(text))[i] = '\uFFFD';
            if (pair)
                i++;
        }
        return cleaned?.ToString() ?? text;
    }
}
