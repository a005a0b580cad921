using System.Collections.Concurrent;

namespace PostalExporter.Configuration;

/// <summary>YAML: <c>thresholds</c>. Limits by signal and severity: built-in, defaults, per organization, per server.</summary>
internal sealed class ThresholdOptions
{
    private static readonly Dictionary<string, ThresholdLevel> None = [];

    private readonly ThresholdLevel defaults;
    private readonly IReadOnlyDictionary<string, ThresholdLevel> organizations;
    private readonly IReadOnlyDictionary<string, ThresholdLevel> servers;

    // Most servers share a few combinations of levels.
    private readonly ConcurrentDictionary<(ThresholdLevel Server, ThresholdLevel Organization), IReadOnlyList<Threshold>> resolved = new();

    /// <summary>The built-in limits alone.</summary>
    public ThresholdOptions()
        : this(ThresholdLevel.Empty, None, None)
    {
    }

    /// <param name="defaults">What replaces built-in limits everywhere.</param>
    /// <param name="organizations">By permalink of the organization.</param>
    /// <param name="servers">By <c>organization/server</c>.</param>
    public ThresholdOptions(
        ThresholdLevel defaults, IReadOnlyDictionary<string, ThresholdLevel> organizations, IReadOnlyDictionary<string, ThresholdLevel> servers)
    {
        this.defaults = defaults;
        this.organizations = organizations;
        this.servers = servers;
    }

    /// <summary>The limits in force for a server, the most specific of each signal and severity. What is off is positive infinity, which
    /// nothing reaches: an absent limit would mean a signal that this version does not know.</summary>
    /// <param name="organization">Permalink of the organization.</param>
    /// <param name="server">Permalink of the server.</param>
    public IReadOnlyList<Threshold> Resolve(string organization, string server) => resolved.GetOrAdd(
        (servers.GetValueOrDefault($"{organization}/{server}", ThresholdLevel.Empty), organizations.GetValueOrDefault(organization, ThresholdLevel.Empty)),
        level => [.. Resolve([level.Server, level.Organization, defaults])]);

    private static IEnumerable<Threshold> Resolve(ThresholdLevel[] levels)
    {
        foreach (var signal in ThresholdSignals.All)
        {
            yield return new Threshold(signal.Name, ThresholdLevel.Warning, Limit(ThresholdLevel.Warning, signal.Warning));
            yield return new Threshold(signal.Name, ThresholdLevel.Critical, Limit(ThresholdLevel.Critical, signal.Critical));

            double Limit(string severity, double builtIn) =>
                ThresholdLevel.Find(levels, signal.Name, severity, builtIn) ?? double.PositiveInfinity;
        }
    }
}

/// <summary>The limits that one place of the configuration names.</summary>
/// <param name="Limits">By signal and severity; null is <c>off</c>.</param>
internal sealed record ThresholdLevel(IReadOnlyDictionary<(string Signal, string Severity), double?> Limits)
{
    /// <summary>The severity that asks to look today.</summary>
    public const string Warning = "warning";

    /// <summary>The severity that asks to act now.</summary>
    public const string Critical = "critical";

    /// <summary>Names nothing.</summary>
    public static readonly ThresholdLevel Empty = new(new Dictionary<(string, string), double?>());

    /// <summary>The limit of the first level that names it, or the built-in one; null when it is off.</summary>
    public static double? Find(IEnumerable<ThresholdLevel> levels, string signal, string severity, double builtIn)
    {
        foreach (var level in levels)
        {
            if (level.Limits.TryGetValue((signal, severity), out var limit))
                return limit;
        }

        return builtIn;
    }
}

/// <summary>One limit.</summary>
/// <param name="Signal">Name of the signal, a key of <c>thresholds</c>.</param>
/// <param name="Severity"><c>warning</c> or <c>critical</c>.</param>
/// <param name="Value">In the signal's own unit.</param>
internal readonly record struct Threshold(string Signal, string Severity, double Value);
