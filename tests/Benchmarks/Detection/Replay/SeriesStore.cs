using System.Text.RegularExpressions;

namespace PostalExporter.Benchmarks.Detection.Replay;

/// <summary>All series of a replay by name. Rules add to it while queries of other series run.</summary>
internal sealed class SeriesStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, List<StoredSeries>> byName = [];

    /// <summary>Adds a series whose labels no other has.</summary>
    public void Add(StoredSeries series)
    {
        lock (gate)
        {
            if (!byName.TryGetValue(series["__name__"], out var list))
                byName.Add(series["__name__"], list = []);
            list.Add(series);
        }
    }

    /// <summary>The series of one name; none is no error.</summary>
    public IReadOnlyList<StoredSeries> Named(string name)
    {
        lock (gate)
            return byName.TryGetValue(name, out var list) ? [.. list] : [];
    }

    /// <summary>The series that match all matchers of a selector.</summary>
    public IReadOnlyList<StoredSeries> Select(IReadOnlyList<LabelMatcher> matchers)
    {
        var name = matchers.FirstOrDefault(matcher => matcher is { Name: "__name__", Kind: MatchKind.Equal })?.Value;
        return [.. (name is null ? All() : Named(name)).Where(series => matchers.All(matcher => matcher.Matches(series[matcher.Name])))];
    }

    private IReadOnlyList<StoredSeries> All()
    {
        lock (gate)
            return [.. byName.Values.SelectMany(list => list)];
    }
}

/// <summary>How a matcher compares; the numbers of the remote-read protocol.</summary>
internal enum MatchKind
{
    Equal = 0,
    NotEqual = 1,
    Matches = 2,
    MatchesNot = 3,
}

/// <summary>One matcher of a selector.</summary>
internal sealed class LabelMatcher(MatchKind kind, string name, string value)
{
    private readonly Regex? pattern = kind >= MatchKind.Matches ? new Regex($"^(?:{value})$", RegexOptions.CultureInvariant) : null;

    public MatchKind Kind => kind;

    public string Name => name;

    public string Value => value;

    public bool Matches(string text) => kind switch
    {
        MatchKind.Equal => text == value,
        MatchKind.NotEqual => text != value,
        MatchKind.Matches => pattern!.IsMatch(text),
        _ => !pattern!.IsMatch(text),
    };
}
