using System.Text.Json;
using System.Text.RegularExpressions;

namespace PostalExporter.Conformance;

/// <summary>A panel of a dashboard, with what its queries ask for.</summary>
internal sealed record DashboardPanel(JsonElement Json)
{
    public string Title => DashboardFile.Text(Json, "title");

    public string Description => DashboardFile.Text(Json, "description");

    public string Unit => DashboardFile.Text(Json.GetProperty("fieldConfig").GetProperty("defaults"), "unit");

    public IReadOnlyList<string> Queries => [.. Json.GetProperty("targets").EnumerateArray().Select(target => DashboardFile.Text(target, "expr"))];
}

/// <summary>A dashboard as it lies in <c>grafana-dashboards/</c>.</summary>
internal sealed partial record DashboardFile(string Name, JsonElement Json)
{
    /// <summary>All dashboards, by name of their file.</summary>
    public static IReadOnlyList<DashboardFile> All { get; } =
    [
        .. Directory.EnumerateFiles(Repository.PathOf("grafana-dashboards"), "*.json").Order(StringComparer.Ordinal)
            .Select(path => new DashboardFile(Path.GetFileName(path), JsonDocument.Parse(File.ReadAllText(path)).RootElement)),
    ];

    public string Uid => Text(Json, "uid");

    public IReadOnlyList<DashboardPanel> Panels => [.. Json.GetProperty("panels").EnumerateArray().Select(panel => new DashboardPanel(panel))];

    public IReadOnlyList<JsonElement> Variables => [.. Json.GetProperty("templating").GetProperty("list").EnumerateArray()];

    /// <summary>Every PromQL expression: of panels and of annotations.</summary>
    public IReadOnlyList<string> Queries =>
    [
        .. Panels.SelectMany(panel => panel.Queries),
        .. Json.GetProperty("annotations").GetProperty("list").EnumerateArray().Select(annotation => Text(annotation, "expr")),
    ];

    /// <summary>A string property; empty when it is missing.</summary>
    public static string Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    /// <summary>The names of the series that an expression selects.</summary>
    public static IEnumerable<string> SeriesIn(string query) => SeriesName().Matches(query).Select(match => match.Value).Distinct();

    /// <summary>True for a series that a recording rule made: the exporters' job and instance are summed away in it.</summary>
    public static bool IsRecorded(string series) => series.Contains(':', StringComparison.Ordinal) || series == "ALERTS";

    /// <summary>The expression as Grafana would send it with everything selected and one server of an organization.</summary>
    public static string Substitute(string query) => query
        .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
        .Replace("$__range", "5m", StringComparison.Ordinal)
        .Replace("$job", ".+", StringComparison.Ordinal)
        .Replace("$instance", ".+", StringComparison.Ordinal)
        .Replace("=~\"$organization\"", "=~\".*\"", StringComparison.Ordinal)
        .Replace("=~\"$server\"", "=~\".*\"", StringComparison.Ordinal)
        .Replace("=\"$organization\"", "=\"acme\"", StringComparison.Ordinal)
        .Replace("=\"$server\"", "=\"main\"", StringComparison.Ordinal);

    public override string ToString() => Name;

    [GeneratedRegex(@"(?:[a-z]+:)?\bpostal_[a-z0-9_]+(?::[a-z0-9_]+)?|\bup(?=\{)|\bALERTS\b")]
    private static partial Regex SeriesName();
}
