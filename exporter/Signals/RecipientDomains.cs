using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace PostalExporter.Signals;

/// <summary>
/// Decides which recipient domains of a server have series of their own; kept while signals come and go. Senders choose the
/// domains, so their number has a bound: free places go to whoever comes first, and later to domains that are much busier
/// than one that has a place and is hardly used. A busy domain never loses its place.
/// </summary>
/// <param name="most">How many have one.</param>
internal sealed class RecipientDomains(int most)
{
    /// <summary>The label of all domains without series of their own.</summary>
    public const string OtherName = "other";

    /// <summary>Deliveries, those of the last hour counting in full and half of those an hour before it, that make a domain busy.</summary>
    public const double Busy = 10;

    // RFC 1035 allows 253 characters; anything longer is no domain that mail could reach.
    private const int LongestName = 253;

    // After a start nobody is known to be busy: those who had a place get two hours to show it.
    private const double Restored = 4 * Busy;

    // A domain that takes a place must be as much busier than the one that loses it, or the two would change places for ever.
    private const double MuchBusier = 2;
    private const double LargestWeight = 1L << 40;

    private readonly Dictionary<string, RecipientDomain> named = new(StringComparer.Ordinal);
    private HeavyHitters? candidates;
    private double weight = 1;

    /// <summary>All domains without series of their own.</summary>
    public RecipientDomain Other { get; } = new(OtherName);

    /// <summary>Gives a place to a domain that had one when the state was saved.</summary>
    public void Restore(string domain)
    {
        if (domain != OtherName)
            named.TryAdd(domain, new RecipientDomain(domain) { Deliveries = Restored });
    }

    /// <summary>The domain of an address in lower case, if it has series of its own, else <see cref="Other"/>. Counts it as a delivery.</summary>
    /// <param name="address">The recipient; null when the message is gone.</param>
    public RecipientDomain Count(string? address)
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
        if (!named.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(lower, out var found))
        {
            if (named.Count >= most)
            {
                (candidates ??= new HeavyHitters(5 * most)).Add(XxHash64.HashToUInt64(MemoryMarshal.AsBytes(lower)), weight, lower);
                return Other;
            }
            found = new RecipientDomain(lower.ToString());
            named.Add(found.Name, found);
        }
        found.Deliveries += weight;
        return found;
    }

    /// <summary>Lets time pass: what was counted before weighs less.</summary>
    public void Elapse(TimeSpan elapsed)
    {
        weight *= Math.Pow(2, elapsed.TotalHours);
        if (weight < LargestWeight)
            return;
        foreach (var domain in named.Values)
            domain.Deliveries /= weight;
        candidates?.Scale(weight);
        weight = 1;
    }

    /// <summary>Gives places of hardly used domains to much busier ones.</summary>
    /// <returns>The domains that lost theirs.</returns>
    public IReadOnlyList<RecipientDomain> Rebalance()
    {
        if (candidates is null)
            return [];
        var lost = new List<RecipientDomain>();
        while (candidates.Best is { } best)
        {
            var idlest = named.Values.MinBy(domain => domain.Deliveries);
            if (idlest is null || idlest.Deliveries >= Busy * weight || best.Seen < (MuchBusier * idlest.Deliveries) + weight)
                break;
            named.Remove(idlest.Name);
            lost.Add(idlest);
            candidates.Remove(best.Key);
            named.Add(best.Name, new RecipientDomain(best.Name) { Deliveries = best.Seen });
        }
        return lost;
    }
}

/// <summary>A recipient domain with series of its own, or all others.</summary>
/// <param name="name">The label.</param>
internal sealed class RecipientDomain(string name)
{
    /// <summary>The label.</summary>
    public string Name => name;

    /// <summary>Deliveries, weighed by how long ago they were counted.</summary>
    public double Deliveries { get; set; }
}
