using System.Text.RegularExpressions;

namespace PostalExporter.Signals;

/// <summary>What of a message a rule looks at.</summary>
internal enum ContentPart
{
    /// <summary>The subject, of which Postal keeps the first 200 characters.</summary>
    Subject,

    /// <summary>Postal's tag.</summary>
    Tag,

    /// <summary>The hosts of tracked links.</summary>
    LinkDomain,

    /// <summary>The decoded text parts.</summary>
    Text,
}

/// <summary>A rule of the operator on the content of outgoing mail, with one condition. Of what it matches only its name is told.</summary>
internal sealed class ContentRule
{
    /// <summary>For one expression on one text. It needs none on any usual one, as it never looks back.</summary>
    public static readonly TimeSpan MatchTimeout = TimeSpan.FromMilliseconds(100);

    private readonly Regex? pattern;
    private readonly string domain = "";

    private ContentRule(string name, ContentPart part, Regex? pattern, string domain)
    {
        Name = name;
        Part = part;
        this.pattern = pattern;
        this.domain = domain;
    }

    /// <summary>The label <c>rule</c>.</summary>
    public string Name { get; }

    /// <summary>What it looks at.</summary>
    public ContentPart Part { get; }

    /// <summary>A rule on subject, tag or text.</summary>
    /// <exception cref="RegexParseException">It is no regular expression.</exception>
    /// <exception cref="NotSupportedException">It cannot be matched without looking back.</exception>
    public static ContentRule OfText(string name, ContentPart part, string pattern) => new(
        name, part, new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, MatchTimeout), "");

    /// <summary>A rule on links.</summary>
    /// <param name="name">The label.</param>
    /// <param name="domain">As <see cref="LinkHost.Normalize"/> gives it.</param>
    public static ContentRule OfLinks(string name, string domain) => new(name, ContentPart.LinkDomain, null, domain);

    /// <summary>Whether a text matches.</summary>
    /// <returns>Null when that took too long to find out.</returns>
    public bool? Matches(string text)
    {
        try
        {
            return pattern?.IsMatch(text) == true;
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    /// <summary>Whether a host is the domain or below it.</summary>
    /// <param name="host">As <see cref="LinkHost.Of"/> gives it.</param>
    public bool MatchesHost(string host) =>
        domain.Length > 0 && host.EndsWith(domain, StringComparison.Ordinal) && (host.Length == domain.Length || host[^(domain.Length + 1)] == '.');
}
