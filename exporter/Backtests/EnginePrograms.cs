namespace PostalExporter.Backtests;

/// <summary>The programs that a backtest runs.</summary>
/// <param name="VictoriaMetrics">Path of the database.</param>
/// <param name="Vmalert">Path of the program that evaluates rules on it.</param>
internal sealed record EnginePrograms(string VictoriaMetrics, string Vmalert)
{
    /// <summary>Name of the database's program, as Debian installs it.</summary>
    public const string DefaultVictoriaMetrics = "victoria-metrics";

    /// <summary>Name of the evaluating program, as Debian installs it.</summary>
    public const string DefaultVmalert = "vmalert";

    /// <summary>Finds both.</summary>
    /// <param name="victoriaMetrics">Name on <c>PATH</c>, or a path.</param>
    /// <param name="vmalert">Name on <c>PATH</c>, or a path.</param>
    /// <exception cref="BacktestException">One is missing; the message names the package.</exception>
    public static EnginePrograms Find(string victoriaMetrics = DefaultVictoriaMetrics, string vmalert = DefaultVmalert) =>
        new(PathOf(victoriaMetrics, "--victoria-metrics"), PathOf(vmalert, "--vmalert"));

    private static string PathOf(string name, string flag)
    {
        var folders = name.Contains('/', StringComparison.Ordinal) ? [""] : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new BacktestException($"{name}: not found; install Debian's package victoria-metrics, which has both programs, or name the file by {flag}");
    }
}
