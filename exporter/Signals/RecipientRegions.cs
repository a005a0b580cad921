using System.Collections.Frozen;

namespace PostalExporter.Signals;

/// <summary>Which country a domain belongs to, by its top-level domain: <c>country-domains.txt</c>.</summary>
internal static class RecipientRegions
{
    /// <summary>The region of domains that belong to no country.</summary>
    public const string Generic = "generic";

    private const int Letters = 'z' - 'a' + 1;

    // Those of two letters are nearly all there are, and a look into an array costs nothing.
    private static readonly string[] ByTwoLetters = new string[Letters * Letters];

    private static readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> InOtherScripts = Read();

    /// <summary>The region of a domain in lower case: an ISO 3166 code, <c>EU</c>, or <see cref="Generic"/>.</summary>
    public static string Of(ReadOnlySpan<char> domain)
    {
        var top = domain[(domain.LastIndexOf('.') + 1)..];
        // A name without a dot is no country's.
        if (top.Length == domain.Length)
            return Generic;
        if (top is [>= 'a' and <= 'z' and var first, >= 'a' and <= 'z' and var second])
            return ByTwoLetters[IndexOf(first, second)] ?? Generic;
        return (top.StartsWith("xn--") || top is [> '\u007f', ..]) && InOtherScripts.TryGetValue(top, out var region) ? region : Generic;
    }

    private static FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> Read()
    {
        var others = new Dictionary<string, string>();
        foreach (var line in DomainFile.Lines("country-domains.txt"))
        {
            var words = line.Split(' ');
            foreach (var top in words[..^1])
            {
                if (top is [>= 'a' and <= 'z' and var first, >= 'a' and <= 'z' and var second])
                    ByTwoLetters[IndexOf(first, second)] = words[^1];
                else
                    others.Add(top, words[^1]);
            }
        }
        return others.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    private static int IndexOf(char first, char second) => ((first - 'a') * Letters) + second - 'a';
}
