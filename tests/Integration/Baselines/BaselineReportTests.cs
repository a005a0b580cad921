using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using PostalExporter.Cli;
using PostalExporter.Integration.Backfill;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Baselines;

/// <summary><c>baseline report</c> on a Prometheus that has three weeks of what the rules record.</summary>
public sealed class BaselineReportTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string Hostile = "<b>|`app`\\n# x";

    private readonly string folder = Directory.CreateTempSubdirectory("postal-baseline-").FullName;
    private ImportedHistory prometheus = null!;

    public async ValueTask InitializeAsync()
    {
        var history = new RecordedHistory();
        // Honest mail by day; a hijack in one night; a campaign that was planned; sixty minutes that the sample of no whole hour shows.
        static double? Messages(int hour) => hour switch
        {
            >= 315 and < 318 => 50_000,
            >= 400 and < 410 => 20_000,
            _ => hour % 24 is >= 8 and < 18 ? 800 + hour % 24 : 20,
        };
        history.AddCredential("acme", "shop", Hostile, Messages);
        history.Add("credential:postal_messages:increase1h", $"organization=\"acme\",server=\"shop\",credential=\"{Hostile}\"", hour => hour == 130 ? 1000 : null, minutesEarlier: 20);
        history.AddCredential("acme", "shop", "other app", _ => 1);
        history.Add("server:postal_messages:increase1h", "organization=\"acme\",server=\"shop\"", hour => Messages(hour) + 1);
        history.Add("ALERTS", $"alertname=\"PostalCredentialLikelyCompromised\",alertstate=\"firing\",severity=\"critical\",category=\"abuse\",organization=\"acme\",server=\"shop\",credential=\"{Hostile}\"",
            hour => hour is 316 or 317 ? 1 : null, minutesEarlier: 10);
        // Neither says that an hour was not normal.
        history.Add("ALERTS", "alertname=\"PostalCredentialVolumeAnomaly\",alertstate=\"firing\",severity=\"warning\",category=\"abuse\",organization=\"acme\",server=\"shop\",credential=\"other app\"", _ => 1);
        history.Add("ALERTS", "alertname=\"PostalQueueBacklog\",alertstate=\"pending\",severity=\"critical\",category=\"abuse\",organization=\"acme\",server=\"shop\"", _ => 1);
        history.Add("server:postal_planned_campaign:max70m", "organization=\"acme\",server=\"shop\"", hour => hour is >= 400 and < 411 ? 1 : null, minutesEarlier: 10);
        history.Add("server:postal_threshold:max_last10m", "organization=\"acme\",server=\"shop\",signal=\"messages_per_hour\",severity=\"critical\"", _ => 1200);
        history.AddCredential("zeta", "app", "app", _ => 320);
        history.Add("server:postal_messages:increase1h", "organization=\"zeta\",server=\"app\"", _ => 320);
        var file = Path.Combine(folder, "history.om");
        await history.SaveAsync(file);
        prometheus = await ImportedHistory.StartAsync([file], longestBlock: "1500h");
    }

    public async ValueTask DisposeAsync()
    {
        await prometheus.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Hours_of_a_hijack_and_of_a_campaign_are_not_normal_and_the_proposal_is_accepted()
    {
        var (status, output, error) = await ReportAsync(RecordedHistory.End.AddMinutes(10), "--weeks", "3");

        Assert.Equal((0, ""), (status, error));
        Assert.StartsWith("2 mail servers, 3 credentials, 1 proposed limit: ", output, StringComparison.Ordinal);
        var page = await File.ReadAllTextAsync(Path.Combine(folder, "own", "baseline.md"), TestContext.Current.CancellationToken);
        // Alerts: hours 316 and 317 with those before and after; campaign: 400 to 410. The highest hour is an honest one.
        Assert.Contains("| acme/shop | 3.0 | 2 | 4 | 11 | ", page, StringComparison.Ordinal);
        Assert.Contains("| other app | 3.0 | 2 | 0 | 11 | 1 | 0 | 1 | 1 | 1 | 1 | 1 | 0 % | 0 % | – |", page, StringComparison.Ordinal);
        Assert.Contains("The busiest had 817 (Sun 2026-03-22 17:00 UTC). Left out: 4 hours near critical alerts, 11 hours of planned campaigns.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("50,0", page, StringComparison.Ordinal);
        Assert.DoesNotContain("20,0", page, StringComparison.Ordinal);

        // Half as much again as the thousand of sixty minutes that ended within an hour.
        var yaml = await File.ReadAllTextAsync(Path.Combine(folder, "own", "thresholds.yml"), TestContext.Current.CancellationToken);
        Assert.Contains("    acme/shop:\n", yaml, StringComparison.Ordinal);
        Assert.Contains("      messages_per_hour: {warning: 1500, critical: 3000}\n", yaml, StringComparison.Ordinal);
        Assert.Contains("Now: warning 500, critical 1200.", yaml.ReplaceLineEndings(" ").Replace(" #", "", StringComparison.Ordinal).Replace("       ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        await using var installation = await Installation.CreateAsync(
            mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app"), TestContext.Current.CancellationToken);
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        await File.AppendAllTextAsync(exporter.ConfigurationFile, yaml, TestContext.Current.CancellationToken);
        var (accepted, said) = await exporter.RunAsync("check-config");
        Assert.True(accepted == 0, said);
    }

    [Fact]
    public async Task The_same_history_gives_the_same_files()
    {
        string[] names = ["baseline.html", "baseline.md", "thresholds.yml"];
        await ReportAsync(RecordedHistory.End.AddMinutes(10), "--weeks", "3");
        var first = names.Select(name => File.ReadAllText(Path.Combine(folder, "own", name))).ToList();
        await ReportAsync(RecordedHistory.End.AddMinutes(50), "--weeks", "3");

        Assert.Equal(first, names.Select(name => File.ReadAllText(Path.Combine(folder, "own", name))));
        Assert.Equal(names, Directory.EnumerateFiles(Path.Combine(folder, "own")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task One_organization_or_server_can_be_looked_at_alone()
    {
        var (_, organization, _) = await ReportAsync(RecordedHistory.End, "--organization", "zeta");
        var (_, server, _) = await ReportAsync(RecordedHistory.End, "--server", "acme/shop");
        var (status, _, error) = await ReportAsync(RecordedHistory.End, "--server", "acme/shp");

        Assert.StartsWith("1 mail server, 1 credential, 0 proposed limits: ", organization, StringComparison.Ordinal);
        Assert.StartsWith("1 mail server, 2 credentials, 1 proposed limit: ", server, StringComparison.Ordinal);
        Assert.Equal(1, status);
        Assert.EndsWith(": has no mail server acme/shp in these weeks; did you mean acme/shop?\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_little_history_and_none_say_what_to_do()
    {
        var (little, _, twoDays) = await ReportAsync(RecordedHistory.End.AddDays(5), "--weeks", "1");
        var (none, _, nothing) = await ReportAsync(RecordedHistory.End.AddDays(50));

        Assert.Equal((1, 1), (little, none));
        Assert.EndsWith(": has 2 days of history, and what is normal takes a week; wait until there is one, or import what Postal retained (docs/backfill.md)\n", twoDays, StringComparison.Ordinal);
        Assert.Contains(": has no series server:postal_messages:increase1h in these weeks; load the recording rules", nothing, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder, "own")));
    }

    private async Task<(int Status, string Output, string Error)> ReportAsync(DateTimeOffset now, params string[] arguments)
    {
        await using var output = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        await using var error = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var root = CommandLine.CreateRoot();
        new BaselineVerb(new FakeTimeProvider(now)).AddTo(root);
        var status = await CommandLine.RunAsync(
            root, ["baseline", "report", "--url", $"{await prometheus.Address}", "--output", Path.Combine(folder, "own"), .. arguments], output, error);
        return (status, output.ToString(), error.ToString());
    }
}
