using BenchmarkDotNet.Attributes;
using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary><see cref="FailureClassifier"/> on replies of which no two are alike.</summary>
public class ClassifierLoop
{
    private const int Count = 8_192;
    private (string Status, string Details, string Output)[] replies = [];

    /// <summary>What the replies look like.</summary>
    [Params(Replies.Short, Replies.Long, Replies.MultiLine, Replies.Hostile, Replies.Mixed)]
    public string Shape { get; set; } = "";

    /// <summary>Makes the replies.</summary>
    [GlobalSetup]
    public void Make() => replies = Replies.Make(Shape, Count);

    /// <summary>Classifies each of them.</summary>
    /// <returns>Something that depends on every reason.</returns>
    [Benchmark(Description = "failure classifier", OperationsPerInvoke = Count)]
    [Target(Judged.PerSecond, 200_000)]
    public int Classify()
    {
        var sum = 0;
        foreach (var (status, details, output) in replies)
            sum += (int)FailureReasonsReader.BuiltIn.Classify(status, details, output);
        return sum;
    }
}
