using System.Globalization;
using MySqlConnector;

namespace PostalStack.Tests;

/// <summary>The demo's chain, with every part the real one: from a hijacked credential in Postal's tables to a page.</summary>
public sealed class HijackTests
{
    // Fed by the tail: what they show is committed before it is shown.
    private static readonly string[] Counters =
    [
        "postal_messages_total", "postal_message_bytes_total", "postal_deliveries_total", "postal_delivery_failures_total",
        "postal_message_failures_total", "postal_sender_domain_messages_total", "postal_recipient_domain_deliveries_total",
    ];

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hijacked_credential_is_paged_and_counted_exactly_across_a_crash_of_the_exporter()
    {
        await using var stack = await MonitoringStack.StartAsync(Say, CancellationToken);
        var start = TimeProvider.System.GetUtcNow();
        var detection = new Detection(stack, step => Say(string.Create(CultureInfo.InvariantCulture, $"{step.Seconds,6:0.0} {step.What}")));
        await detection.UntilBaselineAsync(CancellationToken);

        await detection.RunAsync(TimeSpan.FromMinutes(3), CancellationToken);

        var page = detection.Page!.Body.GetProperty("payload");
        Assert.Equal("critical", page.GetProperty("severity").GetString());
        Assert.Contains("tailspin/bookings, credential reception", page.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Matches("/runbooks/PostalCredential[A-Za-z]+\\.md$", page.GetProperty("custom_details").GetProperty("runbook").GetString());
        Assert.Contains(stack.Pager.Received(Pager.DeadMansSwitchPath), ping => ping.Authorization == "Bearer token-of-the-demo");

        await PostalSpeaksForItselfAsync(stack);
        await MetricsAreCleanAsync(stack);
        await CrashAsync(stack);
        await stack.Traffic.StopAsync();
        await CountersEqualTablesAsync(stack, detection.Selector, start);

        // The samples since the stack began, the last of them scraped after the tables had come to rest.
        var window = (int)(TimeProvider.System.GetUtcNow() - start).TotalSeconds;
        foreach (var family in Counters)
            Assert.Equal(0, await stack.Api.ValueAsync($$"""max(resets({{family}}{job="postal"}[{{window}}s]))""", CancellationToken));
        Assert.All(stack.Pager.Received(Pager.PagerDutyPath), OnlyTheHijackedCredential);
    }

    private static void OnlyTheHijackedCredential(Notification page)
    {
        var details = page.Body.GetProperty("payload").GetProperty("custom_details");
        Assert.Equal(("tailspin", "bookings"), (details.GetProperty("organization").GetString(), details.GetProperty("server").GetString()));
        Assert.True(details.GetProperty("credential").GetString() is "reception" or "", $"a page about another credential: {details}");
    }

    /// <summary>Postal's own metrics are scraped too: the scenario has a rejected login now and then, and the worker works.</summary>
    private static Task PostalSpeaksForItselfAsync(MonitoringStack stack) => Until.TrueAsync(
        async () => await stack.Api.ValueAsync("""postal_smtp_server_client_errors{job="postal-smtp", error="invalid-credentials"}""", CancellationToken) > 0
            && await stack.Api.ValueAsync("""sum(postal_worker_job_executions{job="postal-worker"})""", CancellationToken) > 0,
        TimeSpan.FromMinutes(2), () => stack.Prometheus.Failure("does not have Postal's own metrics"), CancellationToken);

    private static async Task MetricsAreCleanAsync(MonitoringStack stack)
    {
        using var client = new HttpClient { BaseAddress = stack.Exporter.Address };
        var text = await client.GetStringAsync("/metrics", CancellationToken);
        var output = await Tool.RunAsync("promtool", ["check", "metrics"], CancellationToken, text);
        Assert.Equal("", output);
    }

    /// <summary>Kills the exporter under load and waits until Prometheus has scraped its successor.</summary>
    private static async Task CrashAsync(MonitoringStack stack)
    {
        var former = await stack.Api.ValueAsync("""process_start_time_seconds{job="postal"}""", CancellationToken);
        Assert.NotNull(former);
        await stack.CrashExporterAsync(CancellationToken);
        await Until.TrueAsync(
            async () => await stack.Api.ValueAsync("""process_start_time_seconds{job="postal"}""", CancellationToken) > former,
            TimeSpan.FromMinutes(1), () => stack.Exporter.Failure("was not scraped after its restart"), CancellationToken);
    }

    private static async Task CountersEqualTablesAsync(MonitoringStack stack, string selector, DateTimeOffset start)
    {
        var server = stack.Installation.Server(stack.Hijack.Server);
        var credential = server.Credential(stack.Hijack.Credential).Id;
        await using var connection = new MySqlConnection(stack.AdministratorConnection);
        await connection.OpenAsync(CancellationToken);
        var messages = await CountAsync($"SELECT COUNT(*) FROM `{server.DatabaseName}`.messages WHERE credential_id = {credential}");
        var deliveries = await CountAsync(
            $"SELECT COUNT(*) FROM `{server.DatabaseName}`.deliveries JOIN `{server.DatabaseName}`.messages ON messages.id = deliveries.message_id WHERE credential_id = {credential}");
        Assert.True(messages > 100, $"only {messages} messages: the hijack did not happen");

        double? countedMessages = null, countedDeliveries = null;
        await Until.TrueAsync(
            async () =>
            {
                countedMessages = await stack.Api.ValueAsync(SumOf("postal_messages_total"), CancellationToken);
                countedDeliveries = await stack.Api.ValueAsync(SumOf("postal_deliveries_total"), CancellationToken);
                return countedMessages == messages && countedDeliveries == deliveries;
            },
            TimeSpan.FromMinutes(1),
            () => new StackException($"the tables hold {messages} messages and {deliveries} deliveries, Prometheus {countedMessages} and {countedDeliveries}"),
            CancellationToken);

        // Series of the imported history that the exporter does not have itself stay visible for five minutes.
        string SumOf(string family)
        {
            var series = $$"""{{family}}{{{selector}},job="postal"}""";
            return $"sum({series} unless timestamp({series}) < {start.ToUnixTimeSeconds()})";
        }

        async Task<long> CountAsync(string query)
        {
            await using var command = new MySqlCommand(query, connection);
            return (long)(await command.ExecuteScalarAsync(CancellationToken))!;
        }
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
