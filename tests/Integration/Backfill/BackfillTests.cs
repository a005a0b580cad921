using System.Globalization;
using PostalSimulator.History;
using PostalSimulator.Installations;
using PostalSimulator.Scenarios;

namespace PostalExporter.Integration.Backfill;

public sealed class BackfillTests(MariaDbFixture mariaDb) : IAsyncLifetime
{
    private const string Labels = "job=\"postal\",instance=\"here:10587\"";

    private readonly string folder = Directory.CreateTempSubdirectory("postal-backfill-").FullName;
    private Installation installation = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Output => Path.Combine(folder, "files");

    private string[] Files => [.. Directory.GetFiles(Output).Order(StringComparer.Ordinal)];

    private static Scenario Small { get; } = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "small.yml"));

    public async ValueTask InitializeAsync() => installation = await Installation.CreateAsync(mariaDb.Server.ConnectionString, Small.Describe(InstallationDescription.UniquePrefix()), Cancel);

    public async ValueTask DisposeAsync()
    {
        await installation.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Imported_counters_are_those_of_the_tables_at_any_time_and_live_collection_goes_on_from_them()
    {
        await WriteHistoryAsync(days: 8);
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        Ran(await BackfillAsync(exporter, "--from", "10d"));
        var end = TimeProvider.System.GetUtcNow();
        await using var history = await ImportedHistory.StartAsync(Files);

        foreach (var server in installation.Servers)
        {
            var series = await TableCounts.ReadAsync(mariaDb.Server.ConnectionString, server, (0, 0), Cancel);
            Assert.True(series.Count > 10);
            foreach (var (name, value) in series.Where(pair => !pair.Key.StartsWith("postal_recipient_domain", StringComparison.Ordinal)))
                Assert.True(await history.ValueAsync($"last_over_time({name.Replace("}", $",{Labels}}}", StringComparison.Ordinal)}[10m])", end) == value, name);
            // At any time, and not only at the end.
            for (var hours = 5; hours < 8 * 24; hours += 17)
            {
                var moment = DateTimeOffset.FromUnixTimeSeconds(end.AddHours(-hours).ToUnixTimeSeconds() / 60 * 60);
                var messages = await Administrator.NumberAsync(
                    mariaDb.Server, $"SELECT COUNT(*) FROM `{server.DatabaseName}`.messages WHERE timestamp <= {moment.ToUnixTimeSeconds()}");
                var shown = await history.ValueAsync($"sum(postal_messages_total{{organization=\"{server.Organization.Permalink}\"}})", moment);
                Assert.Equal(messages, shown);
                Assert.Equal(1, await history.ValueAsync($"postal_exporter_server_up{{organization=\"{server.Organization.Permalink}\",{Labels}}}", moment));
            }
        }
        // A burst shows where it was: the increase of six days that hold everything but the edges is that of the table.
        var increase = await history.ValueAsync("sum(increase(postal_messages_total{scope=\"outgoing\"}[5d]))", end.AddDays(-1));
        var rows = await CountAsync("scope = 'outgoing'", end.AddDays(-6), end.AddDays(-1));
        Assert.InRange(increase!.Value, rows * 0.995, rows * 1.005);

        // Rows that come between are read by the exporter, and nothing is read twice.
        var acme = installation.Servers[0];
        for (var number = 0; number < 7; number++)
            await acme.DeliverAsync(await acme.AcceptAsync(acme.Credential("app"), $"someone@new-{number}.example", Cancel), DeliveryOutcome.Sent("someone@new.example"), Cancel);
        await exporter.LaunchAsync();
        var page = await exporter.ScrapeAsync();

        foreach (var server in installation.Servers)
            await AssertShownAsync(server, page);
        foreach (var family in (string[])["postal_messages_total", "postal_deliveries_total", "postal_message_failures_total", "postal_recipient_region_messages_total"])
        {
            var imported = await history.ValueAsync($"sum(last_over_time({family}[10m]))", end);
            var news = family is "postal_message_failures_total" ? 0 : 7;
            Assert.Equal(imported + news, page.Sum(family));
        }
        Assert.Equal(
            await history.ValueAsync("sum(last_over_time(postal_credential_recipient_score[10m]))", end), page.Sum("postal_credential_recipient_score"));
        Assert.Equal(page.Sum("postal_exporter_rows_total", ("stream", "messages")), await CountAsync("1", DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue));
        Assert.Equal(0, page.Sum("postal_exporter_rows_lost_total"));
    }

    [Fact]
    public async Task A_run_that_was_killed_goes_on_and_writes_the_files_of_one_that_was_not()
    {
        await WriteHistoryAsync(days: 12);
        await using var whole = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        await using var killed = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        Ran(await BackfillAsync(whole, "--from", "30d"));
        var expected = Files.ToDictionary(file => Path.GetFileName(file)!, File.ReadAllText);
        Directory.Delete(Output, recursive: true);
        // Estimates of distinct recipients depend on the secret that their hashes are made with.
        Directory.CreateDirectory(killed.StateDirectory);
        File.Copy(Path.Combine(whole.StateDirectory, "hash.key"), Path.Combine(killed.StateDirectory, "hash.key"));

        for (var files = 5; files <= 35; files += 10)
        {
            await using var run = killed.StartVerb("backfill", "--from", "30d", "--output", Output, "--label", "instance=here:10587");
            await Eventually(() => run.HasExited || (Directory.Exists(Output) && Files.Count(file => file.EndsWith(".om", StringComparison.Ordinal)) >= files));
            Assert.False(run.HasExited, "it must be killed amid its work");
            await run.KillAsync();
        }
        var locked = await killed.LaunchInVainAsync();
        var log = killed.LogText;
        Ran(await BackfillAsync(killed, "--from", "30d"));

        Assert.NotEqual(0, locked);
        Assert.Contains("a backfill has not ended", log, StringComparison.Ordinal);
        Assert.All(Files, file => Assert.EndsWith(".om", file, StringComparison.Ordinal));
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), Files.Select(file => Path.GetFileName(file)!).Take(expected.Count));
        // The last one ends with the run.
        foreach (var (name, text) in expected.OrderBy(pair => pair.Key, StringComparer.Ordinal).SkipLast(1))
            Assert.True(text == await File.ReadAllTextAsync(Path.Combine(Output, name), Cancel), name);
        await killed.LaunchAsync();
        var page = await killed.ScrapeAsync();
        foreach (var server in installation.Servers)
            await AssertShownAsync(server, page);
    }

    [Fact]
    public async Task What_is_new_is_judged_by_what_came_before_and_not_by_what_comes_after()
    {
        var server = installation.Servers[0];
        async Task AcceptAsync(string recipient, double daysAgo, string credential = "app") => await server.AcceptAsync(
            new MessageDraft(recipient) { Credential = server.Credential(credential), ReceivedAt = TimeProvider.System.GetUtcNow().AddDays(-daysAgo) }, Cancel);
        await AcceptAsync("anna@known.example", 40);
        await AcceptAsync("anna@known.example", 9);
        await AcceptAsync("anna@later.example", 8);
        await AcceptAsync("anna@later.example", 2);
        await AcceptAsync("anna@known.example", 1, "cron");
        // A credential that was used lately has messages in what is to come: it does not sleep before.
        await Administrator.ExecuteAsync(
            mariaDb.Server, $"UPDATE `{installation.DatabasePrefix}`.credentials SET last_used_at = UTC_TIMESTAMP() WHERE name = 'cron'");
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        Ran(await BackfillAsync(exporter, "--from", "10d"));
        await using var history = await ImportedHistory.StartAsync(Files);
        var now = TimeProvider.System.GetUtcNow();
        Task<double?> NewAsync(double daysAgo) => history.ValueAsync("sum(last_over_time(postal_new_recipient_domain_messages_total{credential=\"app\"}[31m]))", now.AddDays(-daysAgo));

        Assert.Equal(0, await NewAsync(8.5));
        Assert.Equal(1, await NewAsync(7.5));
        Assert.Equal(1, await NewAsync(1));
        // Known from before the begin, so its series are there from the begin; the other one's only since its first message.
        Assert.Equal(0, await history.ValueAsync("sum(postal_messages_total{credential=\"app\"})", now.AddDays(-9.9)));
        Assert.Null(await history.ValueAsync("sum(postal_messages_total{credential=\"cron\"})", now.AddDays(-1.1)));
        Assert.InRange((await history.ValueAsync("increase(postal_messages_total{credential=\"cron\"}[1h])", now.AddDays(-0.98)))!.Value, 0.99, 1.25);
        Assert.Equal(0, await history.ValueAsync("sum(last_over_time(postal_dormant_credential_messages_total{credential=\"cron\"}[31m]))", now.AddDays(-0.5)));
        Assert.InRange((await history.ValueAsync("last_over_time(postal_credential_first_message_timestamp_seconds{credential=\"cron\"}[31m])", now.AddDays(-0.5)))!.Value, now.AddDays(-1.1).ToUnixTimeSeconds(), now.AddDays(-0.9).ToUnixTimeSeconds());
        Assert.Equal(1, await history.ValueAsync("postal_credential_recipients{credential=\"app\"}", now.AddDays(-8).AddMinutes(10)));
        Assert.Equal(0, await history.ValueAsync("last_over_time(postal_credential_recipients{credential=\"app\"}[31m])", now.AddDays(-7)));
    }

    [Fact]
    public async Task Rows_of_a_clock_that_was_ahead_count_with_their_neighbours()
    {
        var server = installation.Servers[0];
        for (var hour = 100; hour > 0; hour--)
        {
            var ahead = hour is 60 or 59 or 58 ? 8_000 : 0;
            await server.AcceptAsync(
                new MessageDraft($"someone@{hour}.example") { Credential = server.Credential("app"), ReceivedAt = TimeProvider.System.GetUtcNow().AddHours(ahead - hour) }, Cancel);
        }
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        Ran(await BackfillAsync(exporter, "--from", "10d"));
        await using var history = await ImportedHistory.StartAsync(Files);

        foreach (var (hoursAgo, expected) in new[] { (70.5, 30), (50.5, 50), (10.5, 90), (0.5, 100) })
            Assert.Equal(expected, await history.ValueAsync("sum(postal_messages_total)", TimeProvider.System.GetUtcNow().AddHours(-hoursAgo)));
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_with_the_remedy_and_leaves_nothing_behind()
    {
        await WriteHistoryAsync(days: 1);
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        await exporter.LaunchAsync();
        Refused(await BackfillAsync(exporter, "--from", "2d"), "another exporter uses this state directory");
        await exporter.ScrapeAsync();
        Assert.Equal(0, await exporter.TerminateAsync());
        Refused(await BackfillAsync(exporter, "--from", "2d"), "an exporter has counted here already", "state reset");
        Assert.False(Directory.Exists(Output));

        await using var fresh = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        Directory.CreateDirectory(Output);
        await File.WriteAllTextAsync(Path.Combine(Output, "mine"), "", Cancel);
        Refused(await BackfillAsync(fresh, "--from", "2d"), "is not empty");
        Refused(await fresh.RunAsync("backfill", "--from", "2d", "--output", Path.Combine(Output, "mine")), "cannot be written");
        Assert.False(File.Exists(Path.Combine(fresh.StateDirectory, "backfill.db")));

        Assert.Equal(2, (await fresh.RunAsync("backfill", "--output", Output)).Status);
        foreach (var (flag, value) in new[] { ("--from", "a month"), ("--from", "0"), ("--step", "7m"), ("--step", "45m"), ("--label", "job"), ("--label", "server=a") })
        {
            string[] flags = flag == "--from" ? [] : ["--from", "2d"];
            var (status, text) = await fresh.RunAsync(["backfill", "--output", Output, .. flags, flag, value]);
            Assert.Equal(2, status);
            Assert.Contains($"{flag} {value}: ", text, StringComparison.Ordinal);
        }
        // None of this kept the exporter from starting as ever.
        await fresh.LaunchAsync();
        Assert.Equal(1, (await fresh.ScrapeAsync()).Find("postal_up"));
    }

    [Fact]
    public async Task A_run_goes_on_only_as_it_was_begun_and_a_database_that_is_gone_stops_it_where_it_is()
    {
        await WriteHistoryAsync(days: 12);
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        await using (var run = exporter.StartVerb("backfill", "--from", "20d", "--output", Output, "--label", "instance=here:10587"))
        {
            await Eventually(() => run.HasExited || (Directory.Exists(Output) && Files.Length > 8));
            await run.KillAsync();
        }

        Refused(await BackfillAsync(exporter, "--from", "21d"), "a backfill was begun with", "--label instance=here:10587");
        Refused(await exporter.RunAsync("backfill", "--from", "20d", "--output", Output), "a backfill was begun with");
        var globex = installation.Servers[1];
        await Administrator.ExecuteAsync(mariaDb.Server, $"RENAME TABLE `{globex.DatabaseName}`.messages TO `{globex.DatabaseName}`.away");
        Refused(await BackfillAsync(exporter, "--from", "20d"), "the message database of globex/mail cannot be read any more");
        await Administrator.ExecuteAsync(mariaDb.Server, $"RENAME TABLE `{globex.DatabaseName}`.away TO `{globex.DatabaseName}`.messages");
        Ran(await BackfillAsync(exporter, "--from", "20d"));

        await exporter.LaunchAsync();
        var page = await exporter.ScrapeAsync();
        foreach (var server in installation.Servers)
            await AssertShownAsync(server, page);
    }

    [Fact]
    public async Task A_server_that_cannot_be_read_at_the_begin_is_left_out_and_counted_from_its_end()
    {
        await WriteHistoryAsync(days: 2);
        var globex = installation.Servers[1];
        await Administrator.ExecuteAsync(mariaDb.Server, $"RENAME TABLE `{globex.DatabaseName}`.messages TO `{globex.DatabaseName}`.away");
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        var (status, text) = await BackfillAsync(exporter, "--from", "3d");
        await Administrator.ExecuteAsync(mariaDb.Server, $"RENAME TABLE `{globex.DatabaseName}`.away TO `{globex.DatabaseName}`.messages");

        Assert.Equal(0, status);
        Assert.Contains("globex/mail is left out", text, StringComparison.Ordinal);
        Assert.Contains("acme", await File.ReadAllTextAsync(Files[0], Cancel), StringComparison.Ordinal);
        await exporter.LaunchAsync();
        var page = await exporter.ScrapeAsync();
        await AssertShownAsync(installation.Servers[0], page);
        Assert.Equal(0, page.Sum("postal_messages_total", ("organization", "globex")));
    }

    [Fact]
    public async Task An_empty_installation_is_no_error_and_servers_to_come_are_read_from_their_first_row()
    {
        await using var empty = await Installation.CreateAsync(mariaDb.Server.ConnectionString, new InstallationDescription { DatabasePrefix = InstallationDescription.UniquePrefix() }, Cancel);
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, empty);

        Ran(await BackfillAsync(exporter, "--from", "2d"));

        Assert.Empty(Files);
        await exporter.LaunchAsync();
        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_up"));
    }

    [Fact]
    public async Task Openings_and_clicks_come_along_and_an_exporter_that_reached_no_database_does_not_stand_in_the_way()
    {
        var server = installation.Servers[0];
        var message = await server.AcceptAsync(server.Credential("app"), "anna@customer.example", Cancel);
        for (var number = 0; number < 3; number++)
            await server.LoadAsync(message, Cancel);
        await using var exporter = await ExporterProcess.CreateAsync(mariaDb.Server, installation);
        // Started, and never scraped: a store in which nothing was counted.
        await exporter.LaunchAsync();
        await exporter.TerminateAsync();

        Ran(await BackfillAsync(exporter, "--from", "2d"));

        await server.LoadAsync(message, Cancel);
        await exporter.LaunchAsync();
        Assert.Equal(4, (await exporter.ScrapeAsync()).Sum("postal_opens_total"));
    }

    private static void Ran((int Status, string Text) run) => Assert.True(run.Status == 0, run.Text);

    private static void Refused((int Status, string Text) run, params string[] words)
    {
        Assert.True(run.Status == 1, run.Text);
        Assert.All(words, word => Assert.Contains(word, run.Text, StringComparison.Ordinal));
    }

    private static async Task Eventually(Func<bool> condition)
    {
        while (!condition())
        {
            // Files appear when they are written; nothing else says so.
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancel);
        }
    }

    // But for recipient domains, of which there are more than have series of their own.
    private async Task AssertShownAsync(MailServer server, Exposition page)
    {
        var expected = await TableCounts.ReadAsync(mariaDb.Server.ConnectionString, server, (0, 0), Cancel);
        foreach (var (series, value) in expected.Where(pair => !pair.Key.StartsWith("postal_recipient_domain", StringComparison.Ordinal)))
            Assert.True(page.Values.GetValueOrDefault(series) == value, $"{series}: {page.Values.GetValueOrDefault(series)} on the page, {value} in the table");
    }

    private Task<(int Status, string Text)> BackfillAsync(ExporterProcess exporter, params string[] flags) =>
        exporter.RunAsync(["backfill", .. flags, "--output", Output, "--label", "instance=here:10587"]);

    private async Task WriteHistoryAsync(int days)
    {
        var now = TimeProvider.System.GetUtcNow();
        await new HistoryWriter(installation, Small).WriteAsync(now.AddDays(-days), now, null, Cancel);
    }

    private async Task<double> CountAsync(string condition, DateTimeOffset after, DateTimeOffset until)
    {
        var count = 0L;
        foreach (var server in installation.Servers)
        {
            count += await Administrator.NumberAsync(mariaDb.Server, string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT COUNT(*) FROM `{server.DatabaseName}`.messages WHERE {condition} AND timestamp > {after.ToUnixTimeSeconds()} AND timestamp <= {until.ToUnixTimeSeconds()}"));
        }
        return count;
    }
}
