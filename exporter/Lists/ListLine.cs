namespace PostalExporter.Lists;

/// <summary>A line of a list: an address, or a domain with all below it.</summary>
internal static class ListLine
{
    // RFC 5321 allows 64 characters.
    private const int LongestLocalPart = 64;

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="entry">The address or domain in the form that is compared; null for a comment, a line without anything, and a wrong one.</param>
    /// <returns>What is wrong and what to do, never a word of the line; null when nothing is.</returns>
    public static string? TryRead(ReadOnlySpan<char> line, out string? entry)
    {
        entry = null;
        var text = WithoutComment(line).Trim();
        if (text.IsEmpty)
            return null;
        if (text.IndexOfAny('\0', '\uFFFD') >= 0)
            return "is not text in UTF-8; save the file in it";
        if (text.IndexOfAny(" \t,;") >= 0)
            return "holds more than one word; write one domain or address a line";
        var at = text.LastIndexOf('@');
        if (at > 0)
            return TryReadAddress(text, at, out entry);
        var bare = text.TrimStart("*@.");
        var all = text[..^bare.Length].Contains('.');
        var name = MailDomain.Normalize(bare);
        if (name is null)
            return "is neither a domain nor an address; write example.com or name@example.com";
        // The likeliest of such lines is a name that was cut off.
        if (!all && !name.Contains('.', StringComparison.Ordinal))
            return "is a top-level domain; write it in full, or *.NAME for everything below it";
        if (!name.AsSpan(name.LastIndexOf('.') + 1).ContainsAnyExceptInRange('0', '9'))
            return "is an IP address; write the domain that mail is addressed to";
        entry = name;
        return null;
    }

    private static string? TryReadAddress(ReadOnlySpan<char> text, int at, out string? entry)
    {
        entry = null;
        if (at == 1 && text[0] == '*')
            return TryRead(text[1..], out entry);
        if (at > LongestLocalPart || text[..at].Contains('*') || MailDomain.Normalize(text[(at + 1)..]) is not { } domain)
            return "is not an address; write name@example.com, or example.com for all of a domain";
        entry = $"{text[..at]}@{domain}";
        return null;
    }

    // The name of an address can hold a "#": only one that begins a word begins a comment.
    private static ReadOnlySpan<char> WithoutComment(ReadOnlySpan<char> line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '#' && (i == 0 || char.IsWhiteSpace(line[i - 1])))
                return line[..i];
        }
        return line;
    }
}
