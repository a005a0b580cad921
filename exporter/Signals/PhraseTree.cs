namespace PostalExporter.Signals;

/// <summary>
/// The beginnings of phrases as nodes, the shortest first and those that continue the same one side by side, so that a node takes few bytes.
/// Node 0 is the empty beginning.
/// </summary>
internal sealed class PhraseTree
{
    private readonly byte[] symbols;
    private readonly ushort[] firstChildren;
    private readonly ushort[] suffixes;
    private readonly List<int> levels;

    private PhraseTree(byte[] symbols, ushort[] firstChildren, List<int> levels)
    {
        this.symbols = symbols;
        this.firstChildren = firstChildren;
        this.levels = levels;
        suffixes = FindSuffixes();
    }

    /// <summary>How many nodes there are.</summary>
    public int Count => symbols.Length;

    /// <summary>Makes the tree of phrases.</summary>
    /// <param name="phrases">Phrases as symbols; none is empty.</param>
    /// <param name="ends">The node of each phrase.</param>
    public static PhraseTree Build(IReadOnlyList<byte[]> phrases, out int[] ends)
    {
        if (phrases.Any(phrase => phrase.Length == 0))
            throw new ArgumentException("a phrase holds no word", nameof(phrases));

        // Sorted, the phrases with a common beginning are neighbours: a node is a run of them.
        int[] order = [.. Enumerable.Range(0, phrases.Count)];
        Array.Sort(order, (one, other) => phrases[one].AsSpan().SequenceCompareTo(phrases[other]));
        ends = new int[phrases.Count];
        var symbols = new List<byte> { 0 };
        var firstChildren = new List<ushort>();
        var levels = new List<int> { 0 };
        var runs = new Queue<(int Start, int End, int Depth)>([(0, order.Length, 0)]);
        while (runs.TryDequeue(out var run))
        {
            var node = firstChildren.Count;
            if (run.Depth == levels.Count)
                levels.Add(node);
            firstChildren.Add(checked((ushort)symbols.Count));
            var start = run.Start;
            while (start < run.End && phrases[order[start]].Length == run.Depth)
                ends[order[start++]] = node;
            while (start < run.End)
            {
                var symbol = phrases[order[start]][run.Depth];
                var end = start + 1;
                while (end < run.End && phrases[order[end]][run.Depth] == symbol)
                    end++;
                symbols.Add(symbol);
                runs.Enqueue((start, end, run.Depth + 1));
                start = end;
            }
        }

        firstChildren.Add(checked((ushort)symbols.Count));
        levels.Add(symbols.Count);
        return new PhraseTree([.. symbols], [.. firstChildren], levels);
    }

    /// <summary>How many nodes are no longer than this.</summary>
    public int CountTo(int depth) => levels[Math.Min(depth + 1, levels.Count - 1)];

    /// <summary>The first node that continues this one; those that do end before the first that continues the next one.</summary>
    public int FirstChild(int node) => firstChildren[node];

    /// <summary>The node that continues this one with a symbol, or -1.</summary>
    public int Child(int node, byte symbol)
    {
        // Nearly always there are one or two.
        int end = firstChildren[node + 1];
        for (int child = firstChildren[node]; child < end; child++)
        {
            if (symbols[child] == symbol)
                return child;
        }

        return -1;
    }

    /// <summary>The longest proper suffix that is a node.</summary>
    public int Suffix(int node) => suffixes[node];

    private ushort[] FindSuffixes()
    {
        var found = new ushort[Count];
        for (var node = 0; node < Count; node++)
        {
            for (var child = FirstChild(node); child < FirstChild(node + 1); child++)
            {
                var suffix = (int)found[node];
                while (suffix != 0 && Child(suffix, symbols[child]) < 0)
                    suffix = found[suffix];
                found[child] = (ushort)(node == 0 ? 0 : Math.Max(Child(suffix, symbols[child]), 0));
            }
        }

        return found;
    }
}
