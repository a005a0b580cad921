using PostalSimulator.Databases;
using PostalSimulator.Schema;

namespace PostalSimulator.Installations;

/// <summary>One mail server: its rows in the main database and its message database.</summary>
public sealed partial class MailServer
{
    private readonly Installation installation;
    // Replaced whole, so that writers of a live run can read them meanwhile.
    private IReadOnlyList<Credential> credentials = [];
    private IReadOnlyList<SendingDomain> domains = [];
    private IReadOnlyList<Route> routes = [];
    private bool isPrivate;

    private MailServer(Installation installation, Organization organization, long id, string permalink, string token, bool isPrivate)
    {
        this.isPrivate = isPrivate;
        this.installation = installation;
        Organization = organization;
        Id = id;
        Permalink = permalink;
        Token = token;
        raw = new RawTables(installation.Messages, DatabaseName);
    }

    /// <summary><c>servers.id</c>.</summary>
    public long Id { get; }

    public Organization Organization { get; }

    public string Permalink { get; }

    /// <summary>Organization and server permalink with a slash between them.</summary>
    public string Path => $"{Organization.Permalink}/{Permalink}";

    /// <summary>Local part of the server's return path.</summary>
    public string Token { get; }

    /// <summary>Unquoted name of the message database.</summary>
    public string DatabaseName => $"{installation.DatabasePrefix}-server-{Id}";

    public IReadOnlyList<Credential> Credentials => credentials;

    public IReadOnlyList<SendingDomain> Domains => domains;

    public IReadOnlyList<Route> Routes => routes;

    internal Installation Installation => installation;

    /// <summary>The first credential of that name.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public Credential Credential(string name) =>
        credentials.FirstOrDefault(credential => credential.Name == name) ?? throw new InvalidOperationException($"mail server '{Path}' has no credential '{name}'");

    public async Task<Credential> AddCredentialAsync(CredentialDescription description, CancellationToken cancellationToken)
    {
        var now = installation.Time.GetUtcNow().UtcDateTime;
        var lastUsedAt = now - description.UnusedFor;
        var id = await installation.Main.SaveAsync(installation.MainTable("credentials"),
        [
            ("server_id", Id), ("key", description.Type == "SMTP-IP" ? "192.0.2.0/24" : Tokens.Random(24)), ("type", description.Type),
            ("name", description.Name), ("hold", description.Hold), ("uuid", Tokens.Uuid()), ("last_used_at", lastUsedAt),
            // It was made before it was used.
            ("created_at", lastUsedAt?.AddDays(-1) ?? now), ("updated_at", now),
        ], cancellationToken);
        var credential = new Credential(id, description.Name, description.Type);
        credentials = [.. credentials, credential];
        return credential;
    }

    public async Task<Credential> RenameCredentialAsync(Credential credential, string name, CancellationToken cancellationToken)
    {
        await UpdateMainAsync("credentials", credential.Id, "name = @name", new { credential.Id, name, Now }, cancellationToken);
        var renamed = credential with { Name = name };
        credentials = [.. credentials.Select(known => known.Id == credential.Id ? renamed : known)];
        return renamed;
    }

    /// <summary>Sets or clears the flag that holds everything the credential sends.</summary>
    public Task SetCredentialHoldAsync(Credential credential, bool hold, CancellationToken cancellationToken) =>
        UpdateMainAsync("credentials", credential.Id, "hold = @hold", new { credential.Id, hold, Now }, cancellationToken);

    /// <summary>Deletes the row; messages keep its id.</summary>
    public async Task DeleteCredentialAsync(Credential credential, CancellationToken cancellationToken)
    {
        await installation.Main.ExecuteAsync($"DELETE FROM {installation.MainTable("credentials")} WHERE id = @Id", new { credential.Id }, cancellationToken);
        credentials = [.. credentials.Where(known => known.Id != credential.Id)];
    }

    /// <summary>Adds a verified domain whose DNS records are all right.</summary>
    public async Task<SendingDomain> AddDomainAsync(string name, CancellationToken cancellationToken)
    {
        var id = await installation.Main.SaveAsync(installation.MainTable("domains"),
        [
            ("uuid", Tokens.Uuid()), ("name", name), ("verification_token", Tokens.Random(32)), ("verification_method", "DNS"), ("verified_at", Now),
            ("owner_type", "Server"), ("owner_id", Id), ("spf_status", "OK"), ("dkim_status", "OK"), ("mx_status", "OK"), ("return_path_status", "OK"),
            ("dns_checked_at", Now), ("dkim_identifier_string", Tokens.Random(6)), ("created_at", Now), ("updated_at", Now),
        ], cancellationToken);
        var domain = new SendingDomain(id, name);
        domains = [.. domains, domain];
        return domain;
    }

