namespace PostalExporter.RulePacks;

/// <summary>What rendered rules are for.</summary>
internal enum RenderTarget
{
    /// <summary>Prometheus from 2.42 on, and every ruler that knows its rules.</summary>
    Prometheus,

    /// <summary>vmalert as Debian 12 has it (1.79), which refuses <c>keep_firing_for</c>. Newer ones take what Prometheus does.</summary>
    Vmalert,
}

/// <summary>One rule of an alert.</summary>
/// <param name="Alert">The alert's name.</param>
/// <param name="Severity">The rule's severity in the pack.</param>
internal readonly record struct AlertRule(string Alert, string? Severity);

/// <summary>What an operator wants different from the pack.</summary>
internal sealed record RenderOptions
{
    /// <summary>Address that runbooks are below, with a slash at its end; null for that of the pack.</summary>
    public string? RunbookBaseUrl { get; init; }

    /// <summary>Address of Grafana, with a slash at its end; null for that of the pack.</summary>
    public string? DashboardBaseUrl { get; init; }

    /// <summary>Labels added to every alert, by name.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Labels added to the alerts of a category, by category and name; they come before those of every alert.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> CategoryLabels { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>Rules that are left out.</summary>
    public IReadOnlySet<AlertRule> Disabled { get; init; } = new HashSet<AlertRule>();

    /// <summary>The severity of rules that get another one.</summary>
    public IReadOnlyDictionary<AlertRule, string> Severities { get; init; } = new Dictionary<AlertRule, string>();

    /// <summary>Interval of groups that have none of their own; null for that of the engine.</summary>
    public string? Interval { get; init; }

    /// <summary>Interval of single groups, by name.</summary>
    public IReadOnlyDictionary<string, string> Intervals { get; init; } = new Dictionary<string, string>();
}
