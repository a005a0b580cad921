using PostalExporter.Configuration;

namespace PostalExporter.Postal;

/// <summary>What the main database says exists: one picture, read at each collection.</summary>
/// <param name="Servers">Live mail servers (neither they nor their organization deleted), ordered by id.</param>
/// <param name="Domains">Domains of live servers and organizations, ordered by id.</param>
internal sealed record Installation(IReadOnlyList<MailServer> Servers, IReadOnlyList<Domain> Domains)
{
    /// <summary>An installation of which nothing is known.</summary>
    public static readonly Installation Empty = new([], []);

    /// <summary>The servers by <c>servers.id</c>.</summary>
    public IReadOnlyDictionary<int, MailServer> ServersById { get; } = Servers.ToDictionary(server => server.Id);

    /// <summary>What one of several exporters sees: the servers of its shard and their domains.</summary>
    /// <remarks>Domains of organizations stay in all of them, as any server of the organization sends in their name.</remarks>
    public Installation Of(ShardOptions shard)
    {
        if (shard.Count == 1)
            return this;
        var own = Servers.Where(server => shard.Owns(server.Id)).ToList();
        var names = own.Select(server => (server.Organization, server.Permalink)).ToHashSet();
        return new Installation(own, [.. Domains.Where(domain => domain.Server.Length == 0 || names.Contains((domain.Organization, domain.Server)))]);
    }
}

/// <summary>A live mail server. Source: <c>servers</c> joined with <c>organizations</c>.</summary>
internal sealed record MailServer
{
    /// <summary><c>servers.id</c>; the message database is named after it.</summary>
    public required int Id { get; init; }

    /// <summary><c>servers.uuid</c>; another one under the same id is another server.</summary>
    public required string Uuid { get; init; }

    /// <summary><c>organizations.id</c>.</summary>
    public required int OrganizationId { get; init; }

    /// <summary><c>organizations.permalink</c>, the label <c>organization</c>.</summary>
    public required string Organization { get; init; }

    /// <summary><c>servers.permalink</c>, the label <c>server</c>.</summary>
    public required string Permalink { get; init; }

    /// <summary><c>servers.mode</c> (<c>Live</c> or <c>Development</c>), empty when NULL.</summary>
    public required string Mode { get; init; }

    /// <summary>Whether the server or its organization is suspended.</summary>
    public required bool Suspended { get; init; }

    /// <summary>Outgoing messages per hour, null when unlimited. Source: <c>servers.send_limit</c>.</summary>
    public int? SendLimit { get; init; }

    /// <summary>Whether <see cref="SendLimit"/> can be read: NULL means unlimited only then.</summary>
    public bool SendLimitIsKnown { get; init; }

    /// <summary>Whether outgoing mail is scanned: <c>servers.outbound_spam_threshold</c> is not NULL. Null when the column cannot be read.</summary>
    public bool? ScansOutgoing { get; init; }

    /// <summary><c>servers.privacy_mode</c>. Null when the column does not exist or cannot be read.</summary>
    public bool? PrivacyMode { get; init; }

    /// <summary>Credentials by <c>credentials.id</c>.</summary>
    public required IReadOnlyDictionary<int, Credential> Credentials { get; init; }
}

/// <summary>A credential. Source: <c>credentials</c>, never its key.</summary>
/// <param name="Id"><c>credentials.id</c>.</param>
/// <param name="Label">The label <c>credential</c>: the name, made unique within its server.</param>
/// <param name="Type"><c>SMTP</c>, <c>API</c> or <c>SMTP-IP</c>, empty when NULL.</param>
/// <param name="Held">Whether all its messages are held.</param>
/// <param name="LastUsed">Unix seconds of the last authentication, null when never used.</param>
internal sealed record Credential(int Id, string Label, string Type, bool Held, double? LastUsed);

/// <summary>A domain and its DNS checks. Source: <c>domains</c>.</summary>
/// <param name="Id"><c>domains.id</c>.</param>
/// <param name="Name">Lower-case name.</param>
/// <param name="Organization">Permalink of the owner's organization.</param>
/// <param name="Server">Permalink of the owning server, empty when an organization owns it.</param>
/// <param name="Verified">Whether <c>verified_at</c> is set.</param>
/// <param name="Spf"><c>OK</c>, <c>Missing</c>, <c>Invalid</c>, or null before the first check.</param>
/// <param name="Dkim">As <paramref name="Spf"/>.</param>
/// <param name="Mx">As <paramref name="Spf"/>.</param>
/// <param name="ReturnPath">As <paramref name="Spf"/>.</param>
internal sealed record Domain(
    int Id, string Name, string Organization, string Server, bool Verified, string? Spf, string? Dkim, string? Mx, string? ReturnPath);