    /// <summary>Records what Postal's hourly check found for a domain: <c>OK</c>, <c>Missing</c>, <c>Invalid</c> or null.</summary>
    public Task SetDomainDnsAsync(SendingDomain domain, string? spf, string? dkim, string? mx, string? returnPath, CancellationToken cancellationToken) =>
        UpdateMainAsync("domains", domain.Id,
            "spf_status = @spf, dkim_status = @dkim, mx_status = @mx, return_path_status = @returnPath, dns_checked_at = @Now",
            new { domain.Id, spf, dkim, mx, returnPath, Now }, cancellationToken);

    public async Task DeleteDomainAsync(SendingDomain domain, CancellationToken cancellationToken)
    {
        await installation.Main.ExecuteAsync($"DELETE FROM {installation.MainTable("domains")} WHERE id = @Id", new { domain.Id }, cancellationToken);
        domains = [.. domains.Where(known => known.Id != domain.Id)];
    }

    /// <summary>Adds a route for an address of one of the server's domains.</summary>
    /// <param name="address">What it receives for.</param>
    /// <param name="mode"><c>Accept</c> (kept, no endpoint), <c>Hold</c>, <c>Bounce</c> or <c>Reject</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">The address's domain is none of the server's.</exception>
    public async Task<Route> AddRouteAsync(string address, string mode, CancellationToken cancellationToken)
    {
        var at = address.LastIndexOf('@');
        var domain = domains.FirstOrDefault(known => known.Name == address[(at + 1)..])
            ?? throw new InvalidOperationException($"{address}: server {Path} has no such domain; it has {string.Join(", ", domains.Select(known => known.Name))}");
        var id = await installation.Main.SaveAsync(installation.MainTable("routes"),
        [
            ("uuid", Tokens.Uuid()), ("server_id", Id), ("domain_id", domain.Id), ("name", address[..at]), ("spam_mode", "Mark"), ("mode", mode),
            ("token", Tokens.Random(8)), ("created_at", Now), ("updated_at", Now),
        ], cancellationToken);
        var route = new Route(id, address, domain, mode);
        routes = [.. routes, route];
        return route;
    }

    /// <summary>Whether stored <c>Received</c> headers of authenticated clients and of the API leave out who they are.</summary>
    public async Task SetPrivacyModeAsync(bool isOn, CancellationToken cancellationToken)
    {
        await UpdateMainAsync("servers", Id, "privacy_mode = @isOn", new { Id, isOn, Now }, cancellationToken);
        isPrivate = isOn;
    }

    /// <summary>Messages per hour; null for no limit.</summary>
    public Task SetSendLimitAsync(int? limit, CancellationToken cancellationToken) =>
        UpdateMainAsync("servers", Id, "send_limit = @limit", new { Id, limit, Now }, cancellationToken);

    /// <summary><c>Live</c> or <c>Development</c>.</summary>
    public Task SetModeAsync(string mode, CancellationToken cancellationToken) =>
        UpdateMainAsync("servers", Id, "mode = @mode", new { Id, mode, Now }, cancellationToken);

    public Task SuspendAsync(string reason, CancellationToken cancellationToken) =>
        UpdateMainAsync("servers", Id, "suspended_at = @Now, suspension_reason = @reason", new { Id, reason, Now }, cancellationToken);

    public Task UnsuspendAsync(CancellationToken cancellationToken) =>
        UpdateMainAsync("servers", Id, "suspended_at = NULL, suspension_reason = NULL", new { Id, Now }, cancellationToken);

    /// <summary>What the UI does when a server is deleted: the row is marked, mail still flows until <see cref="DestroyAsync"/>.</summary>
    public Task SoftDeleteAsync(CancellationToken cancellationToken) =>
        UpdateMainAsync("servers", Id, "deleted_at = @Now", new { Id, Now }, cancellationToken);

    /// <summary>What the hourly task does with a deleted server: rows go first, then the message database.</summary>
    public async Task DestroyAsync(CancellationToken cancellationToken)
    {
        foreach (var table in (string[])["credentials", "queued_messages", "webhooks", "webhook_requests", "routes"])
            await installation.Main.ExecuteAsync($"DELETE FROM {installation.MainTable(table)} WHERE server_id = @Id", new { Id }, cancellationToken);
        await installation.Main.ExecuteAsync(
            $"DELETE FROM {installation.MainTable("domains")} WHERE owner_type = 'Server' AND owner_id = @Id", new { Id }, cancellationToken);
        await installation.Main.ExecuteAsync($"DELETE FROM {installation.MainTable("servers")} WHERE id = @Id", new { Id }, cancellationToken);
        await DropDatabaseAsync(cancellationToken);
        installation.Forget(this);
    }

