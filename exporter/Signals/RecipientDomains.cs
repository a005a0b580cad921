namespace PostalExporter.Signals;

/// <summary>
/// Decides which recipient domains of a server have a series of their own; kept while signals come and go.
/// Senders choose the domains, so their number has a bound: places go to whoever comes first.
/// </summary>
/// <param name="most">How many have one.</param>
internal sealed class RecipientDomains(int most)
{
    /// <summary>The label of all domains without a series of their own.</summary>
    public const string Other = "other";

    // RFC 1035 allows 253 characters; anything longer is no domain that mail could reach.
    private const int LongestName = 253;

    private readonly HashSet<string> named = new(StringComparer.Ordinal);

    /// <summary>Gives a place to a domain that had one when the state was saved.</summary>
    public void Restore(string domain)
    {
        if (domain != Other)
            named.Add(domain);
    }

    /// <summary>The label for a delivery to an address: its domain in lower case, or <see cref="Other"/>.</summary>
    /// <param name="address">The recipient; null when the message is gone.</param>
    public string Label(string? address)
    {
        var at = address?.LastIndexOf('@') ?? -1;
        if (at < 0)
            return Other;
        var domain = address.AsSpan(at + 1);
        if (domain.Length > LongestName)
            return Other;
        Span<char> lower = stackalloc char[domain.Length];
        for (var i = 0; i < domain.Length; i++)
        {
            if (!IsDomainCharacter(domain[i]))
                return Other;
            lower[i] = char.ToLowerInvariant(domain[i]);
        }
        if (lower.IsEmpty)
            return Other;
        if (named.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(lower, out var known))
            return known;
        if (named.Count >= most)
            return Other;
        var added = lower.ToString();
        named.Add(added);
        return added;
    }

    private static bool IsDomainCharacter(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_' || (character > '\u007f' && char.IsLetterOrDigit(character));
}
