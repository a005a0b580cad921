using PostalExporter.Signals;

namespace PostalExporter.Configuration;

/// <summary>A configuration with what an operator should know about where it came from.</summary>
/// <param name="Configuration">Validated.</param>
/// <param name="Notices">Sentences for the log at level info.</param>
internal sealed record LoadedConfiguration(ExporterConfiguration Configuration, IReadOnlyList<string> Notices);

/// <summary>
/// Loads the configuration: environment over the exporter's file over Postal's file over Postal's defaults, key by
/// key. The database of one section says nothing about the other, as in Postal.
/// </summary>
/// <param name="environment">The environment variables.</param>
internal sealed class ConfigurationLoader(EnvironmentReader environment)
{
    /// <summary>The file that is read when none is named.</summary>
    public const string DefaultFile = "exporter.yml";

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Loads the configuration.</summary>
    /// <param name="file">The file, or null for <see cref="DefaultFile"/> when it exists.</param>
    /// <exception cref="ConfigurationException">Something is wrong with it; it names everything.</exception>
    public LoadedConfiguration Load(string? file)
    {
        if (file is not null || File.Exists(DefaultFile))
            return Read(file ?? DefaultFile);

        if (!environment.NamesMainDatabase)
            throw new ConfigurationException(
            [
                new ConfigurationProblem(DefaultFile, 0, "", "the file does not exist and no MAIN_DB_* variable is set; "
                    + "name a configuration with --config.file (exporter.example.yml explains every key) or set MAIN_DB_HOST"),
            ]);

        return Complete(new ConfigurationParts(), [], ["no configuration file: environment and defaults are used"]);
    }

    private LoadedConfiguration Read(string file)
    {
        var problems = new ProblemList(file);
        var otherProblems = new List<ConfigurationProblem>();
        var notices = new List<string>();
        return Complete(ReadFile(file, problems, otherProblems, notices), [.. problems.All, .. otherProblems], notices);
    }

    /// <summary>Reads the exporter's file and the files that it names.</summary>
    /// <param name="file">The file.</param>
    /// <param name="problems">What is wrong with it, and every key that the reader knows.</param>
    /// <param name="otherProblems">What is wrong with the files that it names.</param>
    /// <param name="notices">What an operator should know.</param>
    internal static ConfigurationParts ReadFile(
        string file, ProblemList problems, List<ConfigurationProblem> otherProblems, List<string> notices)
    {
        var root = new YamlSection(YamlTree.Load(file, file), "", problems);
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var postal = ReadPostalConfig(root, folder, notices, otherProblems);
        var parts = new ConfigurationParts
        {
            Main = DatabaseSectionReader.Read(root.Section("main_db"), "database", folder).Over(postal?.MainDatabase ?? new()),
            Messages = DatabaseSectionReader.Read(root.Section("message_db"), "database_name_prefix", folder).Over(postal?.MessageDatabase ?? new()),
            State = ReadState(root.Section("state"), folder),
            Shard = ShardLayer.Read(root.Section("shard"), file),
            Collection = ReadCollection(root.Section("collection")),
            Limits = ReadLimits(root.Section("limits")),
            Signals = SignalsSectionReader.Read(root.Section("signals")),
            Lists = ListsReader.ReadLists(root, folder, otherProblems),
            CanaryCredentials = ListsReader.ReadCanaries(root),
            Thresholds = ThresholdSectionReader.Read(root.Section("thresholds")),
            Complaints = ComplaintSectionReader.Read(root.Section("complaints")),
            Sources = SourceSectionReader.Read(root.Section("sources"), folder),
            Content = ContentSectionReader.Read(root.Section("content")),
            Campaigns = CampaignListReader.Read(root),
            FailureReasons = ReadFailureReasons(root, folder, otherProblems),
        };
        root.RefuseUnknown();
        return parts;
    }

