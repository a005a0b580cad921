using PostalExporter.Configuration;
using PostalExporter.Lists;
using PostalExporter.Metrics;

namespace PostalExporter.Collection;

/// <summary>Notices lists whose files have changed, and reads them again. What is wrong with a file is told once.</summary>
internal sealed partial class ListWatch(TimeProvider time, ILogger<ListWatch> logger)
{
    /// <summary>Name in the label <c>collector</c>.</summary>
    public const string Name = "lists";

    /// <summary>For the landing page.</summary>
    public const string Description = "The operator's lists, read again when their files change.";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private OperatorLists? watched;
    private long looked;

    /// <summary>Looks at the files, if the last look is long enough ago, and sets the gauges.</summary>
    public Task LookAsync(OperatorLists lists, IGaugeSink gauges)
    {
        if (!ReferenceEquals(lists, watched) || time.GetElapsedTime(looked) >= Interval)
        {
            (watched, looked) = (lists, time.GetTimestamp());
            foreach (var list in lists.All)
                Refresh(list);
        }
        foreach (var list in lists.All)
        {
            gauges.Set(Families.ListEntries, list.Content.Hashes.Count, list.Name);
            gauges.Set(Families.ListLastReloadSuccessful, list.IsOutdated ? 0 : 1, list.Name);
        }
        return Task.CompletedTask;
    }

    private void Refresh(OperatorList list)
    {
        try
        {
            if (list.Refresh())
                LogReloaded(list.Name, list.Content.Hashes.Count);
        }
        catch (ConfigurationException exception)
        {
            LogNotReloaded(list.Name, exception.Problems[0].ToString(), exception.Problems.Count - 1);
        }
    }

    [LoggerMessage(1301, LogLevel.Information, "List {List} was read again: {Entries} domains and addresses")]
    private partial void LogReloaded(string list, int entries);

    [LoggerMessage(1302, LogLevel.Error, "List {List} cannot be used as it is now, what it held before stays in force: {Problem} (and {More} more)")]
    private partial void LogNotReloaded(string list, string problem, int more);
}
