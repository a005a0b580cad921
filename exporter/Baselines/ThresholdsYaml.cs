using System.Globalization;
using System.Text;
using PostalExporter.Configuration;

namespace PostalExporter.Baselines;

/// <summary>Writes proposals as the section <c>thresholds</c> of the exporter's configuration.</summary>
internal static class ThresholdsYaml
{
    private const int Width = 120;

    /// <summary>The section, with the reason of each limit above it. Without proposals it is empty, and as valid.</summary>
    public static string Of(IReadOnlyList<ServerBaseline> servers)
    {
        var yaml = new StringBuilder();
        var proposed = servers.Where(server => server.Advice.Proposals.Count > 0).ToList();
        if (proposed.Count == 0)
        {
            Comment(yaml, "", "No limit needs to be other than it is.");
            return yaml.Append("thresholds: {}\n").ToString();
        }

        Comment(yaml, "", "Proposed limits. Take those whose reason convinces you into exporter.yml; a server that stands there already gets the line. "
            + "messages_per_hour is the limit of credentials that have no baseline.");
        if (!proposed.Exists(IsWritable))
            yaml.Append("thresholds: {}\n");
        else
            yaml.Append("thresholds:\n  servers:\n");
        foreach (var server in proposed)
        {
            if (!IsWritable(server))
            {
                Comment(yaml, "", $"Not written: “{server.Name}” is not made of permalinks, so the configuration cannot name it.");
                continue;
            }

            yaml.Append("    ").Append(server.Name).Append(":\n");
            foreach (var proposal in server.Advice.Proposals)
            {
                Comment(yaml, "      ", proposal.Reason);
                yaml.Append("      ").Append(proposal.Signal).Append(": {").AppendJoin(", ", Limits(proposal)).Append("}\n");
            }
        }

        return yaml.ToString();
    }

    private static bool IsWritable(ServerBaseline server) => Permalink.IsValid(server.Organization) && Permalink.IsValid(server.Server);

    private static IEnumerable<string> Limits(ThresholdProposal proposal)
    {
        if (proposal.Warning is { } warning)
            yield return string.Create(CultureInfo.InvariantCulture, $"{ThresholdLevel.Warning}: {Figures.Limit(warning)}");
        if (proposal.Critical is { } critical)
            yield return string.Create(CultureInfo.InvariantCulture, $"{ThresholdLevel.Critical}: {Figures.Limit(critical)}");
    }

    // A name in it cannot end the comment: no line break is left.
    private static void Comment(StringBuilder yaml, string indent, string text)
    {
        var column = 0;
        foreach (var word in VisibleText.Of(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > 0 && column + 1 + word.Length > Width)
            {
                yaml.Append('\n');
                column = 0;
            }

            yaml.Append(column == 0 ? $"{indent}# " : " ").Append(word);
            column += (column == 0 ? indent.Length + 2 : 1) + word.Length;
        }

        yaml.Append('\n');
    }
}
