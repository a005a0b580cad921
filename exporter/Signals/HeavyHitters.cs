namespace PostalExporter.Signals;

/// <summary>
/// The most frequent keys of a stream, in bounded memory (Space-Saving; Metwally, Agrawal, El Abbadi 2005): whatever makes up
/// more than one in <c>capacity</c> of the stream is among them. A key that was seen once costs no name.
/// </summary>
/// <param name="capacity">Keys that are counted at once.</param>
internal sealed class HeavyHitters(int capacity)
{
    private readonly Dictionary<ulong, Entry> entries = [];
    private readonly List<Entry> heap = [];

    /// <summary>The key that was certainly seen most, or null when none was seen twice.</summary>
    public (ulong Key, string Name, double Seen)? Best
    {
        get
        {
            Entry? best = null;
            foreach (var entry in heap)
            {
                if (entry.Name is not null && (best is null || entry.Seen > best.Seen))
                    best = entry;
            }
            return best is null ? null : (best.Key, best.Name!, best.Seen);
        }
    }

    /// <summary>Counts a key.</summary>
    /// <param name="key">Hash of the name.</param>
    /// <param name="weight">What it counts; may grow over time, so that what is long ago weighs less.</param>
    /// <param name="name">The name.</param>
    public void Add(ulong key, double weight, ReadOnlySpan<char> name)
    {
        if (entries.TryGetValue(key, out var entry))
        {
            entry.Name ??= name.ToString();
            entry.Count += weight;
            entry.Seen += weight;
            SiftDown(entry);
        }
        else if (heap.Count < capacity)
        {
            var added = new Entry { Key = key, Count = weight, Seen = weight, Place = heap.Count };
            entries.Add(key, added);
            heap.Add(added);
            SiftUp(added);
        }
        else
        {
            // Takes the place of the rarest, and its count: that is how much it can have been seen before unnoticed.
            var rarest = heap[0];
            entries.Remove(rarest.Key);
            entries.Add(key, rarest);
            rarest.Key = key;
            rarest.Name = null;
            rarest.Count += weight;
            rarest.Seen = weight;
            SiftDown(rarest);
        }
    }

    /// <summary>Stops counting a key.</summary>
    public void Remove(ulong key)
    {
        if (!entries.Remove(key, out var gone))
            return;
        var last = heap[^1];
        heap.RemoveAt(heap.Count - 1);
        if (last == gone)
            return;
        Put(gone.Place, last);
        SiftUp(last);
        SiftDown(last);
    }

    /// <summary>Divides all counts.</summary>
    public void Scale(double divisor)
    {
        foreach (var entry in heap)
        {
            entry.Count /= divisor;
            entry.Seen /= divisor;
        }
    }

    private void SiftUp(Entry entry)
    {
        var place = entry.Place;
        for (; place > 0 && heap[(place - 1) / 2].Count > entry.Count; place = (place - 1) / 2)
            Put(place, heap[(place - 1) / 2]);
        Put(place, entry);
    }

    private void SiftDown(Entry entry)
    {
        var place = entry.Place;
        while (true)
        {
            var child = (2 * place) + 1;
            if (child >= heap.Count)
                break;
            if (child + 1 < heap.Count && heap[child + 1].Count < heap[child].Count)
                child++;
            if (heap[child].Count >= entry.Count)
                break;
            Put(place, heap[child]);
            place = child;
        }
        Put(place, entry);
    }

    private void Put(int place, Entry entry)
    {
        heap[place] = entry;
        entry.Place = place;
    }

    // Count is at most what the key can have been seen, Seen what it certainly was.
    private sealed class Entry
    {
        public ulong Key { get; set; }

        public string? Name { get; set; }

        public double Count { get; set; }

        public double Seen { get; set; }

        public int Place { get; set; }
    }
}
