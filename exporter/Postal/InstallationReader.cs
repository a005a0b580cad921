using System.Collections.ObjectModel;
using Dapper;
using MySqlConnector;

namespace PostalExporter.Postal;

/// <summary>Reads what exists from the main database: three small tables, whole, by primary key.</summary>
internal static class InstallationReader
{
    /// <summary>Reads live servers with their credentials, and domains.</summary>
    /// <exception cref="SchemaException">A column that is needed cannot be read.</exception>
    public static async Task<Installation> ReadAsync(MySqlConnection main, MainSchema schema, CancellationToken cancellationToken)
    {
        schema.Require("organizations", "id", "permalink");
        schema.Require("servers", "id", "organization_id", "permalink");
        schema.Require("credentials", "id", "server_id", "name");

        var credentials = await ReadCredentialsAsync(main, schema, cancellationToken);
        var servers = await ReadServersAsync(main, schema, credentials, cancellationToken);
        var domains = await ReadDomainsAsync(main, schema, servers, cancellationToken);
        return new Installation(servers, domains);
    }

    private static async Task<ILookup<int, CredentialRow>> ReadCredentialsAsync(
        MySqlConnection main, MainSchema schema, CancellationToken cancellationToken)
    {
        string Column(string name) => schema.Optional("credentials", "c", name);
        var query = $"""
            SELECT c.id AS Id, CAST(COALESCE(c.server_id, 0) AS SIGNED) AS ServerId, COALESCE(c.name, '') AS Name,
                   COALESCE({Column("type")}, '') AS Type, CAST(COALESCE({Column("hold")}, 0) AS SIGNED) AS Held,
                   CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {Column("last_used_at")}) / 1e6 AS DOUBLE) AS LastUsed
            FROM credentials c ORDER BY c.id
            """;
        var rows = await main.QueryAsync<CredentialRow>(new CommandDefinition(query, cancellationToken: cancellationToken));
        return rows.ToLookup(row => (int)row.ServerId);
    }

    private static async Task<IReadOnlyList<MailServer>> ReadServersAsync(
        MySqlConnection main, MainSchema schema, ILookup<int, CredentialRow> credentials, CancellationToken cancellationToken)
    {
        string Server(string name) => schema.Optional("servers", "s", name);
        string Organization(string name) => schema.Optional("organizations", "o", name);
        // Deleting an organization leaves its servers' own deleted_at NULL until a task of Postal removes them.
        var query = $"""
            SELECT s.id AS Id, COALESCE({Server("uuid")}, '') AS Uuid, o.id AS OrganizationId,
                   COALESCE(o.permalink, '') AS Organization, COALESCE(s.permalink, '') AS Permalink,
                   COALESCE({Server("mode")}, '') AS Mode,
                   CAST({Server("suspended_at")} IS NOT NULL OR {Organization("suspended_at")} IS NOT NULL AS SIGNED) AS Suspended,
                   CAST({Server("send_limit")} AS SIGNED) AS SendLimit,
                   CAST({Server("outbound_spam_threshold")} IS NOT NULL AS SIGNED) AS ScansOutgoing,
                   CAST({Server("privacy_mode")} AS SIGNED) AS PrivacyMode
            FROM servers s JOIN organizations o ON o.id = s.organization_id
            WHERE {Server("deleted_at")} IS NULL AND {Organization("deleted_at")} IS NULL
            ORDER BY s.id
            """;
        var rows = await main.QueryAsync<ServerRow>(new CommandDefinition(query, cancellationToken: cancellationToken));
        var readsScan = schema.Has("servers", "outbound_spam_threshold");
        return [.. rows.Select(row => new MailServer
        {
            Id = row.Id,
            Uuid = row.Uuid,
            OrganizationId = row.OrganizationId,
            Organization = LabelText.Clean(row.Organization),
            Permalink = LabelText.Clean(row.Permalink),
            Mode = LabelText.Clean(row.Mode),
            Suspended = row.Suspended != 0,
            SendLimit = (int?)row.SendLimit,
            ScansOutgoing = readsScan ? row.ScansOutgoing != 0 : null,
            PrivacyMode = row.PrivacyMode is { } privacy ? privacy != 0 : null,
            Credentials = Label(credentials[row.Id]),
        })];
    }

    private static ReadOnlyDictionary<int, Credential> Label(IEnumerable<CredentialRow> rows)
    {
        var list = rows.ToList();
        var labels = CredentialLabels.Assign([.. list.Select(row => (row.Id, LabelText.Clean(row.Name)))]);
        return list
            .Select(row => new Credential(row.Id, labels[row.Id], LabelText.Clean(row.Type), row.Held != 0, row.LastUsed))
            .ToDictionary(credential => credential.Id)
            .AsReadOnly();
    }

    private static async Task<IReadOnlyList<Domain>> ReadDomainsAsync(
        MySqlConnection main, MainSchema schema, IReadOnlyList<MailServer> servers, CancellationToken cancellationToken)
    {
        // Domains only name sending domains and DNS checks: without the grant the rest still works.
        if (!schema.Has("domains", "id") || !schema.Has("domains", "name"))
            return [];
        string Column(string name) => schema.Optional("domains", "d", name);
        var query = $"""
            SELECT d.id AS Id, COALESCE(d.name, '') AS Name, {Column("owner_type")} AS OwnerType,
                   CAST(COALESCE({Column("owner_id")}, {Column("server_id")}) AS SIGNED) AS OwnerId,
                   CAST({Column("verified_at")} IS NOT NULL AS SIGNED) AS Verified,
                   {Column("spf_status")} AS Spf, {Column("dkim_status")} AS Dkim,
                   {Column("mx_status")} AS Mx, {Column("return_path_status")} AS ReturnPath
            FROM domains d ORDER BY d.id
            """;
        var rows = await main.QueryAsync<DomainRow>(new CommandDefinition(query, cancellationToken: cancellationToken));
        var byServer = servers.ToDictionary(server => server.Id);
        var byOrganization = servers.GroupBy(server => server.OrganizationId).ToDictionary(group => group.Key, group => group.First().Organization);
        var domains = new List<Domain>();
        foreach (var row in rows)
        {
            var owner = (int)(row.OwnerId ?? 0);
            (string Organization, string Server) names;
            if (row.OwnerType == "Organization")
            {
                if (!byOrganization.TryGetValue(owner, out var organization))
                    continue;
                names = (organization, "");
            }
            else
            {
                if (!byServer.TryGetValue(owner, out var server))
                    continue;
                names = (server.Organization, server.Permalink);
            }
            domains.Add(new Domain(
                row.Id, LabelText.Clean(row.Name).ToLowerInvariant(), names.Organization, names.Server, row.Verified != 0,
                row.Spf, row.Dkim, row.Mx, row.ReturnPath));
        }
        return domains;
    }

    private sealed record CredentialRow(int Id, long ServerId, string Name, string Type, long Held, double? LastUsed);

    private sealed record ServerRow(
        int Id, string Uuid, int OrganizationId, string Organization, string Permalink, string Mode, long Suspended,
        long? SendLimit, long ScansOutgoing, long? PrivacyMode);

    private sealed record DomainRow(
        int Id, string Name, string? OwnerType, long? OwnerId, long Verified, string? Spf, string? Dkim, string? Mx, string? ReturnPath);
}
