namespace PostalExporter.Configuration;

/// <summary>YAML: <c>thresholds</c>. Limits by signal and severity: built-in, defaults, per organization, per server.</summary>
internal sealed class ThresholdOptions
{
    private readonly IReadOnlyList<Threshold> limits = [];

    /// <summary>The limits in force for a server, the most specific of each signal and severity.</summary>
    /// <param name="organization">Permalink of the organization.</param>
    /// <param name="server">Permalink of the server.</param>
    public IEnumerable<Threshold> Resolve(string organization, string server) => limits;
}

/// <summary>One limit.</summary>
/// <param name="Signal">Name of the signal, a key of <c>thresholds</c>.</param>
/// <param name="Severity"><c>warning</c> or <c>critical</c>.</param>
/// <param name="Value">In the signal's own unit.</param>
internal readonly record struct Threshold(string Signal, string Severity, double Value);
