using PostalExporter.Collectors;
using PostalExporter.Metrics;

namespace PostalExporter.Integration.Collectors;

public sealed class CredentialsCollectorTests(MariaDbFixture mariaDb) : CollectorTest(mariaDb)
{
    private readonly CredentialsCollector collector = new();

    [Fact]
    public async Task Every_credential_has_its_id_type_and_hold_flag()
    {
        var server = Postal.Server("acme/mail");
        var (app, cron) = (server.Credential("app"), server.Credential("cron"));
        await server.SetCredentialHoldAsync(cron, hold: true, Cancellation);

        var gauges = await CollectAsync(collector);

        Assert.Equal([$"acme|mail|app|{app.Id}|SMTP=1", $"acme|mail|cron|{cron.Id}|API=1"], gauges.Of(Families.CredentialInfo));
        Assert.Equal(["acme|mail|app=0", "acme|mail|cron=1"], gauges.Of(Families.CredentialHeld));
    }

    [Fact]
    public async Task The_last_use_is_the_databases_moment_in_Unix_time_and_absent_before_the_first()
    {
        var server = Postal.Server("acme/mail");
        await ExecuteAsync("UPDATE credentials SET last_used_at = NULL");
        await ExecuteAsync("UPDATE credentials SET last_used_at = '2025-02-28 22:00:00.5' WHERE id = @Id", new { server.Credential("app").Id });

        var gauges = await CollectAsync(collector, sessionSettings: "SET time_zone = '-08:00'");

        Assert.Equal(["acme|mail|app=1740780000.5"], gauges.Of(Families.CredentialLastUsed));
    }

    [Fact]
    public async Task Credentials_of_one_name_and_of_hostile_names_keep_series_of_their_own()
    {
        var server = Postal.Server("acme/mail");
        await server.AddCredentialAsync(new("app"), Cancellation);
        await server.AddCredentialAsync(new("quote \" and \\ and\nline"), Cancellation);
        await server.AddCredentialAsync(new(string.Concat(Enumerable.Repeat("\U0001F600", 255))), Cancellation);
        await ExecuteAsync("INSERT INTO credentials (server_id, `key`, type, name, hold) VALUES (@Id, 'secret', NULL, NULL, NULL)", new { server.Id });

        var gauges = await CollectAsync(collector);

        Assert.Equal(6, gauges.Of(Families.CredentialInfo).Count);
        Assert.Equal(6, gauges.Of(Families.CredentialHeld).Count);
        Assert.DoesNotContain(gauges.Of(Families.CredentialInfo), series => series.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_credential_without_a_place_has_no_gauges()
    {
        var server = Postal.Server("acme/mail");
        await ExecuteAsync("UPDATE credentials SET last_used_at = UTC_TIMESTAMP() WHERE id = @Id", new { server.Credential("cron").Id });

        var gauges = await CollectAsync(collector, Configuration() with { Limits = new() { CredentialsPerServer = 1 } });

        Assert.Equal([$"acme|mail|cron|{server.Credential("cron").Id}|API=1"], gauges.Of(Families.CredentialInfo));
        Assert.Single(gauges.Of(Families.CredentialHeld));
        Assert.Single(gauges.Of(Families.CredentialLastUsed));
    }
}
