using System.CommandLine;
using PostalExporter.Collection;
using PostalExporter.Configuration;
using PostalExporter.Postal;
using PostalExporter.Web;

namespace PostalExporter.Cli;

/// <summary><c>check-config</c>: validates a configuration, connects to the databases and says what it found.</summary>
/// <param name="loader">Loads the configuration.</param>
internal sealed class CheckConfigVerb(ConfigurationLoader loader)
{
    /// <summary>Adds the verb.</summary>
    public void AddTo(RootCommand root)
    {
        var configFile = ServeFlags.ConfigFileFlag();
        var webConfigFile = ServeFlags.WebConfigFileFlag();
        var verb = new Command("check-config", "Check the configuration, the databases and what the account can read. Exit status 0 when all is well.")
        {
            configFile,
            webConfigFile,
        };
        verb.SetAction((result, cancellationToken) => RunAsync(
            result.GetValue(configFile), result.GetValue(webConfigFile), result.InvocationConfiguration.Output, cancellationToken));
        root.Add(verb);
    }

    /// <summary>Checks and reports.</summary>
    /// <returns>Exit status.</returns>
    internal async Task<int> RunAsync(string? configFile, string? webConfigFile, TextWriter output, CancellationToken cancellationToken)
    {
        var report = new CheckReport(output);
        if (webConfigFile is not null)
            Try(report, () => CheckWebConfig(webConfigFile, report));

        LoadedConfiguration? loaded = null;
        Try(report, () => loaded = loader.Load(configFile));
        if (loaded is null)
            return report.Close();

        report.Ok($"configuration: {configFile ?? "found without --config.file"}");
        foreach (var notice in loaded.Notices)
            report.Ok(notice);

        foreach (var list in loaded.Configuration.Lists.All)
            report.Ok($"list {list.Name}: {list.Content.Hashes.Count} domains and addresses in {list.Path}");

        var installation = await MainDatabaseCheck.RunAsync(loaded.Configuration.MainDatabase, report, cancellationToken);
        if (installation is not null)
            CheckCanaries(loaded.Configuration.CanaryCredentials, installation, report);
        var shard = loaded.Configuration.Shard;
        var own = (installation ?? Installation.Empty).Of(shard);
        if (shard.Count > 1 && installation is not null)
            report.Ok($"shard {shard}: {CheckReport.Count(own.Servers.Count, "mail server")} of {installation.Servers.Count}");
        await MessageDatabasesCheck.RunAsync(loaded.Configuration.MessageDatabase, own, report, cancellationToken);
        BlindSpotsCheck.Run(own, loaded.Configuration, report);
        return report.Close();
    }

    private static void CheckCanaries(IReadOnlySet<CanaryCredential> canaries, Installation installation, CheckReport report)
    {
        var missing = CanaryWatch.Missing(canaries, installation).ToList();
        foreach (var canary in missing)
            report.Warning($"canary credential {canary.Credential} of {canary.Organization}/{canary.Server} does not exist; correct canary_credentials");
        if (canaries.Count > missing.Count)
            report.Ok($"canary credentials: {canaries.Count - missing.Count} of {canaries.Count} exist");
    }

    private static void CheckWebConfig(string file, CheckReport report)
    {
        using var authentication = WebConfigReader.Read(file).Authentication;
        report.Ok($"web configuration: {file}");
    }

    private static void Try(CheckReport report, Action action)
    {
        try
        {
            action();
        }
        catch (ConfigurationException exception)
        {
            foreach (var problem in exception.Problems)
                report.Problem(problem.ToString());
        }
    }
}
