using System.Diagnostics;
using PostalExporter.Configuration;
using PostalExporter.Integration.Faults;
using PostalExporter.Lists;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Signals;

/// <summary>The operator's lists and canary credentials, on rows as Postal writes them.</summary>
public sealed class ListsTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string Family = "postal_listed_recipient_messages_total";

    private readonly string folder = Directory.CreateTempSubdirectory("postal-lists-").FullName;
    private readonly SteppingClock clock = new();
    private readonly TestLog log = new();
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private MailServer Server => installation.Servers[0];

    private string Traps => Path.Combine(folder, "traps.txt");

    private string Known => Path.Combine(folder, "known.txt");

    public async ValueTask InitializeAsync()
    {
        installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, InstallationDescription.WithCredentials("app", "bait"), Cancel);
        await WriteAsync(Traps, "trap.example");
        await WriteAsync(Known, "known@shared.example");
    }

    public async ValueTask DisposeAsync()
    {
        await installation.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Messages_to_listed_recipients_are_counted_once_across_a_restart_and_all_others_are_not()
    {
        await using var exporter = await StartAsync();
        var first = await exporter.ScrapeAsync();
        // From the first moment on: the first message to a trap is a rise.
        Assert.Equal((0, 0), (Listed(first, "traps"), Listed(first, "known")));
        Assert.Equal(0, first.Find(Family, ("credential", "bait"), ("list", "traps")));

        await AcceptAsync("a@trap.example", "B@Mail.Below.TRAP.example", "known@shared.example", "unknown@shared.example", "c@honest.example");
        await Server.AcceptIncomingAsync("d@trap.example", Cancel);
        await exporter.RestartAsync();
        var page = await exporter.ScrapeAsync();
        await exporter.RestartAsync();
        var again = await exporter.ScrapeAsync();

        Assert.Equal((2, 1), (Listed(page, "traps"), Listed(page, "known")));
        Assert.Equal((2, 1), (Listed(again, "traps"), Listed(again, "known")));
        Assert.Equal(3, again.Sum(Family));
    }

    [Fact]
    public async Task A_list_that_changes_is_in_force_some_seconds_later_and_a_broken_one_leaves_the_one_before_it()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();

        await WriteAsync(Traps, "trap.example", "second.example");
        clock.Pass(TimeSpan.FromSeconds(11));
        await UntilAsync(2, 1);
        await AcceptAsync("a@second.example");
        Assert.Equal(1, Listed(await exporter.ScrapeAsync(), "traps"));

        await WriteAsync(Traps, "trap.example", "hunter2 and more");
        clock.Pass(TimeSpan.FromSeconds(11));
        await UntilAsync(2, 0);
        clock.Pass(TimeSpan.FromSeconds(11));
        await exporter.ScrapeAsync();
        await AcceptAsync("b@second.example");
        Assert.Equal(2, Listed(await exporter.ScrapeAsync(), "traps"));

        File.Delete(Traps);
        clock.Pass(TimeSpan.FromSeconds(11));
        await UntilAsync(2, 0);

        await WriteAsync(Traps, "third.example");
        clock.Pass(TimeSpan.FromSeconds(11));
        await UntilAsync(1, 1);
        await AcceptAsync("c@second.example", "c@third.example");
        Assert.Equal(3, Listed(await exporter.ScrapeAsync(), "traps"));

        Assert.Equal(2, log.Lines.Count(line => line.StartsWith("Error List traps cannot be used", StringComparison.Ordinal)));
        Assert.Contains(log.Lines, line => line.Contains("traps.txt:2: the line holds more than one word", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains("hunter2", StringComparison.Ordinal) || line.Contains("third.example", StringComparison.Ordinal));

        // A file is read beside the collections, mostly in the time of one.
        async Task UntilAsync(double entries, double successful)
        {
            var deadline = Stopwatch.StartNew();
            (double?, double?) state;
            do
            {
                var page = await exporter.ScrapeAsync();
                state = (page.Find("postal_exporter_list_entries", ("list", "traps")), page.Find("postal_exporter_list_last_reload_successful", ("list", "traps")));
            }
            while (state != (entries, successful) && deadline.Elapsed < TimeSpan.FromSeconds(60));
            Assert.Equal((entries, successful), state);
        }
    }

    [Fact]
    public async Task A_list_that_is_removed_takes_its_series_with_it_and_begins_at_zero_when_it_comes_back()
    {
        await using var exporter = await StartAsync();
        await exporter.ScrapeAsync();
        await AcceptAsync("a@trap.example", "known@shared.example");
        await exporter.ScrapeAsync();

        var withBoth = exporter.Configuration;
        exporter.Apply(withBoth with { Lists = Lists(("known", Known)) });
        var without = await exporter.ScrapeAsync();
        exporter.Apply(withBoth);
        var back = await exporter.ScrapeAsync();

        Assert.Null(Listed(without, "traps"));
        Assert.Null(without.Find("postal_exporter_list_entries", ("list", "traps")));
        Assert.Equal(1, Listed(without, "known"));
        Assert.Equal((0, 1), (Listed(back, "traps"), Listed(back, "known")));
    }

    [Fact]
    public async Task Without_lists_and_canaries_nothing_of_them_is_on_the_page()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(mariaDb.Server, installation);
        await exporter.ScrapeAsync();
        await AcceptAsync("a@trap.example");

        var page = await exporter.ScrapeAsync();

        Assert.DoesNotContain("list", page.Values.Keys.Select(key => key.Split('{')[0].Split('_')).SelectMany(word => word));
        Assert.DoesNotContain(page.Values.Keys, key => key.Contains("canary", StringComparison.Ordinal) || key.Contains("\"lists\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_canary_has_series_of_its_own_however_many_credentials_there_are_and_a_missing_one_is_told_of_once()
    {
        foreach (var number in Enumerable.Range(0, 5))
        {
            var busy = await Server.AddCredentialAsync(new CredentialDescription($"busy-{number}"), Cancel);
            await Server.AcceptAsync(busy, "a@honest.example", Cancel);
        }
        var configuration = Configuration() with
        {
            Limits = new LimitOptions { CredentialsPerServer = 2 },
            CanaryCredentials = new HashSet<CanaryCredential> { Canary("bait"), Canary("biat") },
        };
        await using var exporter = await ExporterUnderTest.StartAsync(configuration, clock, TestLog.CreateFactory(log));
        await exporter.ScrapeAsync();
        await exporter.RestartAsync();
        var before = await exporter.ScrapeAsync();
        await Server.AcceptAsync(Server.Credential("bait"), "a@honest.example", Cancel);

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, before.Find("postal_credential_canary", ("credential", "bait")));
        Assert.Equal(1, before.Sum("postal_credential_canary"));
        Assert.Equal(0, before.Find("postal_messages_total", ("credential", "bait")));
        Assert.Equal(1, page.Find("postal_messages_total", ("credential", "bait")));
        // Once for each of the two starts.
        Assert.Equal(2, log.Lines.Count(line => line.StartsWith($"Warning Canary credential biat of {Server.Path} does not exist", StringComparison.Ordinal)));
        Assert.DoesNotContain(log.Lines, line => line.Contains("Canary credential bait", StringComparison.Ordinal));
    }

    private CanaryCredential Canary(string credential) => new(Server.Organization.Permalink, Server.Permalink, credential);

    private static double? Listed(Exposition page, string list) => page.Find(Family, ("credential", "app"), ("list", list));

    private ExporterConfiguration Configuration() => ExporterUnderTest.ConfigurationFor(mariaDb.Server, installation) with
    {
        Lists = Lists(("traps", Traps), ("known", Known)),
    };

    private static OperatorLists Lists(params (string Name, string File)[] files)
    {
        var lists = new OperatorLists();
        foreach (var (name, file) in files)
            lists.Add(name, file);
        return lists;
    }

    private Task<ExporterUnderTest> StartAsync() => ExporterUnderTest.StartAsync(Configuration(), clock, TestLog.CreateFactory(log));

    private async Task AcceptAsync(params string[] recipients)
    {
        foreach (var recipient in recipients)
            await Server.AcceptAsync(Server.Credential("app"), recipient, Cancel);
    }

    private static Task WriteAsync(string file, params string[] lines) => File.WriteAllLinesAsync(file, lines, Cancel);
}
