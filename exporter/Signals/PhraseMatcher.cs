using System.Numerics;
using System.Runtime.InteropServices;

namespace PostalExporter.Signals;

/// <summary>A phrase with what it counts as.</summary>
/// <param name="Phrase">The phrase.</param>
/// <param name="Rank">The lowest of all that occur decides.</param>
/// <param name="Replies">In which replies it counts.</param>
internal readonly record struct RankedPhrase(Phrase Phrase, int Rank, ReplyClasses Replies);

/// <summary>Two or more kinds of words that mean something when they stand near each other.</summary>
/// <param name="Words">One bit for each kind.</param>
/// <param name="Rank">What it counts as.</param>
/// <param name="Replies">In which replies it counts.</param>
internal readonly record struct Combination(ulong Words, int Rank, ReplyClasses Replies);

/// <summary>
/// Finds the first of many phrases in their own order, not in the text's, in one pass over the text: an Aho-Corasick automaton with a
/// full transition table. Built once, then read by any thread without allocating. Each symbol of the text costs one step; a word of a
/// combination costs one more for each combination it is in.
/// </summary>
internal sealed class PhraseMatcher
{
    /// <summary>What <see cref="FirstIn"/> gives when no phrase occurs.</summary>
    public const int None = ushort.MaxValue;

    /// <summary>How many kinds of words there can be.</summary>
    public const int MaximumKinds = 64;

    /// <summary>How many symbols all phrases can have together.</summary>
    public const int MaximumSymbols = ushort.MaxValue - 1;

    /// <summary>How far apart the words of a combination may end, in symbols: some eight words.</summary>
    public const int Near = 50;

    // A shorter beginning of a phrase, at the end of a text that was cut off, is any word's.
    private const int ShortestCut = 11;

    private readonly ReplyAlphabet alphabet;
    private readonly List<ushort> transitions = [];
    private readonly List<ulong> kinds = [];
    private readonly List<byte> depths = [];
    private readonly Decisions temporary;
    private readonly Decisions permanent;

    /// <summary>Builds the automaton.</summary>
    /// <param name="alphabet">The symbols of phrases and texts.</param>
    /// <param name="phrases">Phrases.</param>
    /// <param name="words">Words with the bit of their kind.</param>
    /// <param name="combinations">What kinds of words mean together.</param>
    /// <param name="meaning">What a rank means: a phrase cut in the middle counts only when all that it can become mean the same.</param>
    public PhraseMatcher(
        ReplyAlphabet alphabet,
        IReadOnlyList<RankedPhrase> phrases,
        IReadOnlyList<(Phrase Phrase, ulong Kind)> words,
        IReadOnlyList<Combination> combinations,
        Func<int, int> meaning)
    {
        this.alphabet = alphabet;
        AddNode(0);
        int[] ends = [.. phrases.Select(entry => Insert(entry.Phrase))];
        foreach (var (word, kind) in words)
            kinds[Insert(word)] |= kind;
        var nodes = Link();
        temporary = new Decisions(ReplyClasses.Temporary);
        permanent = new Decisions(ReplyClasses.Permanent);
        foreach (var decisions in (Decisions[])[temporary, permanent])
            decisions.Fill(nodes, phrases, ends, combinations, meaning);
    }

    /// <summary>How many nodes the automaton has.</summary>
    public int Nodes => depths.Count;

    /// <summary>The lowest rank among the phrases and combinations that occur in the text, or <see cref="None"/>.</summary>
    /// <param name="symbols">Text reduced by <see cref="ReplyText.Reduce"/>.</param>
    /// <param name="replies">Of which class the reply is.</param>
    /// <param name="isCut">Whether the text may end in the middle of a phrase.</param>
    public int FirstIn(ReadOnlySpan<byte> symbols, ReplyClasses replies, bool isCut)
    {
        var decisions = replies == ReplyClasses.Temporary ? temporary : permanent;
        var next = CollectionsMarshal.AsSpan(transitions);
        var kindsOf = CollectionsMarshal.AsSpan(kinds);
        Span<short> lastSeen = stackalloc short[MaximumKinds];
        var seen = 0UL;
        var best = None;
        var node = 0;
        var beforeLast = 0;
        for (var position = 0; position < symbols.Length; position++)
        {
            beforeLast = node;
            node = next[node * ReplyAlphabet.SymbolCount + symbols[position]];
            best = Math.Min(best, decisions.Ranks[node]);
            if (kindsOf[node] is var found and not 0)
            {
                Note(found, ref seen, lastSeen, position);
                best = decisions.Combine(found, seen, lastSeen, position, best);
            }
        }

        // The last symbol is the blank that ends every text.
        return isCut ? Math.Min(best, decisions.CutRanks[beforeLast]) : best;
    }

    private static void Note(ulong found, ref ulong seen, Span<short> lastSeen, int position)
    {
        seen |= found;
        for (var rest = found; rest != 0; rest &= rest - 1)
            lastSeen[BitOperations.TrailingZeroCount(rest)] = (short)position;
    }

