namespace PostalExporter.Web;

/// <summary>The flags <c>--web.*</c>.</summary>
internal sealed record WebOptions
{
    /// <summary>The port when none is named. No other known exporter, nor Prometheus or Postal, uses it.</summary>
    public const string DefaultListenAddress = ":10587";

    /// <summary>The path of the metrics when none is named.</summary>
    public const string DefaultTelemetryPath = "/metrics";

    /// <summary><c>--web.listen-address</c>.</summary>
    public IReadOnlyList<ListenAddress> ListenAddresses { get; init; } = [];

    /// <summary><c>--web.telemetry-path</c>.</summary>
    public string TelemetryPath { get; init; } = DefaultTelemetryPath;

    /// <summary><c>--web.config.file</c>, or null for neither TLS nor passwords.</summary>
    public string? ConfigFile { get; init; }

    /// <summary><c>--web.enable-lifecycle</c>.</summary>
    public bool EnableLifecycle { get; init; }

    /// <summary>Why a path cannot be the telemetry path, or null when it can.</summary>
    public static string? ProblemOfTelemetryPath(string path) =>
        !path.StartsWith('/') || path.IndexOfAny(['{', '}', '*', '?', '#', ' ']) >= 0 ? "not a path; begin it with / and use plain characters"
        : path.StartsWith("/-/", StringComparison.Ordinal) ? "paths under /-/ are taken; choose another one"
        : null;
}
