using System.Security.Cryptography;
using System.Text;
using PostalExporter.Signals;

namespace PostalExporter.Lists;

/// <summary>
/// All lists of a configuration. A set of lists is a number with a bit for each, in their order. Entries are hashed with a key that is new
/// with each configuration and never stored.
/// </summary>
internal sealed class OperatorLists
{
    /// <summary>Most lists of a configuration.</summary>
    public const int MostLists = 20;

    private readonly List<OperatorList> all = [];
    private readonly KeyedHash hash = new(RandomNumberGenerator.GetBytes(KeyedHash.KeyBytes));

    /// <summary>No list. Nothing is to be added to it.</summary>
    public static OperatorLists None { get; } = new();

    /// <summary>The lists, in the order of the configuration.</summary>
    public IReadOnlyList<OperatorList> All => all;

    /// <summary>Reads another list, before the configuration comes into force.</summary>
    /// <exception cref="Configuration.ConfigurationException">Its file cannot be used.</exception>
    public void Add(string name, string path) => all.Add(new OperatorList(name, path, hash));

    /// <summary>The lists that hold an address, its domain, or a domain above that.</summary>
    /// <param name="address">As Postal stores it.</param>
    public uint FindAddress(ReadOnlySpan<char> address)
    {
        var at = address.LastIndexOf('@');
        if (at < 0)
            return 0;
        var domain = address[(at + 1)..];
        if (!Ascii.IsValid(domain) || domain is [.., '.'])
            return MailDomain.Normalize(domain) is { } name ? Find($"{address[..at]}@{name}", name) : 0;
        return Find(address, domain);
    }

    /// <summary>The lists that hold a domain or one above it.</summary>
    /// <param name="domain">As <see cref="MailDomain.Normalize"/> gives it, in any case.</param>
    public uint FindDomain(ReadOnlySpan<char> domain) => Find([], domain);

    private uint Find(ReadOnlySpan<char> address, ReadOnlySpan<char> domain)
    {
        var (deepest, addresses, found) = (0, false, 0u);
        foreach (var list in all)
        {
            deepest = Math.Max(deepest, list.Content.DeepestDomain);
            addresses |= list.Content.HasAddresses;
        }
        if (addresses && !address.IsEmpty)
            found = Holding(address);
        // No further down than the deepest entry: whoever sends may write any number of dots.
        for (var (depth, rest) = (0, domain.Length); depth < deepest && rest >= 0; depth++)
        {
            rest = domain[..rest].LastIndexOf('.');
            found |= Holding(domain[(rest + 1)..]);
        }
        return found;
    }

    private uint Holding(ReadOnlySpan<char> text)
    {
        var (wanted, found) = (hash.OfText(text), 0u);
        for (var i = 0; i < all.Count; i++)
            found |= all[i].Content.Hashes.Contains(wanted) ? 1u << i : 0;
        return found;
    }
}
