using PostalSimulator.Databases;
using PostalSimulator.Schema;

namespace PostalSimulator.Installations;

/// <summary>
/// A Postal installation on a real MariaDB: the main database and one message database for each mail server.
/// One created by <see cref="CreateAsync(string, InstallationDescription, CancellationToken)"/> drops its databases when disposed,
/// unless <see cref="KeepDatabases"/> is set.
/// </summary>
public sealed class Installation : IAsyncDisposable
{
    private readonly List<MailServer> servers = [];
    private readonly List<Organization> organizations = [];

    private Installation(string mainConnectionString, string messageConnectionString, string databasePrefix, TimeProvider time)
    {
        Main = new Database(mainConnectionString);
        Messages = new Database(messageConnectionString);
        DatabasePrefix = databasePrefix;
        Time = time;
    }

    /// <summary>Name of the main database, and what the names of the message databases begin with.</summary>
    public string DatabasePrefix { get; }

    /// <summary>Whether <see cref="DisposeAsync"/> leaves the databases in place.</summary>
    public bool KeepDatabases { get; set; }

    public IReadOnlyList<Organization> Organizations => organizations;

    public IReadOnlyList<MailServer> Servers => servers;

    internal Database Main { get; }

    internal Database Messages { get; }

    internal TimeProvider Time { get; }

    /// <summary>Creates the databases and everything described, main and message databases on the same MariaDB.</summary>
    /// <exception cref="MySqlConnector.MySqlException">The main database exists, or the account lacks a right.</exception>
    public static Task<Installation> CreateAsync(string connectionString, InstallationDescription description, CancellationToken cancellationToken) =>
        CreateAsync(connectionString, connectionString, description, TimeProvider.System, cancellationToken);

    /// <inheritdoc cref="CreateAsync(string, InstallationDescription, CancellationToken)"/>
    /// <remarks>Main and message databases may live on different hosts; all written times come from <paramref name="time"/>.</remarks>
    public static async Task<Installation> CreateAsync(
        string mainConnectionString, string messageConnectionString, InstallationDescription description, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var installation = new Installation(mainConnectionString, messageConnectionString, description.DatabasePrefix, time);
        await using (var connection = await installation.Main.OpenAsync(cancellationToken))
            await PostalSchema.CreateMainAsync(connection, description.DatabasePrefix, cancellationToken);
        foreach (var organization in description.Organizations)
            await installation.AddOrganizationAsync(organization, cancellationToken);
        return installation;
    }

    /// <summary>Opens an installation that exists. Disposing it keeps the databases.</summary>
    public static async Task<Installation> OpenAsync(
        string mainConnectionString, string messageConnectionString, string databasePrefix, TimeProvider time, CancellationToken cancellationToken)
    {
        var installation = new Installation(mainConnectionString, messageConnectionString, databasePrefix, time) { KeepDatabases = true };
        installation.organizations.AddRange(await installation.Main.QueryAsync<Organization>(
            $"SELECT CAST(id AS INT) AS Id, name, permalink FROM {installation.MainTable("organizations")} WHERE deleted_at IS NULL ORDER BY id",
            null, cancellationToken));
        foreach (var organization in installation.organizations)
            installation.servers.AddRange(await MailServer.LoadAsync(installation, organization, cancellationToken));
        return installation;
    }

    /// <summary>The server with this permalink; its organization's permalink in front, with a slash, where servers share one.</summary>
    /// <exception cref="InvalidOperationException">There is none, or more than one.</exception>
    public MailServer Server(string permalink) =>
        servers.Where(server => server.Permalink == permalink || server.Path == permalink).ToList() is [var only]
            ? only
            : throw new InvalidOperationException($"there is not exactly one mail server '{permalink}'; there are: {string.Join(", ", servers.Select(server => server.Path))}");

    public async Task<Organization> AddOrganizationAsync(OrganizationDescription description, CancellationToken cancellationToken)
    {
        var now = Time.GetUtcNow().UtcDateTime;
        var id = await Main.SaveAsync(MainTable("organizations"),
        [
            ("uuid", Tokens.Uuid()), ("name", description.Name), ("permalink", description.Permalink), ("time_zone", "UTC"),
            ("created_at", now), ("updated_at", now),
        ], cancellationToken);
        var organization = new Organization(id, description.Name, description.Permalink);
        organizations.Add(organization);
        foreach (var server in description.Servers)
            await AddServerAsync(organization, server, cancellationToken);
        return organization;
    }

    /// <summary>Adds a mail server at run time. As in Postal its message database is there a moment before its row.</summary>
    public async Task<MailServer> AddServerAsync(Organization organization, ServerDescription description, CancellationToken cancellationToken)
    {
        var server = await MailServer.CreateAsync(this, organization, description, cancellationToken);
        servers.Add(server);
        return server;
    }

    /// <summary>Suspends the organization: its servers' own rows stay as they are.</summary>
    public Task SuspendOrganizationAsync(Organization organization, CancellationToken cancellationToken) =>
        SetOrganizationAsync(organization, "suspended_at = @now, suspension_reason = 'Suspended by an administrator'", cancellationToken);

    /// <summary>What the UI does when an organization is deleted: only its own row is marked.</summary>
    public Task SoftDeleteOrganizationAsync(Organization organization, CancellationToken cancellationToken) =>
        SetOrganizationAsync(organization, "deleted_at = @now", cancellationToken);

    /// <summary>Drops every database of this installation.</summary>
    public async Task DropAsync(CancellationToken cancellationToken)
    {
        var databases = await Messages.QueryAsync<string>(
            "SELECT schema_name FROM information_schema.schemata WHERE LEFT(schema_name, CHAR_LENGTH(@prefix)) = @prefix",
            new { prefix = $"{DatabasePrefix}-server-" }, cancellationToken);
        foreach (var database in databases)
            await Messages.ExecuteAsync($"DROP DATABASE IF EXISTS {Sql.Quote(database)}", null, cancellationToken);
        await Main.ExecuteAsync($"DROP DATABASE IF EXISTS {Sql.Quote(DatabasePrefix)}", null, cancellationToken);
        servers.Clear();
        organizations.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!KeepDatabases)
            await DropAsync(CancellationToken.None);
        await Main.DisposeAsync();
        await Messages.DisposeAsync();
    }

    /// <summary>A quoted table of the main database.</summary>
    internal string MainTable(string name) => Sql.Quote(DatabasePrefix, name);

    internal void Forget(MailServer server) => servers.Remove(server);

    private Task SetOrganizationAsync(Organization organization, string assignments, CancellationToken cancellationToken) =>
        Main.ExecuteAsync($"UPDATE {MainTable("organizations")} SET {assignments}, updated_at = @now WHERE id = @id",
            new { organization.Id, now = Time.GetUtcNow().UtcDateTime }, cancellationToken);
}
