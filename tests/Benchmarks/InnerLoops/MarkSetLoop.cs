using BenchmarkDotNet.Attributes;
using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary><see cref="MarkSet"/> on ids that ascend as rows do, held against a set of ids.</summary>
public class MarkSetLoop
{
    private const int Ids = 1_000_000;
    private readonly MarkSet marks = new();
    private readonly HashSet<long> set = [];

    /// <summary>Marks every other id.</summary>
    [GlobalSetup]
    public void Make()
    {
        Add();
        AddToSet();
    }

    /// <summary>Marks ids, every other one.</summary>
    [Benchmark(Description = "mark set, add", OperationsPerInvoke = Ids / 2)]
    [BenchmarkCategory("add")]
    public void Add()
    {
        for (long id = 1; id <= Ids; id += 2)
            marks.Add(id);
    }

    /// <summary>The same ids in a set.</summary>
    [Benchmark(Baseline = true, Description = "set of ids", OperationsPerInvoke = Ids / 2)]
    [BenchmarkCategory("add")]
    public void AddToSet()
    {
        for (long id = 1; id <= Ids; id += 2)
            set.Add(id);
    }

    /// <summary>Looks up ids of which half are marked.</summary>
    /// <returns>How many are.</returns>
    [Benchmark(Description = "mark set, contains", OperationsPerInvoke = Ids)]
    [BenchmarkCategory("contains")]
    public int Contains()
    {
        var found = 0;
        for (long id = 1; id <= Ids; id++)
            found += marks.Contains(id) ? 1 : 0;
        return found;
    }

    /// <summary>The same ids in a set.</summary>
    /// <returns>How many it holds.</returns>
    [Benchmark(Baseline = true, Description = "set of ids", OperationsPerInvoke = Ids)]
    [BenchmarkCategory("contains")]
    public int ContainsInSet()
    {
        var found = 0;
        for (long id = 1; id <= Ids; id++)
            found += set.Contains(id) ? 1 : 0;
        return found;
    }
}
