using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using MySqlConnector;

namespace PostalExporter.Postal;

/// <summary>
/// Reads what exists from the main database: three small tables, whole, by primary key. Credentials are by far the most, and hardly
/// ever change: those of a server that are as they were are the same objects as before.
/// </summary>
internal sealed class InstallationReader
{
    private List<CredentialRow> rows = [];
    private List<CredentialRow> rowsBefore = [];
    private Dictionary<int, ServerCredentials> credentialsBefore = [];

    /// <summary>Reads live servers with their credentials, and domains.</summary>
    /// <exception cref="SchemaException">A column that is needed cannot be read.</exception>
    public async Task<Installation> ReadAsync(DatabaseSession main, MainSchema schema, CancellationToken cancellationToken)
    {
        schema.Require("organizations", "id", "permalink");
        schema.Require("servers", "id", "organization_id", "permalink");
        schema.Require("credentials", "id", "server_id", "name");

        var credentials = await ReadCredentialsAsync(main, schema, cancellationToken);
        var servers = await ReadServersAsync(main, schema, credentials, cancellationToken);
        var domains = await ReadDomainsAsync(main, schema, servers, cancellationToken);
        return new Installation(servers, domains);
    }

    private async Task<IReadOnlyDictionary<int, ServerCredentials>> ReadCredentialsAsync(
        DatabaseSession main, MainSchema schema, CancellationToken cancellationToken)
    {
        string Column(string name) => schema.Optional("credentials", "c", name);
        var query = $"""
            SELECT c.id AS Id, CAST(COALESCE(c.server_id, 0) AS SIGNED) AS ServerId, COALESCE(c.name, '') AS Name,
                   COALESCE({Column("type")}, '') AS Type, CAST(COALESCE({Column("hold")}, 0) AS SIGNED) AS Held,
                   CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {Column("last_used_at")}) / 1e6 AS DOUBLE) AS LastUsed
            FROM credentials c ORDER BY c.id
            """;
        rows.Clear();
        await ReadRowsAsync(main, query, rows, row => new CredentialRow(
            row.GetInt32(1), row.GetInt32(0), row.GetString(2), row.GetString(3), row.GetInt64(4) != 0, row.IsDBNull(5) ? null : row.GetDouble(5)), cancellationToken);
        rows.Sort((left, right) => left.ServerId != right.ServerId ? left.ServerId.CompareTo(right.ServerId) : left.Id.CompareTo(right.Id));
        var credentials = new Dictionary<int, ServerCredentials>(credentialsBefore.Count);
        for (var start = 0; start < rows.Count;)
        {
            var count = 1;
            while (start + count < rows.Count && rows[start + count].ServerId == rows[start].ServerId)
                count++;
            credentials.Add(rows[start].ServerId, OfServer(start, count));
            start += count;
        }
        (rows, rowsBefore, credentialsBefore) = (rowsBefore, rows, credentials);
        return credentials;
    }

    private ServerCredentials OfServer(int start, int count)
    {
        var own = CollectionsMarshal.AsSpan(rows).Slice(start, count);
        if (!credentialsBefore.TryGetValue(own[0].ServerId, out var before))
            return new ServerCredentials(start, count, Label(own));
        var ownBefore = CollectionsMarshal.AsSpan(rowsBefore).Slice(before.Start, before.Count);
        if (!own.SequenceEqual(ownBefore))
            return new ServerCredentials(start, count, Label(own));
        // The same strings as before, rather than a second copy of each.
        ownBefore.CopyTo(own);
        return before with { Start = start };
    }

