using PostalExporter.Signals;
using PostalExporter.Lists;

namespace PostalExporter.Configuration;

/// <summary>The whole configuration, validated; a reload replaces it as one.</summary>
internal sealed record ExporterConfiguration
{
    /// <summary>Where Postal's main database is. YAML: <c>main_db</c>.</summary>
    public required MainDatabaseOptions MainDatabase { get; init; }

    /// <summary>Where the message databases are. YAML: <c>message_db</c>.</summary>
    public required MessageDatabaseOptions MessageDatabase { get; init; }

    /// <summary>YAML: <c>state</c>.</summary>
    public StateOptions State { get; init; } = new();

    /// <summary>YAML: <c>shard</c>.</summary>
    public ShardOptions Shard { get; init; } = ShardOptions.Whole;

    /// <summary>YAML: <c>collection</c>.</summary>
    public CollectionOptions Collection { get; init; } = new();

    /// <summary>YAML: <c>limits</c>.</summary>
    public LimitOptions Limits { get; init; } = new();

    /// <summary>YAML: <c>signals</c>.</summary>
    public SignalOptions Signals { get; init; } = new();

    /// <summary>YAML: <c>lists</c>, with what their files hold.</summary>
    public OperatorLists Lists { get; init; } = OperatorLists.None;

    /// <summary>Credentials that nobody uses: any use is a compromise. YAML: <c>canary_credentials</c>.</summary>
    public IReadOnlySet<CanaryCredential> CanaryCredentials { get; init; } = new HashSet<CanaryCredential>();

    /// <summary>YAML: <c>thresholds</c>.</summary>
    public ThresholdOptions Thresholds { get; init; } = new();

    /// <summary>YAML: <c>complaints</c>.</summary>
    public ComplaintOptions Complaints { get; init; } = new();

    /// <summary>YAML: <c>sources</c>.</summary>
    public SourceOptions Sources { get; init; } = new();

    /// <summary>YAML: <c>content</c>.</summary>
    public ContentOptions Content { get; init; } = new();

    /// <summary>YAML: <c>campaigns</c>.</summary>
    public IReadOnlyList<Campaign> Campaigns { get; init; } = [];

    /// <summary>Says why deliveries failed. YAML: <c>failure_reasons</c>, a file whose rules come before the built-in ones.</summary>
    public FailureClassifier FailureReasons { get; init; } = FailureReasonsReader.BuiltIn;
}

/// <summary>One MariaDB account and host, with Postal's own keys.</summary>
internal record DatabaseOptions
{
    /// <summary>Host name or address.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>TCP port.</summary>
    public int Port { get; init; } = 3306;

    /// <summary>Account name.</summary>
    public string Username { get; init; } = "postal";

    /// <summary>Password in clear; never logged. Postal has no default for it.</summary>
    public string Password { get; init; } = "";

    /// <summary>TLS to the database: <c>disabled</c>, <c>preferred</c>, <c>required</c>, <c>verify_ca</c> or <c>verify_full</c>.</summary>
    public string TlsMode { get; init; } = "preferred";

    /// <summary>File of the certificate authority for <c>verify_ca</c> and <c>verify_full</c>, or null for the system's.</summary>
    public string? TlsCaFile { get; init; }

    /// <summary>Never shows the password.</summary>
    public sealed override string ToString() => $"{Username}@{Host}:{Port}";
}

/// <summary>YAML: <c>main_db</c>.</summary>
internal sealed record MainDatabaseOptions : DatabaseOptions
{
    /// <summary>Database name.</summary>
    public string Database { get; init; } = "postal";
}

/// <summary>YAML: <c>message_db</c>.</summary>
internal sealed record MessageDatabaseOptions : DatabaseOptions
{
    /// <summary>Message databases are named <c>PREFIX-server-ID</c>.</summary>
    public string DatabaseNamePrefix { get; init; } = "postal";
}

/// <summary>YAML: <c>state</c>.</summary>
internal sealed record StateOptions
{
    /// <summary>Directory of the state store.</summary>
    public string Path { get; init; } = "/var/lib/postal-exporter";

    /// <summary>How long a missing id is waited for.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long counters of a server, credential or sending domain that is gone stay exposed and kept.</summary>
    public TimeSpan DeletedServerGrace { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>YAML: <c>collection</c>.</summary>
internal sealed record CollectionOptions
{
    /// <summary>Time for a collection when the scrape does not say its timeout.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Subtracted from the scrape's timeout, for writing the answer.</summary>
    public TimeSpan TimeoutOffset { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Rows per page of the tail.</summary>
    public int PageRows { get; init; } = 5000;
}

/// <summary>YAML: <c>limits</c>.</summary>
internal sealed record LimitOptions
{
    /// <summary>Credentials of a server that have series of their own.</summary>
    public int CredentialsPerServer { get; init; } = 200;

    /// <summary>Sending domains of a server, or of an organization, that have series of their own.</summary>
    public int SenderDomainsPerServer { get; init; } = 500;

    /// <summary>Recipient domains of a server that have series of their own.</summary>
    public int RecipientDomainsPerServer { get; init; } = 50;
}

/// <summary>A credential that was laid out as a trap. YAML: an entry of <c>canary_credentials</c>.</summary>
/// <param name="Organization">Permalink.</param>
/// <param name="Server">Permalink.</param>
/// <param name="Credential">The label <c>credential</c>.</param>
internal readonly record struct CanaryCredential(string Organization, string Server, string Credential);

/// <summary>A campaign that was announced. YAML: an entry of <c>campaigns</c>.</summary>
/// <param name="Name">The label <c>campaign</c>.</param>
/// <param name="Organization">Permalink.</param>
/// <param name="Server">Permalink, or null for all servers of the organization.</param>
/// <param name="Start">First moment.</param>
/// <param name="End">First moment after it.</param>
internal sealed record Campaign(string Name, string Organization, string? Server, DateTimeOffset Start, DateTimeOffset End);
