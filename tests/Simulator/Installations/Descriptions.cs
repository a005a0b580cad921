namespace PostalSimulator.Installations;

/// <summary>What an installation consists of when it is created.</summary>
public sealed record InstallationDescription
{
    /// <summary>
    /// Name of the main database; message databases are named <c>PREFIX-server-ID</c>. Postal's default is <c>postal</c>.
    /// Installations on the same MariaDB need prefixes of their own, see <see cref="UniquePrefix"/>.
    /// </summary>
    public string DatabasePrefix { get; init; } = "postal";

    public IReadOnlyList<OrganizationDescription> Organizations { get; init; } = [];

    /// <summary>A prefix no other installation has.</summary>
    public static string UniquePrefix() => $"postal-{Guid.NewGuid():N}"[..19];

    /// <summary>One organization <c>acme</c> with one server <c>mail</c>, the domain <c>acme.example</c> and the named SMTP credentials; unique prefix.</summary>
    public static InstallationDescription WithCredentials(params string[] names) => new()
    {
        DatabasePrefix = UniquePrefix(),
        Organizations =
        [
            new("Acme", "acme")
            {
                Servers =
                [
                    new("Mail", "mail") { Domains = ["acme.example"], Credentials = [.. names.Select(name => new CredentialDescription(name))] },
                ],
            },
        ],
    };
}

/// <summary>An organization. Source: <c>organizations</c>.</summary>
public sealed record OrganizationDescription(string Name, string Permalink)
{
    public IReadOnlyList<ServerDescription> Servers { get; init; } = [];
}

/// <summary>A mail server. Source: <c>servers</c>.</summary>
public sealed record ServerDescription(string Name, string Permalink)
{
    /// <summary><c>Live</c> or <c>Development</c>.</summary>
    public string Mode { get; init; } = "Live";

    /// <summary>Messages per hour; null for no limit.</summary>
    public int? SendLimit { get; init; }

    /// <summary>Days; null keeps messages for ever.</summary>
    public int? MessageRetentionDays { get; init; } = 60;

    /// <summary>Days; null keeps raw messages for ever.</summary>
    public int? RawMessageRetentionDays { get; init; } = 30;

    /// <summary>Mebibytes; null for no limit.</summary>
    public int? RawMessageRetentionSize { get; init; } = 2048;

    /// <summary>Score from which outgoing mail is refused as spam; null does not scan outgoing mail.</summary>
    public decimal? OutboundSpamThreshold { get; init; }

    public bool PrivacyMode { get; init; }

    public IReadOnlyList<string> Domains { get; init; } = [];

    public IReadOnlyList<CredentialDescription> Credentials { get; init; } = [];

    /// <summary>The id the row gets; null lets the database count. An id used before is how Postal comes to replace a message database.</summary>
    public long? Id { get; init; }
}

/// <summary>A credential. Source: <c>credentials</c>.</summary>
/// <param name="Name">As the UI shows it; need not be unique.</param>
/// <param name="Type"><c>SMTP</c>, <c>API</c> or <c>SMTP-IP</c>.</param>
public sealed record CredentialDescription(string Name, string Type = "SMTP")
{
    public bool Hold { get; init; }

    /// <summary>Time since its last use; null for one that was never used.</summary>
    public TimeSpan? UnusedFor { get; init; }
}
