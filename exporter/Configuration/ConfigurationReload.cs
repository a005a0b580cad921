namespace PostalExporter.Configuration;

/// <summary>
/// Holds the configuration in force and loads it anew. A configuration that cannot be used changes nothing:
/// the one before it stays.
/// </summary>
/// <param name="load">Loads the configuration.</param>
/// <param name="initial">The configuration at the start.</param>
/// <param name="apply">Puts a configuration in force.</param>
/// <param name="reportFailure">Counts a configuration that could not be used.</param>
/// <param name="logger">Where both are told.</param>
internal sealed class ConfigurationReload(
    Func<LoadedConfiguration> load,
    ExporterConfiguration initial,
    Action<ExporterConfiguration> apply,
    Action reportFailure,
    ILogger logger)
{
    private readonly Lock gate = new();
    private volatile ExporterConfiguration current = initial;

    /// <summary>The configuration in force.</summary>
    public ExporterConfiguration Current => current;

    /// <summary>Loads the configuration again; the log says how it went.</summary>
    /// <returns>Whether the new one is in force.</returns>
    public bool Reload()
    {
        lock (gate)
        {
            try
            {
                var loaded = load();
                Keep("state.path", loaded.Configuration.State.Path, current.State.Path);
                Keep("shard", loaded.Configuration.Shard, current.Shard);

                current = loaded.Configuration;
                apply(loaded.Configuration);
                ConfigurationLog.Reloaded(logger);
                ConfigurationLog.Notices(logger, loaded);
                return true;
            }
            catch (ConfigurationException exception)
            {
                reportFailure();
                foreach (var problem in exception.Problems)
                    ConfigurationLog.ReloadFailed(logger, problem.ToString());
                return false;
            }
        }
    }

    private static void Keep<T>(string key, T wanted, T inForce)
        where T : notnull
    {
        if (!wanted.Equals(inForce))
            throw new ConfigurationException([new ConfigurationProblem("reload", 0, key, "cannot change while the exporter runs; restart it")]);
    }
}
