using PostalExporter.Benchmarks.Detection;
using PostalExporter.Benchmarks.InnerLoops;

namespace PostalExporter.Benchmarks;

/// <summary>All benchmarks, and what runs them.</summary>
internal static class Suite
{
    /// <summary>What <c>./bench</c> runs, in this order: less than half an hour.</summary>
    private static readonly IBenchmark[] Benchmarks =
    [
        new CatchUpBenchmark(),
        new BackfillBenchmark(),
        new IdleBenchmark(),
        new ServersBenchmark(1_000),
        new ServersBenchmark(5_000),
        new ExpositionBenchmark(),
        new StateCommitBenchmark(),
        new InnerLoopsBenchmark(),
    ];

    /// <summary>What runs only when it is named: it takes long, or says nothing of speed.</summary>
    private static readonly IBenchmark[] OnlyWhenNamed = [new SoakBenchmark(), new RecipientScoreBenchmark(), new DetectionBenchmark()];

    /// <summary>Runs all benchmarks, or those that are named, and prints the table.</summary>
    /// <returns>0 when every target was reached, 1 when one was missed, 2 for an unknown name.</returns>
    public static async Task<int> RunAsync(string[] names, CancellationToken cancellationToken)
    {
        var unknown = names.Except(Benchmarks.Concat(OnlyWhenNamed).Select(benchmark => benchmark.Name)).ToList();
        if (unknown.Count > 0)
        {
            await Console.Error.WriteLineAsync(
                $"no benchmark {string.Join(", ", unknown)}; there are: {Names(Benchmarks)}; and, only when named: {Names(OnlyWhenNamed)}");
            return 2;
        }
        var table = new ResultTable();
        try
        {
            foreach (var benchmark in names.Length == 0 ? Benchmarks : Benchmarks.Concat(OnlyWhenNamed).Where(benchmark => names.Contains(benchmark.Name)))
            {
                Console.WriteLine($"== {benchmark.Name}");
                await benchmark.RunAsync(table, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("stopped; the table is not complete");
        }
        Console.WriteLine();
        Console.WriteLine(Machine.Describe());
        Console.WriteLine();
        Console.Write(table.ToMarkdown());
        return table.AllReached && !cancellationToken.IsCancellationRequested ? 0 : 1;
    }

    private static string Names(IEnumerable<IBenchmark> benchmarks) => string.Join(", ", benchmarks.Select(benchmark => benchmark.Name));
}
