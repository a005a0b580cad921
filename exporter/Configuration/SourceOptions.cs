namespace PostalExporter.Configuration;

/// <summary>Whether the networks are watched that mail is handed in from, which reads the header block of every outgoing message. YAML: <c>sources</c>.</summary>
internal sealed record SourceOptions
{
    /// <summary>Whether they are.</summary>
    public bool Enabled { get; init; }

    /// <summary>How long a network stays known to a credential that is not used from it any more.</summary>
    public TimeSpan LookBack { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long after its first message no network of a credential is called new.</summary>
    public TimeSpan LearnFor { get; init; } = TimeSpan.FromDays(3);

    /// <summary>MaxMind database file with countries, or null.</summary>
    public string? CountryDatabase { get; init; }

    /// <summary>MaxMind database file with autonomous systems, or null.</summary>
    public string? AsnDatabase { get; init; }
}
