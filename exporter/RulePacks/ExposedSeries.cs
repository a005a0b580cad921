using PostalExporter.Metrics;

namespace PostalExporter.RulePacks;

/// <summary>What pages of metrics show, taken together.</summary>
internal sealed class ExposedSeries
{
    private readonly Dictionary<string, HashSet<string>> labels = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Series, string Label), SortedSet<string>> values = new();

    /// <summary>The names of series for which labels are known by their values.</summary>
    private static readonly HashSet<string> Valued = [Families.BuildInfo.Name, Families.Threshold.Name, Families.CollectorSuccess.Name];

    /// <summary>Names of all series and of the families that have none yet.</summary>
    public IReadOnlyCollection<string> Names => labels.Keys;

    /// <summary>Adds a page in Prometheus' text format.</summary>
    /// <returns>How many series it has; none when it is no page of metrics.</returns>
    public async Task<int> AddAsync(TextReader page, CancellationToken cancellationToken)
    {
        var series = 0;
        while (await page.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith('#'))
                AddHeader(line);
            else if (TryRead(line) is { Name: { } name } sample)
            {
                series++;
                Add(name, sample.Matchers);
            }
        }

        return series;
    }

    /// <summary>Whether a page has the series, or the header of its family.</summary>
    public bool Has(string series) => labels.ContainsKey(series);

    /// <summary>The labels that the series has anywhere; none when only its header is there.</summary>
    public IReadOnlySet<string> LabelsOf(string series) => labels.GetValueOrDefault(series) ?? [];

    /// <summary>The values of a label of a family whose values are kept.</summary>
    public IReadOnlySet<string> ValuesOf(Family family, string label) => values.GetValueOrDefault((family.Name, label)) ?? [];

    // # TYPE name histogram, # HELP name text
    private void AddHeader(string line)
    {
        if (line.Split(' ', 4, StringSplitOptions.RemoveEmptyEntries) is not ["#", "TYPE", var name, var type])
            return;
        foreach (var series in type is "histogram" ? [$"{name}_bucket", $"{name}_sum", $"{name}_count"] : (string[])[name])
            labels.TryAdd(series, []);
    }

    // A line of the page is written like a selector with a number behind it.
    private static PromqlSelector? TryRead(string line)
    {
        try
        {
            return PromqlReader.Read(line).Selectors is [var only] ? only : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private void Add(string name, IReadOnlyList<PromqlMatcher> matchers)
    {
        if (!labels.TryGetValue(name, out var known))
            labels[name] = known = [];
        known.UnionWith(matchers.Select(matcher => matcher.Label));
        if (!Valued.Contains(name))
            return;
        foreach (var matcher in matchers)
        {
            if (!values.TryGetValue((name, matcher.Label), out var seen))
                values[(name, matcher.Label)] = seen = new SortedSet<string>(StringComparer.Ordinal);
            seen.Add(matcher.Value);
        }
    }
}
