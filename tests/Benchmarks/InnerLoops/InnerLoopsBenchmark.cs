using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Perfolizer.Horology;

namespace PostalExporter.Benchmarks.InnerLoops;

/// <summary>
/// What the exporter does for each row, measured by BenchmarkDotNet: time and allocated bytes of one operation, held against the
/// bare collection or library that would do the same, where there is one.
/// </summary>
/// <remarks>The loops are public and unsealed, as BenchmarkDotNet demands.</remarks>
internal sealed class InnerLoopsBenchmark : IBenchmark
{
    private static readonly Type[] Loops =
    [
        typeof(ClassifierLoop),
        typeof(MessageRowLoop),
        typeof(DeliveryRowLoop),
        typeof(RecipientDomainsLoop),
        typeof(HeavyHittersLoop),
        typeof(DistinctCounterLoop),
        typeof(MarkSetLoop),
        typeof(MissingIdsLoop),
        typeof(CounterTableLoop),
    ];

    /// <inheritdoc/>
    public string Name => "inner-loops";

    /// <inheritdoc/>
    public Task RunAsync(ResultTable table, CancellationToken cancellationToken)
    {
        var artifacts = Directory.CreateTempSubdirectory("postal-bench-loops-").FullName;
        try
        {
            foreach (var loop in Loops)
            {
                cancellationToken.ThrowIfCancellationRequested();
                AddRows(table, Run(loop, artifacts));
            }
        }
        finally
        {
            Directory.Delete(artifacts, recursive: true);
        }
        return Task.CompletedTask;
    }

    // In this process, as the exporter's code is built already and needs no second build; each operation repeats itself often
    // enough that the call is lost in it.
    private static Summary Run(Type loop, string artifacts)
    {
        var log = new AccumulationLogger();
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default
                .WithToolchain(InProcessNoEmitToolchain.Instance)
                .WithUnrollFactor(1)
                .WithEvaluateOverhead(false)
                .WithIterationTime(TimeInterval.FromMilliseconds(200))
                .WithWarmupCount(3)
                .WithIterationCount(7))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddLogger(log)
            .AddLogicalGroupRules(BenchmarkLogicalGroupRule.ByCategory)
            .WithArtifactsPath(artifacts)
            .WithOptions(ConfigOptions.DisableLogFile);
        var summary = BenchmarkRunner.Run(loop, config);
        return !summary.HasCriticalValidationErrors && summary.Reports.Length > 0 && summary.Reports.All(report => report.Success)
            ? summary
            : throw new InvalidOperationException($"{loop.Name} could not be measured:\n{log.GetLog()}");
    }

    private static void AddRows(ResultTable table, Summary summary)
    {
        foreach (var report in summary.Reports.Where(report => !summary.IsBaseline(report.BenchmarkCase)))
        {
            var (nanoseconds, bytes) = Figures(report);
            var baseline = summary.GetBaseline(summary.GetLogicalGroupKey(report.BenchmarkCase));
            var reference = baseline is null ? null : summary[baseline];
            var ratio = reference is null ? double.NaN : nanoseconds / Figures(reference).Nanoseconds;
            var target = report.BenchmarkCase.Descriptor.WorkloadMethod.GetCustomAttribute<TargetAttribute>();
            var figure = target?.Judged switch { Judged.PerSecond => 1e9 / nanoseconds, Judged.Bytes => bytes, _ => ratio };
            var result = target?.Judged switch
            {
                Judged.PerSecond => string.Create(CultureInfo.InvariantCulture, $"{figure:N0}/s"),
                Judged.Bytes => string.Create(CultureInfo.InvariantCulture, $"{figure:0.##} B"),
                _ => reference is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{figure:F2}"),
            };
            var work = string.Join(", ", report.BenchmarkCase.Parameters.Items.Select(item => item.Value).Prepend(Description(report)));
            var held = reference is null ? "" : $"{Description(reference)} {Text(reference)}";
            table.Add(work, Text(report), held, result, target?.Text ?? "", target?.IsReached(figure));
        }
    }

    private static string? Description(BenchmarkReport report) =>
        report.BenchmarkCase.Descriptor.WorkloadMethod.GetCustomAttribute<BenchmarkAttribute>()!.Description;

    private static string Text(BenchmarkReport report)
    {
        var (nanoseconds, bytes) = Figures(report);
        return string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:N1} ns, {bytes:0.##} B");
    }

    // Of one operation. The bytes are not rounded: what grows by a chunk for many rows shows as a fraction.
    private static (double Nanoseconds, double Bytes) Figures(BenchmarkReport report) => (
        report.ResultStatistics!.Median,
        (double)report.GcStats.GetTotalAllocatedBytes(excludeAllocationQuantumSideEffects: true)!.Value / report.GcStats.TotalOperations);
}
