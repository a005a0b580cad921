using System.Text;

namespace PostalExporter.Metrics;

/// <summary>Writes the reference page <c>docs/metrics.md</c> from the declarations in <see cref="Families"/>.</summary>
internal static class MetricsReference
{
    private const string Introduction = """
        # Metrics

        What the exporter exposes, by version VERSION of the metric contract. Names, types and labels stay as they are within a
        version; families may be added. This page is generated from the declarations in `exporter/Metrics/`.

        No label holds an e-mail address, a subject, or text that a sender can choose freely. `server` is unique only within its
        `organization`: use both. The process metrics of .NET (`process_*`, `dotnet_*`) come under their usual names.

        """;

    // What the parts of Families are called on the page, by the first family of each.
    private static readonly (Family First, string Title)[] Parts =
    [
        (Families.Messages, "Counters of messages and deliveries"),
        (Families.ServerInfo, "Gauges of the current state"),
        (Families.Up, "The exporter on itself"),
    ];

    /// <summary>Every declared family, in the order of the page.</summary>
    public static IReadOnlyList<(string Title, IReadOnlyList<Family> Families)> Sections { get; } = ReadSections();

    /// <summary>The whole page in Markdown.</summary>
    public static string Render()
    {
        var page = new StringBuilder();
        page.Append(Introduction.Replace("VERSION", Families.ContractVersion, StringComparison.Ordinal));
        foreach (var (title, families) in Sections)
        {
            page.Append("\n## ").Append(title).Append('\n');
            foreach (var family in families)
            {
                // The bound of a bucket is no label that anybody asks for.
                var names = family.Type == FamilyType.Histogram ? family.Labels[..^1] : family.Labels;
                var labels = names.Length == 0 ? "none" : string.Join(", ", names.Select(label => $"`{label}`"));
                page.Append("\n### `").Append(family.Name).Append("`\n\n")
                    .Append(family.Help).Append("\n\n")
                    .Append("- Type: ").Append(family.Type.ToString().ToLowerInvariant()).Append('\n')
                    .Append("- Labels: ").Append(labels).Append('\n')
                    .Append("- Meaning: ").Append(family.Meaning).Append('\n');
            }
        }

        return page.ToString();
    }

    // The compiler may take the files of a partial class in any order, but keeps the order within each.
    private static List<(string, IReadOnlyList<Family>)> ReadSections()
    {
        var sections = new List<(string, IReadOnlyList<Family>)>();
        foreach (var (first, title) in Parts)
        {
            var part = Families.All.SkipWhile(family => family != first).Skip(1)
                .TakeWhile(family => Parts.All(other => other.First != family));
            sections.Add((title, [first, .. part]));
        }

        return sections;
    }
}
