using System.Text.RegularExpressions;

namespace PostalExporter.RawMail;

/// <summary>Headers of a message as people quote them in a text, with or without <c>&gt;</c> before them, and the forms of their values.</summary>
internal static partial class QuotedHeaders
{
    // Longest value of messages.message_id.
    private const int MaxMessageIdLength = 255;

    private const int MaxFound = FeedbackReport.MaxMessages * 2;

    /// <summary>The tokens behind <c>X-Postal-MsgID:</c>, wherever it stands: this is how Postal itself finds the originals of bounces.</summary>
    public static IEnumerable<string> Tokens(string text) =>
        TokenHeader().Matches(text).Take(MaxFound).Select(match => match.Groups["token"].Value);

    /// <summary>The Message-IDs in angle brackets of lines that begin with <c>Message-ID:</c>.</summary>
    public static IEnumerable<string> MessageIds(string text) =>
        MessageIdHeader().Matches(text).Take(MaxFound).Select(match => match.Groups["id"].Value);

    /// <summary>The token in the value of <c>X-Postal-MsgID</c>; null when it is none.</summary>
    public static string? Token(string value)
    {
        value = value.Trim();
        return value.Length is > 0 and <= 64 && value.All(char.IsAsciiLetterOrDigit) ? value : null;
    }

    /// <summary>The value of <c>Message-ID</c> as Postal stores it: without what is outside of the angle brackets; null when it is none.</summary>
    public static string? MessageId(string value)
    {
        value = value[(value.LastIndexOf('<') + 1)..];
        var end = value.IndexOf('>');
        value = (end < 0 ? value : value[..end]).Trim();
        return value.Length is > 0 and <= MaxMessageIdLength ? value : null;
    }

    [GeneratedRegex(@"X-Postal-MsgID:(?:\s|>)*(?<token>[a-z0-9]{1,64})(?![a-z0-9])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex TokenHeader();

    [GeneratedRegex(@"^[ \t>|]*Message-ID:(?:\s|>)*<(?<id>[^<>\s]{1,255})>", RegexOptions.IgnoreCase | RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex MessageIdHeader();
}
