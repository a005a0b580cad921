using PostalExporter.Postal;

namespace PostalExporter.Signals;

/// <summary>Which rows of the main database, credentials or domains, have series of their own, by the id that messages carry.</summary>
/// <param name="places">The places of their names.</param>
/// <param name="nameOf">The label of an id; null when its row is gone.</param>
internal sealed class PlacesById(LabelPlaces places, Func<int, string?> nameOf)
{
    private readonly Dictionary<int, LabelPlace> known = [];

    /// <summary>All rows without series of their own.</summary>
    public LabelPlace Other => places.Other;

    /// <summary>The place of a row, a free one if it has none, or else <see cref="Other"/>. Counts nothing.</summary>
    public LabelPlace this[int id] => Find(id, count: false);

    /// <summary>As the indexer, and counts a message of the row.</summary>
    public LabelPlace Count(int id) => Find(id, count: true);

    /// <summary>Forgets which id has which place: names or places have changed.</summary>
    public void Clear() => known.Clear();

    private LabelPlace Find(int id, bool count)
    {
        if (known.TryGetValue(id, out var place))
        {
            place.UnusedSince = null;
            if (count)
                places.Count(place);
            return place;
        }
        Span<char> gone = stackalloc char[CredentialLabels.LongestGone];
        var name = nameOf(id);
        var label = name is null ? CredentialLabels.Gone(id, gone) : name;
        place = count ? places.Count(label) : places.Of(label);
        // Those without a place are not remembered: anybody can make any number of them.
        if (place == Other)
            return place;
        place.IsLive = name is not null;
        place.UnusedSince = null;
        known.Add(id, place);
        return place;
    }
}