    private LoadedConfiguration Complete(
        ConfigurationParts parts, IReadOnlyList<ConfigurationProblem> problems, IReadOnlyList<string> notices)
    {
        var environmentProblems = new ProblemList("environment");
        var main = environment.ReadMainDatabase(environmentProblems).Over(parts.Main);
        var messages = environment.ReadMessageDatabase(environmentProblems).Over(parts.Messages);
        var shard = environment.ReadShard(environmentProblems).Over(parts.Shard).ToOptions(out var shardProblem);
        ConfigurationProblem[] all = [.. problems, .. environmentProblems.All];
        if (all.Length == 0 && shardProblem is not null)
            all = [shardProblem];
        if (all.Length > 0)
            throw new ConfigurationException(all);

        return new LoadedConfiguration(
            new ExporterConfiguration
            {
                MainDatabase = main.ToMainDatabase(),
                MessageDatabase = messages.ToMessageDatabase(),
                State = parts.State,
                Shard = shard,
                Collection = parts.Collection,
                Limits = parts.Limits,
                Signals = parts.Signals,
                Lists = parts.Lists,
                CanaryCredentials = parts.CanaryCredentials,
                Thresholds = parts.Thresholds,
                Complaints = parts.Complaints,
                Sources = parts.Sources,
                Content = parts.Content,
                Campaigns = parts.Campaigns,
                FailureReasons = parts.FailureReasons,
            },
            notices);
    }

    private static PostalConfigReader? ReadPostalConfig(
        YamlSection root, string folder, List<string> notices, List<ConfigurationProblem> otherProblems)
    {
        if (root.Text("postal_config") is not { } relative)
            return null;

        var path = Path.GetFullPath(Path.Combine(folder, relative));
        if (!File.Exists(path))
        {
            root.Problem("postal_config", "the file does not exist; check the path");
            return null;
        }

        try
        {
            var problems = new ProblemList(path);
            var postal = PostalConfigReader.Read(path, problems);
            otherProblems.AddRange(problems.All);
            notices.Add(postal.Version == 1
                ? $"databases are read from {path}, which has Postal's old format (version 1)"
                : $"databases are read from {path}");
            return postal;
        }
        catch (ConfigurationException exception)
        {
            otherProblems.AddRange(exception.Problems);
            return null;
        }
    }

    private static FailureClassifier ReadFailureReasons(YamlSection root, string folder, List<ConfigurationProblem> otherProblems)
    {
        if (root.Text("failure_reasons") is not { } relative)
            return FailureReasonsReader.BuiltIn;

        var path = Path.GetFullPath(Path.Combine(folder, relative));
        if (!File.Exists(path))
        {
            root.Problem("failure_reasons", "the file does not exist; check the path");
            return FailureReasonsReader.BuiltIn;
        }

        try
        {
            var problems = new ProblemList(path);
            var classifier = FailureReasonsReader.Read(path, problems);
            otherProblems.AddRange(problems.All);
            return classifier;
        }
        catch (ConfigurationException exception)
        {
            otherProblems.AddRange(exception.Problems);
            return FailureReasonsReader.BuiltIn;
        }
    }

    private static StateOptions ReadState(YamlSection section, string folder)
    {
        var defaults = new StateOptions();
        var path = section.Text("path");
        var state = new StateOptions
        {
            Path = path is null ? defaults.Path : Path.GetFullPath(Path.Combine(folder, path)),
            SettleTime = section.Duration("settle_time", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)) ?? defaults.SettleTime,
            DeletedServerGrace = section.Duration("deleted_server_grace", TimeSpan.Zero, 30 * Day) ?? defaults.DeletedServerGrace,
        };
        section.RefuseUnknown();
        return state;
    }

    private static CollectionOptions ReadCollection(YamlSection section)
    {
        var defaults = new CollectionOptions();
        var collection = new CollectionOptions
        {
            Timeout = section.Duration("timeout", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)) ?? defaults.Timeout,
            TimeoutOffset = section.Duration("timeout_offset", TimeSpan.Zero, TimeSpan.FromMinutes(1)) ?? defaults.TimeoutOffset,
            PageRows = section.Integer("page_rows", 1, 1_000_000) ?? defaults.PageRows,
        };
        if (collection.TimeoutOffset >= collection.Timeout)
            section.Problem("timeout_offset", "leaves no time of the timeout; make it shorter");

        section.RefuseUnknown();
        return collection;
    }

    private static LimitOptions ReadLimits(YamlSection section)
    {
        var defaults = new LimitOptions();
        var limits = new LimitOptions
        {
            CredentialsPerServer = section.Integer("credentials_per_server", 0, 10_000) ?? defaults.CredentialsPerServer,
            SenderDomainsPerServer = section.Integer("sender_domains_per_server", 0, 10_000) ?? defaults.SenderDomainsPerServer,
            RecipientDomainsPerServer = section.Integer("recipient_domains_per_server", 0, 10_000) ?? defaults.RecipientDomainsPerServer,
        };
        section.RefuseUnknown();
        return limits;
    }
}
