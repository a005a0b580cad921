using System.CommandLine;
using System.Globalization;
using System.Text;
using PostalExporter.Baselines;
using PostalExporter.Configuration;
using PostalExporter.PrometheusApi;
using PostalExporter.RulePacks;

namespace PostalExporter.Cli;

/// <summary><c>baseline</c>: documents what is normal, by what the rules recorded in Prometheus, and proposes limits.</summary>
/// <param name="time">Clock.</param>
internal sealed class BaselineVerb(TimeProvider time)
{
    private const string DefaultUrl = "http://localhost:9090";
    private const int MaximumWeeks = 52;

    private readonly Option<string> url = new("--url") { Description = "Address of a Prometheus that evaluates the rules.", HelpName = "url", DefaultValueFactory = _ => DefaultUrl };
    private readonly Option<int> weeks = new("--weeks") { Description = "How many weeks to look at, up to the last full hour.", HelpName = "number", DefaultValueFactory = _ => 4 };
    private readonly Option<string> output = new("--output") { Description = "Folder for baseline.md, baseline.html and thresholds.yml.", HelpName = "folder", Required = true };
    private readonly Option<string> organization = new("--organization") { Description = "Look at the mail servers of this organization alone.", HelpName = "organization" };
    private readonly Option<string> server = new("--server") { Description = "Look at this mail server alone.", HelpName = "organization/server" };
    private readonly PageAccessFlags access = new();

    /// <summary>Adds the verb.</summary>
    public void AddTo(RootCommand root)
    {
        var verb = new Command("report", "Write down what is normal for each mail server and credential, and which limits follow.") { url, weeks, output, organization, server };
        access.AddTo(verb);
        PageAccessFlags.ValidateUrl(url, "http://prometheus:9090");
        weeks.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MaximumWeeks))
                result.AddError($"--weeks {token.Value}: write a number of 1 to {MaximumWeeks}");
        });
        verb.SetAction(RunAsync);
        root.Add(new Command("baseline", "Document what is normal, from the history that Prometheus has.") { verb });
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var error = result.InvocationConfiguration.Error;
        var address = PageAccessFlags.ParseUrl(result.GetRequiredValue(url))!;
        try
        {
            var report = await ReadAsync(result, address, cancellationToken);
            var folder = result.GetRequiredValue(output);
            WriteFiles(report, folder);
            var proposals = report.Servers.Sum(one => one.Advice.Proposals.Count);
            result.InvocationConfiguration.Output.WriteLine(
                $"{CheckReport.Count(report.Servers.Count, "mail server")}, {CheckReport.Count(report.Servers.Sum(one => one.Credentials.Count), "credential")}, {CheckReport.Count(proposals, "proposed limit")}: "
                + $"{Path.Combine(folder, "baseline.html")}, baseline.md, thresholds.yml");
            return ExitStatus.Success;
        }
        catch (PageException exception)
        {
            // Names of others may stand in it.
            error.WriteLine($"postal-exporter: {address}: {VisibleText.Of(exception.Message)}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"postal-exporter: --output: {exception.Message}");
        }

        return ExitStatus.Failure;
    }

    private async Task<BaselineReport> ReadAsync(ParseResult result, Uri address, CancellationToken cancellationToken)
    {
        var span = BaselineSpan.Ending(time.GetUtcNow(), result.GetValue(weeks));
        using var prometheus = new PrometheusClient(address, access.Of(result));
        var reader = new BaselineReader(prometheus, span);
        var servers = Selected(await reader.ServersAsync(cancellationToken), result);
        var baselines = new List<ServerBaseline>();
        await foreach (var baseline in reader.ReadAsync(servers, cancellationToken))
            baselines.Add(baseline);
        if (baselines.Max(baseline => baseline.Whole.Weeks) is var known and < 1)
        {
            throw new PageException(
                $"has {Figures.Count(known * 7)} days of history, and what is normal takes a week; wait until there is one, or import what Postal retained (docs/backfill.md)");
        }

        return new BaselineReport(address.ToString(), span, baselines);
    }

    private List<(string Organization, string Server)> Selected(IReadOnlyList<(string Organization, string Server)> all, ParseResult result)
    {
        if (all.Count == 0)
        {
            throw new PageException(
                "has no series server:postal_messages:increase1h in these weeks; load the recording rules of the pack (rules/README.md), or give the Prometheus that evaluates them by --url");
        }

        var (organizationName, serverName) = (result.GetValue(organization), result.GetValue(server));
        Find(organizationName, all.Select(one => one.Organization), "organization");
        Find(serverName, all.Select(one => $"{one.Organization}/{one.Server}"), "mail server");
        var selected = all.Where(one => (organizationName ?? one.Organization) == one.Organization && (serverName ?? $"{one.Organization}/{one.Server}") == $"{one.Organization}/{one.Server}").ToList();
        return selected.Count > 0 ? selected : throw new PageException($"has no mail server {serverName} of organization {organizationName}; leave out one of --organization and --server");
    }

    private static void Find(string? wanted, IEnumerable<string> names, string what)
    {
        var known = names.Distinct().ToList();
        if (wanted is not null && !known.Contains(wanted))
            throw new PageException($"has no {what} {wanted} in these weeks; {NearMiss.Remedy(wanted, [.. known.Take(20)])}");
    }

    private static void WriteFiles(BaselineReport report, string folder)
    {
        Directory.CreateDirectory(folder);
        WriteFile(folder, "baseline.md", file => report.Write(new MarkdownReport(file)));
        WriteFile(folder, "baseline.html", file => report.Write(new HtmlReport(file)));
        WriteFile(folder, "thresholds.yml", file => file.Write(ThresholdsYaml.Of(report.Servers)));
    }

    // Beside its place first: a file of that name is whole.
    private static void WriteFile(string folder, string name, Action<TextWriter> write)
    {
        var place = Path.Combine(folder, name);
        var beside = place + ".part";
        using (var file = new StreamWriter(beside, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
            write(file);
        File.Move(beside, place, overwrite: true);
    }
}
