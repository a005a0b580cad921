using System.Text;
using PostalSimulator.History;
using PostalSimulator.Scenarios;
using PostalSimulator.Traffic;

namespace PostalSimulator.OpenMetrics;

/// <summary>
/// Writes what the exporter would have exposed over a scenario's history, as OpenMetrics text with times, for
/// <c>promtool tsdb create-blocks-from openmetrics</c>. The counters begin at 0 with the history and end where it ends; the live
/// exporter's begin at 0 again, which is an ordinary counter reset.
/// </summary>
internal sealed class BaselineWriter(Scenario scenario, IReadOnlyList<KeyValuePair<string, string>> extraLabels)
{
    private string Extra { get; } = string.Concat(extraLabels.Select(label => $",{label.Key}=\"{CounterFamily.Escape(label.Value)}\""));

    /// <returns>The number of series and of samples.</returns>
    public async Task<(int Series, long Samples)> WriteAsync(
        Stream output, DateTimeOffset from, DateTimeOffset until, TimeSpan step, CancellationToken cancellationToken)
    {
        // Samples stand at whole steps, as the history's beginning need not.
        var stepSeconds = (long)step.TotalSeconds;
        var start = from.ToUnixTimeSeconds() / stepSeconds * stepSeconds;
        var steps = (int)((until.ToUnixTimeSeconds() - start) / stepSeconds);
        var families = new CounterFamilies(steps);
        foreach (var (path, server) in scenario.Servers)
        {
            var names = path.Split('/');
            var sink = new CounterSink(names[0], names[1], start * 1_000_000, stepSeconds * 1_000_000, steps, families);
            var simulation = new HistorySimulation(server, TrafficPlan.Microseconds(until), sink);
            await simulation.RunAsync(HistoryMinutes.Of(scenario.PlanFor(path, until), from, until), cancellationToken);
        }
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), bufferSize: 1 << 16, leaveOpen: true);
        writer.NewLine = "\n";
        foreach (var family in families.All)
            Write(writer, family, start, stepSeconds);
        WriteServerUp(writer, start, steps, stepSeconds);
        await writer.WriteLineAsync("# EOF");
        var series = families.All.Sum(family => family.Series.Count) + scenario.Servers.Count();
        return (series, series * (steps + 1L));
    }

    private void Write(StreamWriter writer, CounterFamily family, long start, long stepSeconds)
    {
        writer.WriteLine($"# TYPE {family.Name} counter");
        writer.WriteLine($"# HELP {family.Name} {family.Help}");
        foreach (var (labels, increments) in family.Series.OrderBy(series => series.Key, StringComparer.Ordinal))
        {
            var name = $"{family.Name}_total{{{labels}{Extra}}} ";
            var value = 0L;
            for (var index = 0; index < increments.Length; index++)
            {
                value += increments[index];
                writer.Write(name);
                writer.Write(value);
                writer.Write(' ');
                writer.WriteLine(start + index * stepSeconds);
            }
        }
        writer.Flush();
    }

    /// <summary>That the exporter saw every server all the time: rules take a series that is new as a rise from 0 only then.</summary>
    private void WriteServerUp(StreamWriter writer, long start, int steps, long stepSeconds)
    {
        const string Name = "postal_exporter_server_up";
        writer.WriteLine($"# TYPE {Name} gauge");
        writer.WriteLine($"# HELP {Name} 1 while the server's message database can be read.");
        foreach (var path in scenario.Servers.Select(server => server.Path.Split('/')))
            for (var index = 0; index <= steps; index++)
                writer.WriteLine(
                    $"{Name}{{organization=\"{CounterFamily.Escape(path[0])}\",server=\"{CounterFamily.Escape(path[1])}\"{Extra}}} 1 {start + index * stepSeconds}");
    }
}
