using System.Diagnostics.CodeAnalysis;

namespace PostalExporter.Metrics;

/// <summary>Series that are found by family and label values, without an object or a string for each look.</summary>
internal sealed class SeriesSet<T>
    where T : Series
{
    private readonly HashSet<T> series = new(new Comparer());

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<T> All => series;

    /// <summary>Finds a series.</summary>
    public bool TryGet(Family family, ReadOnlySpan<string> labels, [MaybeNullWhen(false)] out T found) =>
        series.GetAlternateLookup<Key>().TryGetValue(new Key(family, labels), out found);

    /// <summary>Adds a series that is not there yet.</summary>
    public void Add(T added) => series.Add(added);

    /// <summary>Removes a series.</summary>
    public void Remove(T removed) => series.Remove(removed);

    private readonly ref struct Key(Family family, ReadOnlySpan<string> labels)
    {
        public Family Family { get; } = family;

        public ReadOnlySpan<string> Labels { get; } = labels;
    }

    private sealed class Comparer : IEqualityComparer<T>, IAlternateEqualityComparer<Key, T>
    {
        public bool Equals(T? left, T? right) => left!.Family == right!.Family && left.Labels.AsSpan().SequenceEqual(right.Labels);

        public int GetHashCode(T series) => Hash(series.Family, series.Labels);

        public bool Equals(Key key, T series) => key.Family == series.Family && key.Labels.SequenceEqual(series.Labels);

        public int GetHashCode(Key key) => Hash(key.Family, key.Labels);

        public T Create(Key key) => throw new NotSupportedException("A series is made by its table.");

        private static int Hash(Family family, ReadOnlySpan<string> labels)
        {
            var hash = new HashCode();
            hash.Add(family);
            foreach (var label in labels)
                hash.Add(label);
            return hash.ToHashCode();
        }
    }
}