    private int Insert(Phrase phrase)
    {
        var symbols = phrase.Reduce(alphabet);
        if (symbols.Length == 0)
            throw new ArgumentException($"the phrase \"{phrase.Text}\" holds no word", nameof(phrase));
        var node = 0;
        foreach (var symbol in symbols)
        {
            var place = node * ReplyAlphabet.SymbolCount + symbol;
            if (transitions[place] == 0)
                transitions[place] = checked((ushort)AddNode(depths[node] + 1));
            node = transitions[place];
        }

        return node;
    }

    private int AddNode(int depth)
    {
        CollectionsMarshal.SetCount(transitions, transitions.Count + ReplyAlphabet.SymbolCount);
        CollectionsMarshal.AsSpan(transitions)[^ReplyAlphabet.SymbolCount..].Clear();
        kinds.Add(0);
        depths.Add((byte)Math.Min(depth, byte.MaxValue));
        return depths.Count - 1;
    }

    // Breadth first, so that the node for the longest proper suffix is complete before it is needed.
    private List<Node> Link()
    {
        var order = new List<Node> { new(0, 0, 0, 0) };
        for (var index = 0; index < order.Count; index++)
        {
            var (node, _, suffix, _) = order[index];
            kinds[node] |= kinds[suffix];
            for (var symbol = 0; symbol < ReplyAlphabet.SymbolCount; symbol++)
            {
                var place = node * ReplyAlphabet.SymbolCount + symbol;
                var fallback = node == 0 ? 0 : transitions[suffix * ReplyAlphabet.SymbolCount + symbol];
                if (transitions[place] == 0)
                    transitions[place] = (ushort)fallback;
                else
                    order.Add(new Node(transitions[place], node, fallback, depths[transitions[place]]));
            }
        }

        return order;
    }

    /// <summary>A node of the automaton.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="Parent">The node of all but its last symbol.</param>
    /// <param name="Suffix">The node of the longest of its proper suffixes that has one.</param>
    /// <param name="Depth">How many symbols led to it.</param>
    private readonly record struct Node(int Number, int Parent, int Suffix, int Depth);

    /// <summary>What nodes and combinations count as in replies of one class.</summary>
    private sealed class Decisions(ReplyClasses replies)
    {
        private readonly Combination[][] combinations = new Combination[MaximumKinds][];

        /// <summary>By node: the lowest rank of the phrases that end there.</summary>
        public ushort[] Ranks { get; private set; } = [];

        /// <summary>By node: what a text that is cut off there would have counted as.</summary>
        public ushort[] CutRanks { get; private set; } = [];

        public void Fill(
            List<Node> nodes, IReadOnlyList<RankedPhrase> phrases, int[] ends, IReadOnlyList<Combination> all, Func<int, int> meaning)
        {
            Ranks = new ushort[nodes.Count];
            Array.Fill(Ranks, (ushort)None);
            for (var index = 0; index < ends.Length; index++)
            {
                if (phrases[index].Replies.HasFlag(replies))
                    Ranks[ends[index]] = Math.Min(Ranks[ends[index]], (ushort)phrases[index].Rank);
            }

            foreach (var node in nodes)
                Ranks[node.Number] = Math.Min(Ranks[node.Number], Ranks[node.Suffix]);
            CutRanks = FindCuts(nodes, meaning);
            for (var kind = 0; kind < MaximumKinds; kind++)
            {
                combinations[kind] =
                [
                    .. all.Where(combination => (combination.Words >> kind & 1) != 0 && combination.Replies.HasFlag(replies))
                        .OrderBy(combination => combination.Rank),
                ];
            }
        }

        public int Combine(ulong found, ulong seen, ReadOnlySpan<short> lastSeen, int position, int best)
        {
            for (var rest = found; rest != 0; rest &= rest - 1)
            {
                foreach (var combination in combinations[BitOperations.TrailingZeroCount(rest)])
                {
                    if (combination.Rank >= best)
                        break;
                    if ((combination.Words & ~seen) == 0 && AllNear(combination.Words, lastSeen, position))
                        best = combination.Rank;
                }
            }

            return best;
        }

        private static bool AllNear(ulong words, ReadOnlySpan<short> lastSeen, int position)
        {
            for (var rest = words; rest != 0; rest &= rest - 1)
            {
                if (position - lastSeen[BitOperations.TrailingZeroCount(rest)] > Near)
                    return false;
            }

            return true;
        }

        // From the leaves to the root: the first rank of all that a beginning can become, if it is clear what it means.
        private ushort[] FindCuts(List<Node> nodes, Func<int, int> meaning)
        {
            const ushort Unclear = None - 1;
            ushort[] cuts = [.. Ranks];
            for (var index = nodes.Count - 1; index > 0; index--)
                cuts[nodes[index].Parent] = Join(cuts[nodes[index].Parent], cuts[nodes[index].Number]);
            cuts[0] = None;
            foreach (var node in nodes)
            {
                if (node.Depth < ShortestCut || cuts[node.Number] == Unclear)
                    cuts[node.Number] = None;
                cuts[node.Number] = Math.Min(cuts[node.Number], cuts[node.Suffix]);
            }

            return cuts;

            ushort Join(ushort one, ushort other) =>
                one == None ? other
                : other == None ? one
                : one == Unclear || other == Unclear || meaning(one) != meaning(other) ? Unclear
                : Math.Min(one, other);
        }
    }
}
