using System.Globalization;

namespace PostalExporter.Lists;

/// <summary>Brings names of domains, however they are written, into the one form that is compared: lower case, international names as punycode.</summary>
internal static class MailDomain
{
    private const int LongestName = 253;
    private const int LongestLabel = 63;

    private static readonly IdnMapping International = new() { AllowUnassigned = true };

    /// <summary>The name in the form that is compared.</summary>
    /// <param name="name">In any case, Unicode or punycode, with or without the dot of the root.</param>
    /// <returns>Null when it is no name of a domain.</returns>
    public static string? Normalize(ReadOnlySpan<char> name)
    {
        if (name is [.. var rest, '.'])
            name = rest;
        // An international name only becomes longer.
        if (name.Length > LongestName)
            return null;
        var text = name.ToString().ToLowerInvariant();
        if (!System.Text.Ascii.IsValid(text))
        {
            try
            {
                text = International.GetAscii(text).ToLowerInvariant();
            }
            catch (ArgumentException)
            {
                return null;
            }
        }
        return IsName(text) ? text : null;
    }

    private static bool IsName(string text)
    {
        if (text.Length is 0 or > LongestName)
            return false;
        foreach (var range in text.AsSpan().Split('.'))
        {
            var label = text.AsSpan(range);
            if (label.Length is 0 or > LongestLabel || label[0] == '-' || label[^1] == '-')
                return false;
            foreach (var character in label)
            {
                if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_'))
                    return false;
            }
        }
        return true;
    }
}
