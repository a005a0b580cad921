using System.Globalization;

namespace PostalExporter.Signals;

/// <summary>
/// The recipient of the message that signals are shown: its domain is found once for all of them, and each hash is made once, when
/// the first of them asks for it.
/// </summary>
/// <param name="hash">Hashes with the secret of the installation.</param>
internal sealed class RecipientAddress(KeyedHash hash)
{
    /// <summary>Characters of a domain by RFC 1035; anything longer is none that mail could reach.</summary>
    public const int LongestDomain = 253;

    private readonly char[] domain = new char[LongestDomain];
    private string address = "";
    private int domainLength;
    private ulong? addressHash;
    private ulong? domainHash;

    /// <summary>The domain in lower case; empty when it is none that mail could reach, or the message is incoming.</summary>
    public ReadOnlySpan<char> Domain => domain.AsSpan(0, domainLength);

    /// <summary>The hash of <see cref="Domain"/>.</summary>
    public ulong DomainHash => domainHash ??= hash.OfText(Domain);

    /// <summary>The hash of the address in lower case.</summary>
    public ulong AddressHash => addressHash ??= hash.OfText(address);

    /// <summary>Takes the recipient of the next message.</summary>
    public void Read(in MessageEvent message)
    {
        address = message.Outgoing && message.Recipient is { } recipient ? recipient : "";
        domainLength = ReadDomain(address, domain);
        addressHash = null;
        domainHash = null;
    }

    /// <summary>Finds the domain of an address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="lower">Gets the domain in lower case; <see cref="LongestDomain"/> characters.</param>
    /// <returns>The domain's length; 0 when it is none that mail could reach.</returns>
    public static int ReadDomain(ReadOnlySpan<char> address, Span<char> lower)
    {
        var at = address.LastIndexOf('@');
        if (at < 0)
            return 0;
        var domain = address[(at + 1)..];
        if (domain.Length > LongestDomain)
            return 0;
        for (var i = 0; i < domain.Length; i++)
        {
            var character = domain[i];
            if (character is >= 'a' and <= 'z' or >= '0' and <= '9' or '-' or '.' or '_')
                lower[i] = character;
            else if (char.IsAsciiLetterUpper(character) || (character > '\u007f' && IsOfWord(character)))
                lower[i] = char.ToLowerInvariant(character);
            else
                return 0;
        }
        return domain.Length;
    }

    // Many scripts write vowels as marks.
    private static bool IsOfWord(char character) =>
        char.IsLetterOrDigit(character) || char.GetUnicodeCategory(character) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