    /// <summary>Drops the message database under a living server, as a broken restore would.</summary>
    public Task DropDatabaseAsync(CancellationToken cancellationToken) =>
        installation.Messages.ExecuteAsync($"DROP DATABASE IF EXISTS {Sql.Quote(DatabaseName)}", null, cancellationToken);

    /// <summary>Replaces the message database by an empty one: ids restart at 1.</summary>
    public async Task RecreateDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var connection = await installation.Messages.OpenAsync(cancellationToken);
        await PostalSchema.CreateMessageAsync(connection, DatabaseName, cancellationToken);
        raw.Forget();
    }

    internal static async Task<MailServer> CreateAsync(
        Installation installation, Organization organization, ServerDescription description, CancellationToken cancellationToken)
    {
        var now = installation.Time.GetUtcNow().UtcDateTime;
        var token = Tokens.ServerToken();
        await using var connection = await installation.Main.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var id = await Database.InsertAsync(connection, transaction, installation.MainTable("servers"),
        [
            ("id", description.Id), ("organization_id", organization.Id), ("uuid", Tokens.Uuid()), ("name", description.Name),
            ("permalink", description.Permalink), ("mode", description.Mode), ("send_limit", description.SendLimit),
            ("message_retention_days", description.MessageRetentionDays), ("raw_message_retention_days", description.RawMessageRetentionDays),
            ("raw_message_retention_size", description.RawMessageRetentionSize), ("token", token), ("spam_threshold", 5.0m),
            ("spam_failure_threshold", 20.0m), ("outbound_spam_threshold", description.OutboundSpamThreshold),
            ("privacy_mode", description.PrivacyMode), ("created_at", now), ("updated_at", now),
        ], cancellationToken);
        var server = new MailServer(installation, organization, description.Id ?? id, description.Permalink, token, description.PrivacyMode);
        await server.RecreateDatabaseAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (var domain in description.Domains)
            await server.AddDomainAsync(domain, cancellationToken);
        foreach (var credential in description.Credentials)
            await server.AddCredentialAsync(credential, cancellationToken);
        return server;
    }

    internal static async Task<IReadOnlyList<MailServer>> LoadAsync(
        Installation installation, Organization organization, CancellationToken cancellationToken)
    {
        var loaded = new List<MailServer>();
        foreach (var row in await installation.Main.QueryAsync<(int Id, string Permalink, string Token, bool PrivacyMode)>(
            $"SELECT id, permalink, token, privacy_mode FROM {installation.MainTable("servers")} WHERE organization_id = @Id AND deleted_at IS NULL ORDER BY id",
            new { organization.Id }, cancellationToken))
        {
            var server = new MailServer(installation, organization, row.Id, row.Permalink, row.Token, row.PrivacyMode);
            server.credentials = [.. (await installation.Main.QueryAsync<(int Id, string Name, string Type)>(
                $"SELECT id, name, type FROM {installation.MainTable("credentials")} WHERE server_id = @Id ORDER BY id",
                new { server.Id }, cancellationToken)).Select(found => new Credential(found.Id, found.Name, found.Type))];
            server.domains = [.. (await installation.Main.QueryAsync<(int Id, string Name)>(
                $"SELECT id, name FROM {installation.MainTable("domains")} WHERE owner_type = 'Server' AND owner_id = @Id ORDER BY id",
                new { server.Id }, cancellationToken)).Select(found => new SendingDomain(found.Id, found.Name))];
            server.routes = [.. (await installation.Main.QueryAsync<(int Id, string Name, int DomainId, string Mode)>(
                $"SELECT id, name, domain_id, mode FROM {installation.MainTable("routes")} WHERE server_id = @Id AND domain_id IS NOT NULL ORDER BY id",
                new { server.Id }, cancellationToken)).Select(server.ToRoute)];
            loaded.Add(server);
        }
        return loaded;
    }

    private Route ToRoute((int Id, string Name, int DomainId, string Mode) row)
    {
        var domain = domains.FirstOrDefault(known => known.Id == row.DomainId) ?? new SendingDomain(row.DomainId, "");
        return new Route(row.Id, $"{row.Name}@{domain.Name}", domain, row.Mode);
    }

    private SendingDomain? FirstDomain => domains is [var first, ..] ? first : null;

    private DateTime Now => installation.Time.GetUtcNow().UtcDateTime;

    private Task UpdateMainAsync(string table, long id, string assignments, object parameters, CancellationToken cancellationToken) =>
        installation.Main.ExecuteAsync(
            $"UPDATE {installation.MainTable(table)} SET {assignments}, updated_at = @Now WHERE id = {id.ToString(System.Globalization.CultureInfo.InvariantCulture)}",
            parameters, cancellationToken);
}
