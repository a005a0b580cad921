using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PostalExporter.Integration;

/// <summary>A scraped page in the text format, read back.</summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, double> values = [];

    /// <summary>Every series as it stands on the page, with its value.</summary>
    public IReadOnlyDictionary<string, double> Values => values;

    /// <summary>The page.</summary>
    public required string Text { get; init; }

    public static Exposition Parse(ReadOnlySpan<byte> page)
    {
        var exposition = new Exposition { Text = Encoding.UTF8.GetString(page) };
        foreach (var line in exposition.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')))
        {
            var space = line.LastIndexOf(' ');
            exposition.values.Add(line[..space], double.Parse(line[(space + 1)..], CultureInfo.InvariantCulture));
        }
        return exposition;
    }

    /// <summary>The value of the only series of a family that carries all these labels, or null when there is none.</summary>
    public double? Find(string family, params (string Name, string Value)[] labels) =>
        Matching(family, labels) switch { [] => null, [var only] => only, var several => throw new InvalidOperationException($"{several.Count} series match") };

    /// <summary>The sum over a family's series that carry all these labels.</summary>
    public double Sum(string family, params (string Name, string Value)[] labels) => Matching(family, labels).Sum();

    /// <summary>The counters on the page.</summary>
    public IEnumerable<KeyValuePair<string, double>> Counters =>
        values.Where(pair => CounterPattern().IsMatch(pair.Key) && pair.Key.StartsWith("postal_", StringComparison.Ordinal));

    private List<double> Matching(string family, (string Name, string Value)[] labels) =>
        [.. values.Where(pair => (pair.Key == family || pair.Key.StartsWith(family + "{", StringComparison.Ordinal))
                && labels.All(label => pair.Key.Contains($"{label.Name}=\"{label.Value}\"", StringComparison.Ordinal)))
            .Select(pair => pair.Value)];

    [GeneratedRegex("^[a-z_]+_total(\\{|$)")]
    private static partial Regex CounterPattern();
}
