using Dapper;
using PostalSimulator.History;
using PostalSimulator.Installations;
using PostalSimulator.OpenMetrics;
using PostalSimulator.Scenarios;

namespace PostalSimulator.Tests;

public sealed class HistoryTests(MariaDbFixture database)
{
    private static readonly DateTimeOffset Until = new(2026, 3, 18, 10, 30, 20, TimeSpan.Zero);
    private static readonly Scenario Small = ScenarioFile.Read(Path.Combine(AppContext.BaseDirectory, "Scenarios", "small.yml"));

    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_are_as_many_as_announced_and_statistics_agree_with_them()
    {
        await using var installation = await CreateAsync();

        var results = await new HistoryWriter(installation, Small).WriteAsync(Until.AddDays(-10), Until, null, cancellationToken);

        await using var connection = await database.ConnectAsync(cancellationToken);
        foreach (var result in results)
        {
            var schema = installation.Server(result.Server).DatabaseName;
            Assert.Equal(result.Messages, await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM `{schema}`.messages"));
            Assert.Equal(result.Deliveries, await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM `{schema}`.deliveries"));
            foreach (var table in (string[])["stats_hourly", "stats_daily", "stats_monthly", "stats_yearly"])
                Assert.Equal(
                    await connection.QuerySingleAsync<(long, long, long, long)>(
                        $"SELECT CAST(SUM(scope = 'outgoing') AS INT), CAST(SUM(scope = 'incoming') AS INT), (SELECT COUNT(*) FROM `{schema}`.deliveries "
                        + $"WHERE status IN ('HardFail', 'Bounced')), (SELECT COUNT(*) FROM `{schema}`.deliveries WHERE status = 'Held') FROM `{schema}`.messages"),
                    await connection.QuerySingleAsync<(long, long, long, long)>(
                        "SELECT CAST(SUM(outgoing) AS INT), CAST(COALESCE(SUM(incoming), 0) AS INT), CAST(SUM(bounces) AS INT), CAST(COALESCE(SUM(held), 0) AS INT) "
                        + $"FROM `{schema}`.{table}"));
        }
        Assert.True(results.Sum(result => result.Messages) > 5_000);
        Assert.Equal(results.Sum(result => result.Messages),
            await connection.ExecuteScalarAsync<long>($"SELECT total_messages FROM `{installation.DatabasePrefix}`.statistics"));
    }

    [Fact]
    public async Task Messages_end_in_the_state_of_their_last_delivery_and_the_unfinished_are_queued()
    {
        await using var installation = await CreateAsync();
        await new HistoryWriter(installation, Small).WriteAsync(Until.AddDays(-3), Until, null, cancellationToken);
        await using var connection = await database.ConnectAsync(cancellationToken);
        var (main, schema, id) = (installation.DatabasePrefix, installation.Server("acme/mail").DatabaseName, installation.Server("acme/mail").Id);

        var wrong = await connection.ExecuteScalarAsync<long>(
            $"SELECT COUNT(*) FROM `{schema}`.messages m WHERE m.status <> COALESCE((SELECT d.status FROM `{schema}`.deliveries d "
            + "WHERE d.message_id = m.id ORDER BY d.id DESC LIMIT 1), 'Pending')");
        var unordered = await connection.ExecuteScalarAsync<long>(
            $"SELECT COUNT(*) FROM `{schema}`.deliveries a JOIN `{schema}`.deliveries b ON b.id = a.id + 1 WHERE b.timestamp < a.timestamp");
        var statuses = await connection.QueryAsync<string>($"SELECT DISTINCT status FROM `{schema}`.messages");
        var waiting = (await connection.QueryAsync<int>(
            $"SELECT id FROM `{schema}`.messages WHERE status IN ('Pending', 'SoftFail') ORDER BY id")).ToList();
        var queued = await connection.QueryAsync<int>($"SELECT message_id FROM `{main}`.queued_messages WHERE server_id = {id} ORDER BY message_id");

        Assert.Equal(0, wrong);
        Assert.Equal(0, unordered);
        Assert.Superset(new HashSet<string> { "Sent", "HardFail", "SoftFail", "Bounced", "Held", "Processed" }, statuses.ToHashSet());
        Assert.Equal(waiting, queued);
    }

    [Fact]
    public async Task Exactly_the_asked_number_of_messages_is_written_and_no_index_is_missing()
    {
        await using var installation = await CreateAsync();
        await using var connection = await database.ConnectAsync(cancellationToken);
        var schema = installation.Server("acme/mail").DatabaseName;
        var count = $"SELECT COUNT(*) FROM information_schema.statistics WHERE table_schema = '{schema}' AND table_name IN ('messages', 'deliveries')";
        var before = await connection.ExecuteScalarAsync<long>(count);

        var result = await new HistoryWriter(installation, Small).WriteExactlyAsync("acme/mail", 12_345, Until.AddDays(-7), Until, cancellationToken);

        Assert.Equal(12_345, result.Messages);
        Assert.Equal(12_345, await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM `{schema}`.messages"));
        Assert.Equal(before, await connection.ExecuteScalarAsync<long>(count));
    }

    [Fact]
    public async Task Past_episodes_have_their_credential_domain_and_subject()
    {
        var scenario = ScenarioFile.Parse("test.yml", new StringReader("""
            organizations: [{permalink: acme, servers: [{permalink: mail, domains: [acme.example, offers.acme.example], credentials: [{name: app, messages_per_day: 100}]}]}]
            episodes:
              - {name: past, server: acme/mail, credential: relay, new_credential: true, sender_domain: offers.acme.example, subject: Confirm, start: -1d 03:00, messages_per_second: 1}
              - {name: future, server: acme/mail, credential: later, new_credential: true, start: 1h}
            """));
        await using var installation = await Installation.CreateAsync(
            database.ConnectionString, scenario.Describe(InstallationDescription.UniquePrefix()), cancellationToken);
        var server = installation.Server("mail");

        await new HistoryWriter(installation, scenario).WriteAsync(Until.AddDays(-2), Until, null, cancellationToken);

        await using var connection = await database.ConnectAsync(cancellationToken);
        Assert.Equal(["app", "relay"], server.Credentials.Select(credential => credential.Name));
        Assert.Equal(1_200, await connection.ExecuteScalarAsync<long>(
            $"SELECT COUNT(*) FROM `{server.DatabaseName}`.messages WHERE credential_id = {server.Credential("relay").Id} AND domain_id = {server.Domains[1].Id} "
            + "AND subject = 'Confirm' AND mail_from = 'hello@offers.acme.example' AND timestamp % 86400 BETWEEN 10800 AND 14399"));
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>(
            $"SELECT COUNT(*) FROM `{server.DatabaseName}`.messages WHERE credential_id = {server.Credential("app").Id} AND domain_id <> {server.Domains[0].Id}"));
    }

    [Fact]
    public async Task A_history_needs_empty_databases()
    {
        await using var installation = await CreateAsync();
        var server = installation.Server("acme/mail");
        await server.InsertMessageRowAsync(new MessageRow(), cancellationToken);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new HistoryWriter(installation, Small).WriteAsync(Until.AddDays(-1), Until, null, cancellationToken));

        Assert.Contains("holds rows already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenMetrics_counters_end_at_what_the_tables_hold()
    {
        await using var installation = await CreateAsync();
        await new HistoryWriter(installation, Small).WriteAsync(Until.AddDays(-2), Until, null, cancellationToken);
        var lines = (await BaselineAsync(Small)).Split('\n');
        await using var connection = await database.ConnectAsync(cancellationToken);
        var server = installation.Server("acme/mail");
        var credential = server.Credential("app").Id;

        // The last sample stands at the last whole minute.
        var end = Until.ToUnixTimeSeconds() / 60 * 60;
        var last = lines.Last(line => line.StartsWith(
            "postal_messages_total{organization=\"acme\",server=\"mail\",scope=\"outgoing\",credential=\"app\",job=\"postal\"}", StringComparison.Ordinal)).Split(' ');
        var rows = await connection.ExecuteScalarAsync<long>(
            $"SELECT COUNT(*) FROM `{server.DatabaseName}`.messages WHERE credential_id = {credential} AND timestamp < {end}");

        Assert.Equal("# EOF", lines[^2]);
        Assert.Equal(end.ToString(System.Globalization.CultureInfo.InvariantCulture), last[2]);
        Assert.Equal(rows.ToString(System.Globalization.CultureInfo.InvariantCulture), last[1]);
        Assert.True(rows > 500);
    }

    [Fact]
    public async Task The_seed_decides_everything()
    {
        var first = await BaselineAsync(Small);

        Assert.Equal(first, await BaselineAsync(Small));
        Assert.NotEqual(first, await BaselineAsync(Small with { Seed = Small.Seed + 1 }));
    }

    private async Task<string> BaselineAsync(Scenario scenario)
    {
        using var text = new MemoryStream();
        var writer = new BaselineWriter(scenario, [new("job", "postal")]);
        await writer.WriteAsync(text, Until.AddDays(-2), Until, TimeSpan.FromMinutes(1), cancellationToken);
        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }

    private Task<Installation> CreateAsync() =>
        Installation.CreateAsync(database.ConnectionString, Small.Describe(InstallationDescription.UniquePrefix()), cancellationToken);
}
