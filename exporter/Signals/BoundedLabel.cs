using System.Collections.Frozen;
using PostalExporter.Metrics;
using PostalExporter.Postal;

namespace PostalExporter.Signals;

/// <summary>
/// A label of one server whose values are bounded: which values have a place, and when the series of the others leave. The
/// state store keeps the series of values that have a place, so that a restart finds the places as they were. The page shows
/// those of a value that lost its place for the time of grace, so that no last increments are missed.
/// </summary>
/// <param name="label">Its name.</param>
/// <param name="most">How many values have a place, and how many more are shown for the time of grace.</param>
/// <param name="reserved">Values of a closed set that have places beside these.</param>
/// <param name="rank">Values of a higher rank come first where there are too few places.</param>
/// <param name="counters">Where series are.</param>
/// <param name="time">The clock.</param>
internal sealed class BoundedLabel(
    string label, int most, FrozenSet<string> reserved, Func<string, double> rank, CounterTable counters, TimeProvider time)
{
    private readonly Dictionary<string, long> leaving = new(StringComparer.Ordinal);

    /// <summary>Who has a place.</summary>
    public LabelPlaces Places { get; } = new(most, reserved);

    /// <summary>Gives places to the values of which the state store has series: those had one.</summary>
    public void Restore(MailServer server)
    {
        var values = SeriesOf(server)
            .Where(pair => pair.Series.StateId != 0 && !counters.IsLeaving(pair.Series) && pair.Value.Length > 0)
            .Select(pair => pair.Value).Distinct();
        foreach (var value in values.OrderByDescending(rank).ToList())
            Places.Restore(value);
    }

    /// <summary>Lets all series leave whose values have no place.</summary>
    public void LeaveUnplaced(MailServer server) => Leave(
        server, [.. SeriesOf(server).Select(pair => pair.Value).Where(value => value is not ("" or LabelText.Other) && !Places.Has(value))]);

    /// <summary>Gives places of hardly used values to much busier ones.</summary>
    /// <returns>Whether places changed hands.</returns>
    public bool Rebalance(MailServer server)
    {
        var lost = Places.Rebalance(rank);
        Leave(server, [.. lost.Select(place => place.Name)]);
        return lost.Count > 0;
    }

    /// <summary>Hands the place of a value that is gone to the one that replaced it.</summary>
    public void Rename(MailServer server, LabelPlace old, string name)
    {
        Places.Release(old);
        Places.Of(name).Rows = old.Rows;
        Leave(server, [old.Name]);
    }

    /// <summary>Retires what was to be shown no longer, and takes places from values that are gone and no longer counted.</summary>
    /// <param name="server">The server, with the names that its series have.</param>
    /// <param name="grace">How long both are waited for.</param>
    /// <returns>Whether any place is free that was taken.</returns>
    public bool DropGone(MailServer server, TimeSpan grace)
    {
        if (leaving.Count == 0 && Places.Taken.All(place => place.IsLive))
            return false;
        var now = time.GetTimestamp();
        Keep(server, [.. leaving.Keys.Where(Places.Has)]);
        var due = leaving.Where(pair => time.GetElapsedTime(pair.Value, now) > grace).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        due.UnionWith(leaving.OrderBy(pair => pair.Value).Take(leaving.Count - most).Select(pair => pair.Key));
        var released = false;
        foreach (var place in Places.Taken.Where(place => !place.IsLive).ToList())
        {
            place.UnusedSince ??= now;
            if (time.GetElapsedTime(place.UnusedSince.Value, now) <= grace)
                continue;
            Places.Release(place);
            due.Add(place.Name);
            released = true;
        }
        foreach (var value in due)
            leaving.Remove(value);
        ForEachSeries(server, due, counters.Retire);
        return released;
    }

    private void Leave(MailServer server, HashSet<string> values)
    {
        foreach (var value in values)
            leaving[value] = time.GetTimestamp();
        ForEachSeries(server, values, counters.Forget);
    }

    private void Keep(MailServer server, HashSet<string> values)
    {
        foreach (var value in values)
            leaving.Remove(value);
        ForEachSeries(server, values, counters.Keep);
    }

    private void ForEachSeries(MailServer server, HashSet<string> values, Action<CounterSeries> action)
    {
        if (values.Count == 0)
            return;
        foreach (var (value, series) in SeriesOf(server))
        {
            if (values.Contains(value))
                action(series);
        }
    }

    private IEnumerable<(string Value, CounterSeries Series)> SeriesOf(MailServer server)
    {
        foreach (var series in counters.OfServer(server.Organization, server.Permalink))
        {
            var place = Array.IndexOf(series.Family.Labels, label);
            if (place >= 0)
                yield return (series.Labels[place], series);
        }
    }
}
