namespace PostalExporter.Configuration;

/// <summary>
/// What one source (environment, the exporter's file, Postal's file) says about a database; null where it says
/// nothing. Both sections share this type: <see cref="Database"/> is the name for <c>main_db</c> and the prefix
/// of the names for <c>message_db</c>.
/// </summary>
internal sealed record DatabaseLayer
{
    public string? Host { get; init; }

    public int? Port { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public string? Database { get; init; }

    public string? TlsMode { get; init; }

    public string? TlsCaFile { get; init; }

    /// <summary>This layer, with <paramref name="lower"/> where it says nothing.</summary>
    public DatabaseLayer Over(DatabaseLayer lower) => new()
    {
        Host = Host ?? lower.Host,
        Port = Port ?? lower.Port,
        Username = Username ?? lower.Username,
        Password = Password ?? lower.Password,
        Database = Database ?? lower.Database,
        TlsMode = TlsMode ?? lower.TlsMode,
        TlsCaFile = TlsCaFile ?? lower.TlsCaFile,
    };

    /// <summary>The options of <c>main_db</c>, with Postal's defaults where this layer says nothing.</summary>
    public MainDatabaseOptions ToMainDatabase()
    {
        var defaults = new MainDatabaseOptions();
        return Fill(defaults) with { Database = Database ?? defaults.Database };
    }

    /// <summary>The options of <c>message_db</c>, with Postal's defaults where this layer says nothing.</summary>
    public MessageDatabaseOptions ToMessageDatabase()
    {
        var defaults = new MessageDatabaseOptions();
        return Fill(defaults) with { DatabaseNamePrefix = Database ?? defaults.DatabaseNamePrefix };
    }

    /// <summary>Never shows the password.</summary>
    public override string ToString() => $"{Username}@{Host}:{Port}";

    private T Fill<T>(T defaults)
        where T : DatabaseOptions => defaults with
        {
            Host = Host ?? defaults.Host,
            Port = Port ?? defaults.Port,
            Username = Username ?? defaults.Username,
            Password = Password ?? defaults.Password,
            TlsMode = TlsMode ?? defaults.TlsMode,
            TlsCaFile = TlsCaFile ?? defaults.TlsCaFile,
        };
}
