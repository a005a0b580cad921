using BenchmarkDotNet.Attributes;
using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary><see cref="DistinctCounter"/>, held against a set of all values.</summary>
public class DistinctCounterLoop
{
    private const int Values = 65_536;
    private const int Few = 60;
    private const int Repeats = 1_000;
    private readonly DistinctCounter many = new();
    private readonly DistinctCounter others = new();
    private readonly DistinctCounter few = new();
    private readonly HashSet<ulong> manyExact = [];
    private readonly HashSet<ulong> fewExact = [];
    private ulong[] values = [];
    private ulong[] fewValues = [];

    /// <summary>Makes the values, and adds them once.</summary>
    [GlobalSetup]
    public void Make()
    {
        var random = new Random(1);
        values = [.. Enumerable.Range(0, Values).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
        fewValues = [.. Enumerable.Range(0, Values).Select(number => values[number % Few])];
        foreach (var value in values)
            others.Add(value * 3);
        AddMany();
        AddManyToSet();
        AddFew();
        AddFewToSet();
    }

    /// <summary>Values beyond the exact ones.</summary>
    /// <returns>How many changed the counter.</returns>
    [Benchmark(Description = "distinct counter, a value of many", OperationsPerInvoke = Values)]
    [BenchmarkCategory("many")]
    public int AddMany() => Add(many, values);

    /// <summary>The same values in a set.</summary>
    /// <returns>How many were new.</returns>
    [Benchmark(Baseline = true, Description = "set of all", OperationsPerInvoke = Values)]
    [BenchmarkCategory("many")]
    public int AddManyToSet() => Add(manyExact, values);

    /// <summary>Values as long as they are counted exactly.</summary>
    /// <returns>How many changed the counter.</returns>
    [Benchmark(Description = "distinct counter, a value of sixty", OperationsPerInvoke = Values)]
    [BenchmarkCategory("few")]
    public int AddFew() => Add(few, fewValues);

    /// <summary>The same values in a set.</summary>
    /// <returns>How many were new.</returns>
    [Benchmark(Baseline = true, Description = "set of all", OperationsPerInvoke = Values)]
    [BenchmarkCategory("few")]
    public int AddFewToSet() => Add(fewExact, fewValues);

    /// <summary>The number of values, from the registers.</summary>
    /// <returns>The sum of the estimates.</returns>
    [Benchmark(Description = "distinct counter, estimate", OperationsPerInvoke = Repeats)]
    [BenchmarkCategory("estimate")]
    public double Estimate()
    {
        double sum = 0;
        for (var i = 0; i < Repeats; i++)
            sum += many.Estimate();
        return sum;
    }

    /// <summary>Registers into registers.</summary>
    [Benchmark(Description = "distinct counter, merge", OperationsPerInvoke = Repeats)]
    [BenchmarkCategory("merge")]
    public void Merge()
    {
        for (var i = 0; i < Repeats; i++)
            others.Merge(many);
    }

    private static int Add(DistinctCounter counter, ulong[] values)
    {
        var changes = 0;
        foreach (var value in values)
            changes += counter.Add(value) ? 1 : 0;
        return changes;
    }

    private static int Add(HashSet<ulong> set, ulong[] values)
    {
        var changes = 0;
        foreach (var value in values)
            changes += set.Add(value) ? 1 : 0;
        return changes;
    }
}
