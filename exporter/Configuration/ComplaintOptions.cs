namespace PostalExporter.Configuration;

/// <summary>Where complaints come in. YAML: <c>complaints</c>.</summary>
internal sealed record ComplaintOptions
{
    /// <summary>Addresses of incoming mail, in lower case: those of routes that feedback reports and abuse mail arrive at.</summary>
    public IReadOnlySet<string> Routes { get; init; } = new HashSet<string>();

    /// <summary>Whether a recipient is one of them.</summary>
    public bool IsRoute(string? recipient) => Routes.Count > 0 && recipient is not null && Routes.Contains(recipient.ToLowerInvariant());
}
