using System.Globalization;
using BenchmarkDotNet.Attributes;
using Prometheus;
using PostalExporter.Metrics;
using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary>
/// Counting on one of 100,000 series, as signals do it, by a key of numbers in a <see cref="SeriesCache{TKey}"/>; held against
/// prometheus-net's own lookup by label values.
/// </summary>
public class CounterTableLoop
{
    private const int Series = 100_000;
    private const int Additions = 65_536;
    private readonly CounterTable table = new(new MetricsPage());
    private readonly Counter counter = Prometheus.Metrics.WithCustomRegistry(Prometheus.Metrics.NewCustomRegistry())
        .CreateCounter("bare_total", "As the exporter's messages.", "organization", "server", "scope", "credential");

    private readonly SeriesCache<(bool Outgoing, int Number)> cache;
    private readonly string[][] labels =
        [.. Enumerable.Range(0, Series).Select(number => (string[])["organization", Text($"server{number / 10}"), "outgoing", Text($"credential {number % 10}")])];

    private readonly int[] order;

    /// <summary>Makes the series on both sides.</summary>
    public CounterTableLoop()
    {
        cache = new(key => table.Get(Families.Messages, labels[key.Number]));
        var random = new Random(1);
        order = [.. Enumerable.Range(0, Additions).Select(_ => random.Next(Series))];
        for (var number = 0; number < Series; number++)
        {
            table.Add(cache[(true, number)], 1);
            counter.WithLabels(labels[number]).Inc();
        }
    }

    /// <summary>Counts on cached series.</summary>
    [Benchmark(Description = "counter, a cached one of 100,000 series", OperationsPerInvoke = Additions)]
    [Target(Judged.Ratio, 0.2)]
    public void Add()
    {
        foreach (var number in order)
            table.Add(cache[(true, number)], 1);
    }

    /// <summary>Counts by label values.</summary>
    [Benchmark(Baseline = true, Description = "prometheus-net WithLabels(…).Inc()", OperationsPerInvoke = Additions)]
    public void AddByLabels()
    {
        foreach (var number in order)
            counter.WithLabels(labels[number]).Inc();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
