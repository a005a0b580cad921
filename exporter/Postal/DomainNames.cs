namespace PostalExporter.Postal;

/// <summary>Names of the domains of an installation, by id and by who may send in them.</summary>
/// <param name="domains">As discovered.</param>
internal sealed class DomainNames(IReadOnlyList<Domain> domains)
{
    private readonly Dictionary<int, string> names = domains.ToDictionary(domain => domain.Id, domain => domain.Name);
    private readonly HashSet<(string Organization, string Server, string Name)> owned =
        [.. domains.Select(domain => (domain.Organization, domain.Server, domain.Name))];

    /// <summary>The name of a domain by <c>domains.id</c>; null when its row is gone.</summary>
    public string? NameOf(int id) => names.GetValueOrDefault(id);

    /// <summary>Whether a server or its organization has a domain.</summary>
    public bool Has(MailServer server, string name) =>
        owned.Contains((server.Organization, server.Permalink, name)) || owned.Contains((server.Organization, "", name));

    /// <summary>Whether these are the same domains with the same owners.</summary>
    public bool IsOf(IReadOnlyList<Domain> others) =>
        domains.Count == others.Count
        && domains.Zip(others).All(pair => pair.First.Id == pair.Second.Id && pair.First.Name == pair.Second.Name
            && pair.First.Organization == pair.Second.Organization && pair.First.Server == pair.Second.Server);
}
