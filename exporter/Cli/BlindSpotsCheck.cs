using PostalExporter.Configuration;
using PostalExporter.Postal;

namespace PostalExporter.Cli;

/// <summary>Lists what the installation cannot see, with what to do about it. None of it is a fault.</summary>
internal static class BlindSpotsCheck
{
    private const int ListedServers = 3;

    /// <summary>Reports each blind spot with the servers that have it.</summary>
    public static void Run(Installation installation, ExporterConfiguration configuration, CheckReport report)
    {
        foreach (var spot in BlindSpots.All)
        {
            var blind = installation.Servers.Where(server => spot.IsBlind(server, configuration) == true)
                .Select(server => $"{server.Organization}/{server.Permalink}").ToList();
            if (blind.Count == 0)
                continue;
            var listed = string.Join(", ", blind.Take(ListedServers)) + (blind.Count > ListedServers ? ", …" : "");
            report.Note($"blind spot {spot.Check} of {CheckReport.Count(blind.Count, "mail server")} ({listed}): {spot.Effect}; {spot.Remedy}");
        }
    }
}
