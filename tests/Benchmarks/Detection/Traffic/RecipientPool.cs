using PostalSimulator.Traffic;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>The addresses that mail goes to, by their hashes.</summary>
internal sealed class RecipientPool
{
    private readonly ulong key;
    private readonly int size;
    private long next;

    private RecipientPool(ulong key, int size)
    {
        this.key = key;
        this.size = size;
    }

    /// <summary>A list that is written to from its begin to its end, nobody twice.</summary>
    public static RecipientPool List(ulong key) => new(key, 0);

    /// <summary>People who are written to again and again, a few of them often.</summary>
    public static RecipientPool Regulars(ulong key, int size) => new(key, Math.Max(1, size));

    /// <summary>The next recipient: a hash whose bits are evenly spread.</summary>
    public ulong Draw(ref RandomStream random)
    {
        if (size == 0)
            return Hash(next++);
        var place = random.Share();
        return Hash((long)(place * place * size));
    }

    private ulong Hash(long number) => new RandomStream(key, 0x6164647265737365, number).Next();
}
