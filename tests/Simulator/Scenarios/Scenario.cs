using PostalSimulator.Installations;
using PostalSimulator.Traffic;

namespace PostalSimulator.Scenarios;

/// <summary>An installation and the traffic on it. Read from a file by <see cref="ScenarioFile"/>.</summary>
public sealed record Scenario
{
    /// <summary>Everything random follows from it.</summary>
    public ulong Seed { get; init; }

    public IReadOnlyList<ScenarioOrganization> Organizations { get; init; } = [];

    public IReadOnlyList<Episode> Episodes { get; init; } = [];

    /// <summary>Every server with its organization's permalink, a slash and its own.</summary>
    public IEnumerable<(string Path, ScenarioServer Server)> Servers =>
        Organizations.SelectMany(organization => organization.Servers.Select(server => ($"{organization.Permalink}/{server.Description.Permalink}", server)));

    /// <summary>What to create for this scenario.</summary>
    public InstallationDescription Describe(string databasePrefix) => new()
    {
        DatabasePrefix = databasePrefix,
        Organizations =
        [
            .. Organizations.Select(organization => new OrganizationDescription(organization.Name, organization.Permalink)
            {
                Servers = [.. organization.Servers.Select(server => server.Description)],
            }),
        ],
    };

    /// <summary>The traffic of one server, with every episode whose beginning is known when a live run begins at <paramref name="liveStart"/>.</summary>
    internal TrafficPlan PlanFor(string path, DateTimeOffset liveStart, double scale = 1)
    {
        var server = Servers.Single(candidate => candidate.Path == path).Server;
        var plan = new TrafficPlan(Seed, path, server.Credentials, server.Incoming) { Scale = scale };
        foreach (var episode in Episodes.Where(episode => episode.Server == path))
            if (episode.StartFor(liveStart) is { } start)
                plan.Add(episode, start);
        return plan;
    }
}

/// <summary>An organization of a scenario.</summary>
public sealed record ScenarioOrganization(string Name, string Permalink, IReadOnlyList<ScenarioServer> Servers);

/// <summary>A server of a scenario, with the traffic of each credential by name and of incoming mail.</summary>
public sealed record ScenarioServer(ServerDescription Description, IReadOnlyDictionary<string, TrafficProfile> Credentials, TrafficProfile? Incoming);
