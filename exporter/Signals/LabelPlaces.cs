using System.Collections.Frozen;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using PostalExporter.Postal;

namespace PostalExporter.Signals;

/// <summary>
/// Decides which values of a label have series of their own on a server. Customers and senders make the values, so their
/// number has a bound: free places go to whoever comes first, and later to values that are much busier than one that has a
/// place and is hardly used. A busy value never loses its place. Values of a closed set can have places beside these.
/// </summary>
/// <param name="most">How many have one, reserved ones aside.</param>
/// <param name="reserved">Values that get a place with their first row, and never lose it.</param>
internal sealed class LabelPlaces(int most, FrozenSet<string> reserved)
{
    /// <summary>Rows, those of the last hour counting in full and half of those an hour before it, that make a value busy.</summary>
    public const double Busy = 10;

    // After a start nobody is known to be busy: those who had a place get two hours to show it.
    private const double Restored = 4 * Busy;

    // A value that takes a place must be as much busier than the one that loses it, or the two would change places for ever.
    private const double MuchBusier = 2;
    private const double LargestWeight = 1L << 40;

    private readonly Dictionary<string, LabelPlace> taken = new(StringComparer.Ordinal);
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> reserved = reserved.GetAlternateLookup<ReadOnlySpan<char>>();
    private HeavyHitters? candidates;
    private int reservedTaken;
    private int pinned;
    private double weight = 1;

    /// <summary>Places without reserved ones.</summary>
    /// <param name="most">How many have one.</param>
    public LabelPlaces(int most)
        : this(most, [])
    {
    }

    /// <summary>All values without series of their own.</summary>
    public LabelPlace Other { get; } = new(LabelText.Other) { IsLive = false };

    /// <summary>The values that have series of their own.</summary>
    public IReadOnlyCollection<LabelPlace> Taken => taken.Values;

    /// <summary>Whether no place is free but reserved ones. Pinned values have places of their own.</summary>
    public bool IsFull => taken.Count - reservedTaken - pinned >= most;

    /// <summary>Whether a value has a place.</summary>
    public bool Has(string name) => taken.ContainsKey(name);

    /// <summary>Gives a free place to a value that had one when the state was saved.</summary>
    public void Restore(string name)
    {
        var place = Of(name);
        if (place != Other)
            place.Rows = Restored * weight;
    }

    /// <summary>The place of a value, a free one if it has none, or else <see cref="Other"/>. Counts nothing.</summary>
    public LabelPlace Of(ReadOnlySpan<char> name)
    {
        if (taken.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var place))
            return place;
        var isReserved = reserved.Contains(name);
        if ((IsFull && !isReserved) || name is LabelText.Other)
            return Other;
        place = new LabelPlace(name.ToString()) { IsReserved = isReserved };
        reservedTaken += isReserved ? 1 : 0;
        taken.Add(place.Name, place);
        return place;
    }

    /// <summary>Gives a value a place beside all others, which it never loses to a busier one.</summary>
    public void Pin(string name)
    {
        if (!taken.TryGetValue(name, out var place))
            taken.Add(name, place = new LabelPlace(name));
        pinned += place.IsPinned ? 0 : 1;
        place.IsPinned = true;
    }

    /// <summary>As <see cref="Of"/>, and counts a row of the value.</summary>
    public LabelPlace Count(ReadOnlySpan<char> name)
    {
        var place = Of(name);
        if (place != Other)
            Count(place);
        else if (most > 0 && name is not LabelText.Other)
            (candidates ??= new HeavyHitters(5 * most)).Add(XxHash64.HashToUInt64(MemoryMarshal.AsBytes(name)), weight, name);
        return place;
    }

    /// <summary>Counts a row of a value that has a place.</summary>
    public void Count(LabelPlace place) => place.Rows += weight;

    /// <summary>Takes a value's place away.</summary>
    public void Release(LabelPlace place)
    {
        if (!taken.Remove(place.Name))
            return;
        if (place.IsReserved)
            reservedTaken--;
        if (place.IsPinned)
            pinned--;
    }

    /// <summary>Lets time pass: what was counted before weighs less.</summary>
    public void Elapse(TimeSpan elapsed)
    {
        weight *= Math.Pow(2, elapsed.TotalHours);
        if (weight < LargestWeight)
            return;
        foreach (var place in taken.Values)
            place.Rows /= weight;
        candidates?.Scale(weight);
        weight = 1;
    }

    /// <summary>Gives places of hardly used values to much busier ones.</summary>
    /// <param name="rank">Of values that are used alike, the one with the lowest rank loses its place first.</param>
    /// <returns>The values that lost theirs.</returns>
    public IReadOnlyList<LabelPlace> Rebalance(Func<string, double> rank)
    {
        var lost = new List<LabelPlace>();
        while (IsFull && candidates?.Best is { } best)
        {
            if (!Has(best.Name))
            {
                var idlest = taken.Values.Where(place => !place.IsReserved && !place.IsPinned).MinBy(place => (place.Rows, rank(place.Name)))!;
                if (idlest.Rows >= Busy * weight || best.Seen < (MuchBusier * idlest.Rows) + weight)
                    break;
                Release(idlest);
                lost.Add(idlest);
            }
            candidates.Remove(best.Key);
            Of(best.Name).Rows += best.Seen;
        }
        return lost;
    }
}

/// <summary>A value with series of its own, or all others.</summary>
/// <param name="name">The label.</param>
internal sealed class LabelPlace(string name)
{
    /// <summary>The label.</summary>
    public string Name => name;

    /// <summary>Whether the place is one beside those that values compete for.</summary>
    public bool IsReserved { get; init; }

    /// <summary>Rows, weighed by how long ago they were counted.</summary>
    public double Rows { get; set; }

    /// <summary>Whether the value never loses its place to a busier one.</summary>
    public bool IsPinned { get; set; }

    /// <summary>Whether Postal has a row of this name: a credential or a domain that was not deleted.</summary>
    public bool IsLive
    {
        get;
        set
        {
            field = value;
            if (value)
                UnusedSince = null;
        }
    } = true;

    /// <summary>Monotonic time since when nothing was counted of a value that is not live; null when that is not known.</summary>
    public long? UnusedSince { get; set; }
}
