using System.Numerics;

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
/// Finds the first of many phrases in their own order, not in the text's, in one pass over the text: an Aho-Corasick automaton. Built once,
/// then read by any thread without allocating. A text costs at most two steps for each of its symbols, and a word of a combination one
/// more for each combination it is in.
/// </summary>
internal sealed class PhraseMatcher
{
    /// <summary>What <see cref="FirstIn"/> gives when no phrase occurs.</summary>
    public const int None = ushort.MaxValue;

    /// <summary>How many kinds of words there can be.</summary>
    public const int MaximumKinds = 64;

    /// <summary>How many nodes there can be: at most one for each symbol of each phrase.</summary>
    public const int MaximumNodes = ushort.MaxValue - 1;

    /// <summary>How far apart the words of a combination may end, in symbols: some eight words.</summary>
    public const int Near = 50;

    // A shorter beginning of a phrase, at the end of a text that was cut off, is any word's.
    private const int ShortestCut = 11;

    // Most steps end at such short beginnings: a full row for each of them costs little memory and saves time.
    private const int DeepestRow = 3;

    private readonly PhraseTree tree;
    private readonly ushort[] rows;
    private readonly int rowCount;
    private readonly ushort[] kindsOf;
    private readonly ulong[] kinds;
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
        tree = PhraseTree.Build([.. phrases.Select(entry => entry.Phrase.Reduce(alphabet)), .. words.Select(entry => entry.Phrase.Reduce(alphabet))], out var ends);
        rowCount = tree.CountTo(DeepestRow);
        rows = MakeRows();
        (kindsOf, kinds) = FindKinds(words, ends.AsSpan(phrases.Count));
        temporary = new Decisions(ReplyClasses.Temporary);
        permanent = new Decisions(ReplyClasses.Permanent);
        foreach (var decisions in (Decisions[])[temporary, permanent])
            decisions.Fill(tree, phrases, ends, combinations, meaning);
    }

    /// <summary>How many nodes the automaton has.</summary>
    public int Nodes => tree.Count;

    /// <summary>The lowest rank among the phrases and combinations that occur in the text, or <see cref="None"/>.</summary>
    /// <param name="symbols">Text reduced by <see cref="ReplyText.Reduce"/>.</param>
    /// <param name="replies">Of which class the reply is.</param>
    /// <param name="isCut">Whether the text may end in the middle of a phrase.</param>
    public int FirstIn(ReadOnlySpan<byte> symbols, ReplyClasses replies, bool isCut)
    {
        var decisions = replies == ReplyClasses.Temporary ? temporary : permanent;
        Span<short> lastSeen = stackalloc short[MaximumKinds];
        var seen = 0UL;
        var best = None;
        var node = 0;
        var beforeLast = 0;
        for (var position = 0; position < symbols.Length; position++)
        {
            beforeLast = node;
            node = Next(node, symbols[position]);
            best = Math.Min(best, decisions.Ranks[node]);
            if (kindsOf[node] is var found and not 0)
            {
                Note(kinds[found], ref seen, lastSeen, position);
                best = decisions.Combine(kinds[found], seen, lastSeen, position, best);
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

    /// <summary>How many nodes are looked at for a text.</summary>
    internal int StepsIn(ReadOnlySpan<byte> symbols)
    {
        var steps = 0;
        var node = 0;
        foreach (var symbol in symbols)
        {
            for (var tried = node; tried >= rowCount && tree.Child(tried, symbol) < 0; tried = tree.Suffix(tried))
                steps++;
            steps++;
            node = Next(node, symbol);
        }

        return steps;
    }

    // A step to a suffix shortens what is known of the text, which each symbol lengthens by one: so there are no more of them than symbols.
    private int Next(int node, byte symbol)
    {
        while (node >= rowCount)
        {
            if (tree.Child(node, symbol) is var child and >= 0)
                return child;
            node = tree.Suffix(node);
        }

        return rows[node * ReplyAlphabet.SymbolCount + symbol];
    }

    private ushort[] MakeRows()
    {
        var made = new ushort[rowCount * ReplyAlphabet.SymbolCount];
        for (var node = 0; node < rowCount; node++)
        {
            for (var symbol = 0; symbol < ReplyAlphabet.SymbolCount; symbol++)
            {
                var child = tree.Child(node, (byte)symbol);
                var fallback = node == 0 ? 0 : made[tree.Suffix(node) * ReplyAlphabet.SymbolCount + symbol];
                made[node * ReplyAlphabet.SymbolCount + symbol] = (ushort)(child < 0 ? fallback : child);
            }
        }

        return made;
    }

    // By node the number of the kinds of words that end there: few of all possible sets occur.
    private (ushort[] KindsOf, ulong[] Kinds) FindKinds(IReadOnlyList<(Phrase Phrase, ulong Kind)> words, ReadOnlySpan<int> ends)
    {
        var sets = new ulong[tree.Count];
        for (var index = 0; index < ends.Length; index++)
            sets[ends[index]] |= words[index].Kind;
        for (var node = 1; node < sets.Length; node++)
            sets[node] |= sets[tree.Suffix(node)];
        ulong[] distinct = [.. sets.Append(0UL).Distinct().Order()];
        return ([.. sets.Select(set => (ushort)Array.BinarySearch(distinct, set))], distinct);
    }

    /// <summary>What nodes and combinations count as in replies of one class.</summary>
    private sealed class Decisions(ReplyClasses replies)
    {
        private readonly Combination[][] combinations = new Combination[MaximumKinds][];

        /// <summary>By node: the lowest rank of the phrases that end there.</summary>
        public ushort[] Ranks { get; private set; } = [];

        /// <summary>By node: what a text that is cut off there would have counted as.</summary>
        public ushort[] CutRanks { get; private set; } = [];

        public void Fill(
            PhraseTree tree, IReadOnlyList<RankedPhrase> phrases, int[] ends, IReadOnlyList<Combination> all, Func<int, int> meaning)
        {
            Ranks = new ushort[tree.Count];
            Array.Fill(Ranks, (ushort)None);
            for (var index = 0; index < phrases.Count; index++)
            {
                if (phrases[index].Replies.HasFlag(replies))
                    Ranks[ends[index]] = Math.Min(Ranks[ends[index]], (ushort)phrases[index].Rank);
            }

            for (var node = 1; node < tree.Count; node++)
                Ranks[node] = Math.Min(Ranks[node], Ranks[tree.Suffix(node)]);
            CutRanks = FindCuts(tree, meaning);
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
        private ushort[] FindCuts(PhraseTree tree, Func<int, int> meaning)
        {
            const ushort Unclear = None - 1;
            ushort[] cuts = [.. Ranks];
            for (var node = tree.Count - 1; node >= 0; node--)
            {
                for (var child = tree.FirstChild(node); child < tree.FirstChild(node + 1); child++)
                    cuts[node] = Join(cuts[node], cuts[child]);
            }

            var deep = tree.CountTo(ShortestCut - 1);
            for (var node = 0; node < tree.Count; node++)
            {
                if (node < deep || cuts[node] == Unclear)
                    cuts[node] = None;
                cuts[node] = Math.Min(cuts[node], cuts[tree.Suffix(node)]);
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
