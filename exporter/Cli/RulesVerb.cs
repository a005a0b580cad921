using System.CommandLine;
using PostalExporter.Configuration;
using PostalExporter.RulePacks;

namespace PostalExporter.Cli;

/// <summary><c>rules</c>: renders a rule pack as an operator wants it, and checks one against running exporters.</summary>
internal static class RulesVerb
{
    private const string DefaultPack = "rules/v1";
    private const string DefaultUrl = "http://localhost:10587/metrics";

    private static readonly Dictionary<string, RenderTarget> Targets = Enum.GetValues<RenderTarget>().ToDictionary(target => target.ToString().ToLowerInvariant());

    /// <summary>Adds the verb.</summary>
    public static void AddTo(RootCommand root) =>
        root.Add(new Command("rules", "Make a rule pack your own, or check one against a running exporter.") { Render(), Check() });

    private static Command Render()
    {
        var packFolder = PackFlag();
        var configFile = new Option<string>("--config") { Description = "What is to be different from the pack; without it, nothing.", HelpName = "file" };
        var output = new Option<string>("--output") { Description = "Folder to write to. Files of an earlier rendering that are not of this one are removed.", HelpName = "folder", Required = true };
        var target = new Option<string>("--target")
        {
            Description = "What loads the rules. vmalert is that of Debian 12, which does not know keep_firing_for; newer ones take prometheus.",
            HelpName = string.Join('|', Targets.Keys),
            DefaultValueFactory = _ => Targets.Keys.First(),
        };
        target.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !Targets.ContainsKey(token.Value))
                result.AddError($"--target {token.Value}: unknown value; {NearMiss.Remedy(token.Value, Targets.Keys)}");
        });
        var verb = new Command("render", "Write a rule pack as plain rule files, with links, labels, severities and intervals of your own.") { packFolder, configFile, output, target };
        verb.SetAction(result => Try(result.InvocationConfiguration.Error, () =>
        {
            var pack = RulePackReader.Read(result.GetRequiredValue(packFolder));
            var options = result.GetValue(configFile) is { } file ? RenderOptionsReader.Read(file, pack) : new RenderOptions();
            var rendering = PackRendering.Of(pack, options, Targets[result.GetRequiredValue(target)]);
            var folder = result.GetRequiredValue(output);
            var removed = new RenderedFolder(folder).Write(rendering.Files);

            var report = new CheckReport(result.InvocationConfiguration.Output);
            foreach (var warning in rendering.Warnings)
                report.Warning(warning);
            foreach (var name in removed)
                report.Note($"{Path.Combine(folder, name)}: removed, as it is not of this rendering");
            report.Ok($"rule pack {pack.Version} in {folder}: {Contents(rendering.Pack)}, checksum {rendering.Checksum}");
            return ExitStatus.Success;
        }));
        return verb;
    }

    private static Command Check()
    {
        var packFolder = PackFlag();
        var urls = new Option<string[]>("--url")
        {
            Description = "Page of an exporter; repeatable, also for Postal's own pages, and then taken together.",
            HelpName = "url",
            DefaultValueFactory = _ => [DefaultUrl],
        };
        PageAccessFlags.ValidateUrl(urls, "http://exporter:10587/metrics");
        var access = new PageAccessFlags();
        var verb = new Command("check", "Check that exporters have every series, label and limit that the rules of a pack read. Exit status 0 when they have.")
        {
            packFolder, urls,
        };
        access.AddTo(verb);
        verb.SetAction((result, cancellationToken) => CheckAsync(
            result.GetRequiredValue(packFolder),
            [.. result.GetRequiredValue(urls).Select(url => PageAccessFlags.ParseUrl(url)!)],
            access.Of(result),
            result.InvocationConfiguration.Output,
            cancellationToken));
        return verb;
    }

    private static async Task<int> CheckAsync(string folder, IReadOnlyList<Uri> urls, PageAccess access, TextWriter output, CancellationToken cancellationToken)
    {
        var report = new CheckReport(output);
        RulePack? pack = null;
        try
        {
            pack = RulePackReader.Read(folder);
            report.Ok($"rule pack {pack.Version} in {folder}: {Contents(pack)}");
        }
        catch (ConfigurationException exception)
        {
            foreach (var problem in exception.Problems)
                report.Problem(problem.ToString());
        }

        var exposed = new ExposedSeries();
        try
        {
            using var client = new PageClient(access, urls[0]);
            foreach (var url in urls)
                await FetchAsync(client, url, exposed, report, cancellationToken);
        }
        catch (PageException exception)
        {
            report.Problem(exception.Message);
        }

        // Findings about pages that could not be fetched would only hide why.
        if (pack is not null && report.Problems == 0)
            new PackCheck(pack, exposed, report).Run();
        return report.Close();
    }

    private static async Task FetchAsync(PageClient client, Uri url, ExposedSeries exposed, CheckReport report, CancellationToken cancellationToken)
    {
        try
        {
            report.Ok($"{url}: {await client.AddAsync(url, exposed, cancellationToken)} series");
        }
        catch (PageException exception)
        {
            report.Problem($"{url}: {exception.Message}");
        }
    }

    private static Option<string> PackFlag() => new("--pack")
    {
        Description = "Folder of the rule pack, with recording and alerts in it.", HelpName = "folder", DefaultValueFactory = _ => DefaultPack,
    };

    private static string Contents(RulePack pack) =>
        $"{CheckReport.Count(pack.Files.Count, "file")}, {CheckReport.Count(pack.Rules.Count, "rule")}, {CheckReport.Count(pack.Alerts.Select(rule => rule.Alert).Distinct().Count(), "alert")}";

    private static int Try(TextWriter error, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (ConfigurationException exception)
        {
            foreach (var problem in exception.Problems)
                error.WriteLine($"postal-exporter: {problem}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"postal-exporter: --output: {exception.Message}");
        }

        return ExitStatus.Failure;
    }
}