    private static async Task<IReadOnlyList<MailServer>> ReadServersAsync(
        DatabaseSession main, MainSchema schema, IReadOnlyDictionary<int, ServerCredentials> credentials, CancellationToken cancellationToken)
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
        var knowsLimit = schema.Has("servers", "send_limit");
        var readsScan = schema.Has("servers", "outbound_spam_threshold");
        var servers = new List<MailServer>();
        await ReadRowsAsync(main, query, servers, row => new MailServer
        {
            Id = row.GetInt32(0),
            Uuid = row.GetString(1),
            OrganizationId = row.GetInt32(2),
            Organization = LabelText.Clean(row.GetString(3)),
            Permalink = LabelText.Clean(row.GetString(4)),
            Mode = LabelText.Clean(row.GetString(5)),
            Suspended = row.GetInt64(6) != 0,
            SendLimit = row.IsDBNull(7) ? null : row.GetInt32(7),
            SendLimitIsKnown = knowsLimit,
            ScansOutgoing = readsScan ? row.GetInt64(8) != 0 : null,
            PrivacyMode = row.IsDBNull(9) ? null : row.GetInt64(9) != 0,
            Credentials = credentials.TryGetValue(row.GetInt32(0), out var own) ? own.ById : ServerCredentials.None,
        }, cancellationToken);
        return servers;
    }

    private static ReadOnlyDictionary<int, Credential> Label(ReadOnlySpan<CredentialRow> rows)
    {
        var list = rows.ToArray();
        var labels = CredentialLabels.Assign([.. list.Select(row => (row.Id, LabelText.Clean(row.Name)))]);
        return list
            .Select(row => new Credential(row.Id, labels[row.Id], LabelText.Clean(row.Type), row.Held, row.LastUsed))
            .ToDictionary(credential => credential.Id)
            .AsReadOnly();
    }

    private static async Task<IReadOnlyList<Domain>> ReadDomainsAsync(
        DatabaseSession main, MainSchema schema, IReadOnlyList<MailServer> servers, CancellationToken cancellationToken)
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
        var rows = new List<DomainRow>();
        await ReadRowsAsync(main, query, rows, row => new DomainRow(
            row.GetInt32(0), row.GetString(1), GetText(row, 2), row.IsDBNull(3) ? 0 : row.GetInt32(3), row.GetInt64(4) != 0,
            GetText(row, 5), GetText(row, 6), GetText(row, 7), GetText(row, 8)), cancellationToken);
        var byServer = servers.ToDictionary(server => server.Id);
        var byOrganization = servers.GroupBy(server => server.OrganizationId).ToDictionary(group => group.Key, group => group.First().Organization);
        var domains = new List<Domain>();
        foreach (var row in rows)
        {
            (string Organization, string Server) names;
            if (row.OwnerType == "Organization")
            {
                if (!byOrganization.TryGetValue(row.OwnerId, out var organization))
                    continue;
                names = (organization, "");
            }
            else
            {
                if (!byServer.TryGetValue(row.OwnerId, out var server))
                    continue;
                names = (server.Organization, server.Permalink);
            }
            domains.Add(new Domain(
                row.Id, LabelText.Clean(row.Name).ToLowerInvariant(), names.Organization, names.Server, row.Verified,
                row.Spf, row.Dkim, row.Mx, row.ReturnPath));
        }
        return domains;
    }

    // Read by position, without a mapper: MariaDB's type of an expression follows from its digits, not from its cast.
    private static async Task ReadRowsAsync<T>(
        DatabaseSession main, string query, List<T> rows, Func<MySqlDataReader, T> create, CancellationToken cancellationToken)
    {
        await using var command = await main.CommandAsync(query, cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(create(reader));
    }

    private static string? GetText(MySqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private readonly record struct CredentialRow(int ServerId, int Id, string Name, string Type, bool Held, double? LastUsed);

    // Where the rows of a server are, and what they became.
    private sealed record ServerCredentials(int Start, int Count, IReadOnlyDictionary<int, Credential> ById)
    {
        public static readonly IReadOnlyDictionary<int, Credential> None = new Dictionary<int, Credential>();
    }

    private sealed record DomainRow(
        int Id, string Name, string? OwnerType, int OwnerId, bool Verified, string? Spf, string? Dkim, string? Mx, string? ReturnPath);
}
