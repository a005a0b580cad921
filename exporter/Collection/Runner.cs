using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Web;

namespace PostalExporter.Collection;

/// <summary>Runs the parts of a collection one by one: times each, and turns its error into a metric and a log line.</summary>
internal sealed partial class Runner(TimeProvider time, ILogger<Runner> logger)
{
    private readonly Dictionary<string, string?> problems = [];
    private readonly List<CollectorStatus> statuses = [];

    /// <summary>How each part went, in the order in which they ran.</summary>
    public IReadOnlyList<CollectorStatus> Statuses => statuses;

    /// <summary>Begins a collection.</summary>
    public void Begin() => statuses.Clear();

    /// <summary>Runs a part.</summary>
    /// <param name="name">Label value.</param>
    /// <param name="description">For the landing page.</param>
    /// <param name="gauges">Gets the part's gauges when it succeeds, and its success and duration in any case.</param>
    /// <param name="run">The part.</param>
    /// <returns>Whether it succeeded.</returns>
    public async Task<bool> RunAsync(string name, string description, GaugePicture gauges, Func<IGaugeSink, Task> run)
    {
        var started = time.GetTimestamp();
        var own = gauges.Part(name);
        string? problem = null;
        try
        {
            await run(own);
        }
        catch (Exception exception)
        {
            own.Begin();
            problem = DatabaseSession.Describe(exception);
            LogException(exception, name);
        }
        var duration = time.GetElapsedTime(started);
        gauges.Set(Families.CollectorSuccess, problem is null ? 1 : 0, name);
        gauges.Set(Families.CollectorDuration, duration.TotalSeconds, name);
        statuses.Add(new CollectorStatus(name, description, problem is null, duration));
        LogTransition(name, problem);
        return problem is null;
    }

    /// <summary>Notes that a part did not run, as what it needs is not there; the log has the cause already.</summary>
    /// <param name="name">Label value.</param>
    /// <param name="description">For the landing page.</param>
    /// <param name="gauges">Gets the part's success and duration.</param>
    public void Skip(string name, string description, GaugePicture gauges)
    {
        gauges.Set(Families.CollectorSuccess, 0, name);
        gauges.Set(Families.CollectorDuration, 0, name);
        statuses.Add(new CollectorStatus(name, description, false, TimeSpan.Zero));
    }

    private void LogTransition(string name, string? problem)
    {
        var before = problems.GetValueOrDefault(name);
        problems[name] = problem;
        if (problem is not null && problem != before)
            LogFailed(name, problem);
        else if (problem is null && before is not null)
            LogRecovered(name);
    }

    [LoggerMessage(1001, LogLevel.Warning, "Collector {Collector} failed: {Problem}")]
    private partial void LogFailed(string collector, string problem);

    [LoggerMessage(1002, LogLevel.Information, "Collector {Collector} works again")]
    private partial void LogRecovered(string collector);

    [LoggerMessage(1003, LogLevel.Debug, "Collector {Collector} failed")]
    private partial void LogException(Exception exception, string collector);
}
