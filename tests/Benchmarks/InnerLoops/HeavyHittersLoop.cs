using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary><see cref="HeavyHitters.Add"/>, held against exact counts of the same keys, whose number has no bound.</summary>
public class HeavyHittersLoop
{
    private const int Keys = 65_536;
    private const int Capacity = 250;
    private readonly HeavyHitters hitters = new(Capacity);
    private readonly Dictionary<ulong, double> exact = [];
    private ulong[] frequent = [];
    private ulong[] flood = [];

    /// <summary>Makes the keys, and counts them once.</summary>
    [GlobalSetup]
    public void Make()
    {
        var random = new Random(1);
        flood = [.. Enumerable.Range(0, Keys).Select(_ => (ulong)random.NextInt64())];
        frequent = [.. Enumerable.Range(0, Keys).Select(_ => flood[(int)(Capacity * Math.Pow(random.NextDouble(), 3))])];
        AddFlood();
        CountFlood();
        AddFrequent();
    }

    /// <summary>Keys that are among the most frequent ones.</summary>
    [Benchmark(Description = "heavy hitters, a key that is counted", OperationsPerInvoke = Keys)]
    [BenchmarkCategory("frequent")]
    public void AddFrequent() => Add(frequent);

    /// <summary>The same, counted exactly.</summary>
    [Benchmark(Baseline = true, Description = "dictionary of counts", OperationsPerInvoke = Keys)]
    [BenchmarkCategory("frequent")]
    public void CountFrequent() => Count(frequent);

    /// <summary>Keys of which each takes the place of another.</summary>
    [Benchmark(Description = "heavy hitters, a key that is new", OperationsPerInvoke = Keys)]
    [BenchmarkCategory("flood")]
    public void AddFlood() => Add(flood);

    /// <summary>The same, counted exactly.</summary>
    [Benchmark(Baseline = true, Description = "dictionary of all counts", OperationsPerInvoke = Keys)]
    [BenchmarkCategory("flood")]
    public void CountFlood() => Count(flood);

    private void Add(ulong[] keys)
    {
        foreach (var key in keys)
            hitters.Add(key, 1, "name.example");
    }

    private void Count(ulong[] keys)
    {
        foreach (var key in keys)
            CollectionsMarshal.GetValueRefOrAddDefault(exact, key, out _)++;
    }
}
