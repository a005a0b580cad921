namespace PostalExporter.Signals;

/// <summary>Recipient domains of a server: senders choose them.</summary>
/// <param name="places">Which of them have series of their own.</param>
internal sealed class RecipientDomains(LabelPlaces places)
{
    // RFC 1035 allows 253 characters; anything longer is no domain that mail could reach.
    private const int LongestName = 253;

    /// <summary>All domains without series of their own.</summary>
    public LabelPlace Other => places.Other;

    /// <summary>The domain of an address in lower case, if it has series of its own, else <see cref="Other"/>. Counts it as a delivery.</summary>
    /// <param name="address">The recipient; null when the message is gone.</param>
    public LabelPlace Count(string? address)
    {
        var at = address?.LastIndexOf('@') ?? -1;
        if (at < 0)
            return Other;
        var domain = address.AsSpan(at + 1);
        if (domain.IsEmpty || domain.Length > LongestName)
            return Other;
        Span<char> lower = stackalloc char[domain.Length];
        for (var i = 0; i < domain.Length; i++)
        {
            var character = domain[i];
            if (character is >= 'a' and <= 'z' or >= '0' and <= '9' or '-' or '.' or '_')
                lower[i] = character;
            else if (char.IsAsciiLetterUpper(character) || (character > '\u007f' && char.IsLetterOrDigit(character)))
                lower[i] = char.ToLowerInvariant(character);
            else
                return Other;
        }
        return places.Count(lower);
    }
}
