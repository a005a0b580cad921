using System.Diagnostics;
using System.Globalization;
using PostalSimulator.Databases;
using PostalSimulator.History;
using PostalSimulator.Scenarios;
using Installation = PostalSimulator.Installations.Installation;

namespace PostalExporter.Benchmarks;

/// <summary>
/// <c>backfill</c> of four weeks as a process of its own: messages a minute, memory with all of the messages and with a third, and the time
/// that <c>promtool</c> takes to make blocks of the files.
/// </summary>
internal sealed class BackfillBenchmark : IBenchmark
{
    private const string Server = "northwind/transactional";
    private const int Days = 28;
    private const double LeastMessagesPerMinute = 1e6;
    private const double MostMebibytes = 256;
    private const double MostGrowth = 1.25;

    /// <inheritdoc/>
    public string Name => "backfill";

    /// <inheritdoc/>
    public async Task RunAsync(ResultTable table, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("postal-backfill-bench-").FullName;
        try
        {
            var third = await MeasureAsync(BenchmarkInstallation.Messages / 3, Path.Combine(folder, "third"), cancellationToken);
            var all = await MeasureAsync(BenchmarkInstallation.Messages, Path.Combine(folder, "all"), cancellationToken);
            var perMinute = BenchmarkInstallation.Messages / all.Seconds * 60;
            var (mebibytes, growth) = (all.PeakBytes / 1048576.0, (double)all.PeakBytes / third.PeakBytes);
            table.Add(
                Text($"backfill, {BenchmarkInstallation.Messages:N0} messages and their deliveries in four weeks of one server"),
                Text($"{perMinute:N0} messages a minute"), Text($"a third of them {BenchmarkInstallation.Messages / 3 / third.Seconds * 60:N0}"),
                Text($"{all.Seconds:F1} s"), "≥ 1,000,000 a minute", perMinute >= LeastMessagesPerMinute);
            table.Add(
                "backfill, most resident memory", Text($"{mebibytes:F0} MiB"), Text($"a third of the messages {third.PeakBytes / 1048576.0:F0} MiB"),
                Text($"{mebibytes:F0} MiB, {growth:F2}"), Text($"≤ {MostMebibytes} MiB, ≤ {MostGrowth}"), mebibytes <= MostMebibytes && growth <= MostGrowth);
            table.Add(
                Text($"backfill, {all.FileBytes / 1e6:N0} MB of files made into blocks by `promtool`"), Text($"{all.PromtoolSeconds:F0} s"),
                Text($"blocks {all.BlockBytes / 1e6:F0} MB"), Text($"{all.FileBytes / 1e6 / all.PromtoolSeconds:F0} MB/s"), "", null);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Figures> MeasureAsync(int messages, string folder, CancellationToken cancellationToken)
    {
        await using var database = await MariaDbServer.StartAsync(
            new MariaDbServerOptions { BufferPoolMebibytes = 4096, RedoLogMebibytes = 1024, FlushLogAtCommit = 0 }, TimeProvider.System, cancellationToken);
        var scenario = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "demo.yml"));
        await using var installation = await Installation.CreateAsync(database.ConnectionString, scenario.Describe("postal"), cancellationToken);
        installation.KeepDatabases = true;
        var end = TimeProvider.System.GetUtcNow();
        var written = await new HistoryWriter(installation, scenario).WriteExactlyAsync(Server, messages, end.AddDays(-Days), end, cancellationToken);
        await using var exporter = await ExporterProcess.CreateAsync(database, installation, cancellationToken);
        var (files, blocks) = (Path.Combine(folder, "files"), Path.Combine(folder, "blocks"));
        var (seconds, peak, text) = await exporter.BackfillAsync($"{Days + 1}d", files, cancellationToken);
        Console.WriteLine(text);
        var rows = Text($"replayed {written.Messages + written.Deliveries:N0} rows");
        if (!text.StartsWith(rows, StringComparison.Ordinal))
            throw new InvalidOperationException($"{rows} were expected");

        var started = TimeProvider.System.GetTimestamp();
        foreach (var file in Directory.GetFiles(files).Order(StringComparer.Ordinal))
        {
            using var promtool = Process.Start("promtool", ["tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=6h", file, blocks]);
            await promtool.WaitForExitAsync(cancellationToken);
            if (promtool.ExitCode != 0)
                throw new InvalidOperationException($"promtool refuses {file}");
        }
        return new Figures(seconds, peak, BytesOf(files), TimeProvider.System.GetElapsedTime(started).TotalSeconds, BytesOf(blocks));
    }

    private static long BytesOf(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Figures(double Seconds, long PeakBytes, long FileBytes, double PromtoolSeconds, long BlockBytes);
}
