namespace PostalExporter.Signals;

/// <summary>
/// Finds the first of many phrases in their own order, not in the text's, in one pass over the text: an Aho-Corasick automaton with a
/// full transition table. Built once, then read by any thread without allocating.
/// </summary>
internal sealed class PhraseMatcher
{
    /// <summary>What <see cref="FirstIn"/> gives when no phrase occurs.</summary>
    public const int None = ushort.MaxValue;

    private readonly ushort[] transitions;
    private readonly ushort[] firstPhrase;

    /// <summary>Builds the automaton.</summary>
    /// <param name="phrases">
    /// Phrases in order of precedence, reduced as replies are. One that starts or ends with a blank must start or end
    /// with a whole word; the others match inside words too.
    /// </param>
    public PhraseMatcher(IEnumerable<string> phrases)
    {
        List<int[]> children = [NewNode()];
        List<ushort> first = [None];
        var number = 0;
        foreach (var phrase in phrases)
        {
            var node = 0;
            foreach (var symbol in Reduce(phrase))
            {
                if (children[node][symbol] == 0)
                {
                    children[node][symbol] = children.Count;
                    children.Add(NewNode());
                    first.Add(None);
                }

                node = children[node][symbol];
            }

            first[node] = Math.Min(first[node], checked((ushort)number++));
        }

        firstPhrase = [.. first];
        transitions = new ushort[children.Count * ReplyText.SymbolCount];
        Link(children);
    }

    /// <summary>The lowest number among the phrases that occur in the text, or <see cref="None"/>.</summary>
    /// <param name="symbols">Text reduced by <see cref="ReplyText.Reduce"/>.</param>
    public int FirstIn(ReadOnlySpan<byte> symbols)
    {
        var best = None;
        var node = 0;
        foreach (var symbol in symbols)
        {
            node = transitions[node * ReplyText.SymbolCount + symbol];
            best = Math.Min(best, firstPhrase[node]);
        }

        return best;
    }

    // Breadth first, so that the node for the longest proper suffix is complete before it is needed.
    private void Link(List<int[]> children)
    {
        var suffix = new int[children.Count];
        var queue = new Queue<int>([0]);
        while (queue.TryDequeue(out var node))
        {
            firstPhrase[node] = Math.Min(firstPhrase[node], firstPhrase[suffix[node]]);
            for (var symbol = 0; symbol < ReplyText.SymbolCount; symbol++)
            {
                var fallback = node == 0 ? 0 : transitions[suffix[node] * ReplyText.SymbolCount + symbol];
                var child = children[node][symbol];
                transitions[node * ReplyText.SymbolCount + symbol] = checked((ushort)(child == 0 ? fallback : child));
                if (child == 0)
                    continue;
                suffix[child] = fallback;
                queue.Enqueue(child);
            }
        }
    }

    private static byte[] Reduce(string phrase)
    {
        var symbols = new byte[phrase.Length + 2];
        var length = ReplyText.Reduce(phrase, symbols);
        var start = phrase.StartsWith(' ') ? 0 : 1;
        var end = phrase.EndsWith(' ') ? length : length - 1;
        return start < end ? symbols[start..end] : throw new ArgumentException($"the phrase \"{phrase}\" holds no word", nameof(phrase));
    }

    private static int[] NewNode() => new int[ReplyText.SymbolCount];
}
