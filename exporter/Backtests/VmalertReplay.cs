using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using PostalExporter.RulePacks;

namespace PostalExporter.Backtests;

/// <summary>Evaluates rules over a span of the past by <c>vmalert -replay</c>, which writes what they record back to the database.</summary>
/// <param name="program">Path of vmalert.</param>
/// <param name="folder">Where rule files may be written.</param>
/// <param name="database">Address of the database.</param>
internal sealed class VmalertReplay(string program, string folder, Uri database)
{
    /// <summary>Evaluates groups of rules that do not read each other, each from the first moment on at every interval of it.</summary>
    /// <exception cref="BacktestException">vmalert refuses a rule or cannot write.</exception>
    public async Task RunAsync(IEnumerable<PackGroup> groups, DateTimeOffset begin, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, "rules.yml");
        await File.WriteAllTextAsync(file, RuleFileText.Of(groups), cancellationToken);
        var start = new ProcessStartInfo(program,
        [
            // It goes into the queries: without it a range begins at a multiple of the interval.
            $"-rule={file}", $"-datasource.url={database}?nocache=1", $"-remoteWrite.url={database}",
            $"-replay.timeFrom={Rfc3339(begin)}", $"-replay.timeTo={Rfc3339(end - TimeSpan.FromSeconds(1))}",
            // Its default is five minutes, also between the points of a replay.
            "-datasource.queryStep=0s",
            // A span is one query, and nothing waits: who reads what these rules write comes in the next run.
            "-replay.maxDatapointsPerQuery=1000000", "-replay.rulesDelay=0s", "-replay.ruleRetryAttempts=1", "-replay.disableProgressBar",
            "-remoteWrite.maxQueueSize=1000000", "-remoteWrite.maxBatchSize=50", "-remoteWrite.flushInterval=100ms", "-loggerLevel=WARN",
        ])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Start(start);
        var log = new LogTail(process);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        if (process.ExitCode != 0 || log.Complaint is not null)
            throw new BacktestException($"{program}: {log.Complaint ?? log.ToString()}");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new BacktestException($"{start.FileName}: {exception.Message}");
        }
    }

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
