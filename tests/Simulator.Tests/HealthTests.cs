using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Dapper;
using PostalSimulator.Health;
using PostalSimulator.Installations;
using PostalSimulator.Live;
using PostalSimulator.Scenarios;

namespace PostalSimulator.Tests;

public sealed class HealthTests(MariaDbFixture database)
{
    private readonly CancellationToken cancellationToken = TestContext.Current.CancellationToken;

    [Fact]
    public void Families_have_the_names_types_and_labels_of_Postals()
    {
        Assert.Equal(
        [
            "postal_smtp_server_connections_total counter ()", "postal_smtp_server_exceptions_total counter (type,error)",
            "postal_smtp_server_tls_connections_total counter ()", "postal_smtp_server_commands_total counter (command)",
            "postal_smtp_server_client_errors counter (error)", "postal_smtp_server_messages_total counter (type,tls)",
            "postal_worker_job_executions counter (thread,job)", "postal_worker_job_runtime histogram (thread,job)",
            "postal_worker_errors counter (error)", "postal_worker_task_runtime histogram (task)", "postal_message_queue_latency histogram ()",
        ], HealthFamily.SmtpServer.Concat(HealthFamily.Worker).Select(family =>
            $"{family.Name} {(family.IsHistogram ? "histogram" : "counter")} ({string.Join(',', family.Labels)})"));
    }

    [Fact]
    public void A_page_is_written_as_Postals_library_writes_it()
    {
        var page = new HealthPage([HealthFamily.Connections, HealthFamily.ClientErrors, HealthFamily.QueueLatency]);
        page.Increment(HealthFamily.ClientErrors, "invalid-credentials");
        page.Observe(HealthFamily.QueueLatency, 0.3);
        page.Observe(HealthFamily.QueueLatency, 12);

        var lines = page.ToString().Split('\n');

        // Without labels a series is there from the start, with some from its first event on.
        Assert.Contains("postal_smtp_server_connections_total 0.0", lines);
        Assert.Equal(["# TYPE postal_smtp_server_client_errors counter", "# HELP postal_smtp_server_client_errors Refusals, by reason.",
            "postal_smtp_server_client_errors{error=\"invalid-credentials\"} 1.0"], lines.Skip(3).Take(3));
        Assert.Equal(
        [
            "postal_message_queue_latency_bucket{le=\"0.25\"} 0.0", "postal_message_queue_latency_bucket{le=\"0.5\"} 1.0",
            "postal_message_queue_latency_bucket{le=\"1\"} 1.0", "postal_message_queue_latency_bucket{le=\"2.5\"} 1.0",
            "postal_message_queue_latency_bucket{le=\"5\"} 1.0", "postal_message_queue_latency_bucket{le=\"10\"} 1.0",
            "postal_message_queue_latency_bucket{le=\"+Inf\"} 2.0", "postal_message_queue_latency_sum 12.3", "postal_message_queue_latency_count 2.0", "",
        ], lines[^10..]);
    }

    [Fact]
    public async Task Pages_are_served_where_Postal_serves_them()
    {
        var health = new PostalHealth();
        var port = FreePort();
        await using var server = HealthServer.OfWorker(health, "127.0.0.1", port);
        using var client = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")) };

        using var metrics = await client.GetAsync("/metrics", cancellationToken);
        using var unknown = await client.GetAsync("/other", cancellationToken);

        Assert.Equal("text/plain", metrics.Content.Headers.ContentType?.MediaType);
        Assert.Equal(health.Worker.ToString(), await metrics.Content.ReadAsStringAsync(cancellationToken));
        Assert.Equal("OK", await client.GetStringAsync("/health", cancellationToken));
        Assert.Matches(@"^worker \(pid: [0-9]+, host: .+\)$", await client.GetStringAsync("/", cancellationToken));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        var port = FreePort();
        await using var first = HealthServer.OfWorker(new PostalHealth(), "127.0.0.1", port);

        var error = Assert.Throws<InvalidOperationException>(() => HealthServer.OfSmtpServer(new PostalHealth(), "127.0.0.1", port));

        Assert.StartsWith(
            string.Create(CultureInfo.InvariantCulture, $"the health page of the smtp-server cannot listen at 127.0.0.1:{port}: "), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_live_run_counts_connections_messages_and_work_but_nothing_of_the_API()
    {
        var (page, accepted) = await RunAsync("""
            episodes:
              - {name: api, kind: campaign, server: acme/mail, credential: api, start: 0s, messages_per_second: 10}
              - {name: smtp, kind: campaign, server: acme/mail, credential: app, start: 0s, messages_per_second: 10}
            """, _ => Task.CompletedTask, health => Value(health.Worker, "postal_message_queue_latency_count") > 20);

        var taken = Value(page.SmtpServer, "postal_smtp_server_messages_total{type=\"outgoing\",tls=\"yes\"}");
        Assert.Equal(taken, Value(page.SmtpServer, "postal_smtp_server_connections_total"));
        Assert.Equal(taken, Value(page.SmtpServer, "postal_smtp_server_commands_total{command=\"AUTH PLAIN\"}"));
        Assert.InRange(taken, 1, accepted - 1);
        Assert.True(Value(page.Worker, "postal_worker_job_executions{thread=\"0\",job=\"ProcessQueuedMessagesJob\"}") > 20);
        Assert.True(Value(page.Worker, "postal_worker_job_runtime_count{thread=\"0\",job=\"ProcessWebhookRequestsJob\"}") > 0);
        Assert.DoesNotContain("postal_smtp_server_client_errors{", page.SmtpServer.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("postal_worker_errors{", page.Worker.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guessed_passwords_and_those_of_a_deleted_credential_are_rejected_logins_and_no_mail()
    {
        var (page, accepted) = await RunAsync("""
            episodes:
              - {name: guesses, kind: guessing, server: acme/mail, credential: app, start: 0s, messages_per_second: 5}
              - {name: deleted, kind: campaign, server: acme/mail, credential: app, start: 0s, messages_per_second: 5}
            """, server => server.DeleteCredentialAsync(server.Credential("app"), cancellationToken),
            health => Value(health.SmtpServer, "postal_smtp_server_client_errors{error=\"invalid-credentials\"}") > 20);

        Assert.Equal(0, accepted);
        Assert.DoesNotContain("postal_smtp_server_messages_total{", page.SmtpServer.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stats_hourly", "postal_smtp_server_exceptions_total{type=\"data\",error=\"Mysql2::Error\"}")]
    [InlineData("deliveries", "postal_worker_errors{error=\"Mysql2::Error\"}")]
    public async Task A_statement_that_fails_is_an_exception_of_the_process_that_runs_it(string table, string series)
    {
        var (health, accepted) = await RunAsync("""
            episodes:
              - {name: smtp, kind: campaign, server: acme/mail, credential: app, start: 0s, messages_per_second: 20}
            """, async server =>
            {
                await using var connection = await database.ConnectAsync(cancellationToken);
                await connection.ExecuteAsync($"DROP TABLE `{server.DatabaseName}`.`{table}`");
            }, health => Value(health.SmtpServer, series) + Value(health.Worker, series) > 5);

        Assert.Equal(table == "deliveries", accepted > 0);
        Assert.Equal(table == "stats_hourly", health.SmtpServer.ToString().Contains("Mysql2::Error", StringComparison.Ordinal));
        Assert.Equal(table == "deliveries", health.Worker.ToString().Contains("Mysql2::Error", StringComparison.Ordinal));
    }

    /// <summary>Runs episodes of a server, once it is prepared, until something shows; gives the number of messages too.</summary>
    private async Task<(PostalHealth Health, long Accepted)> RunAsync(string episodes, Func<MailServer, Task> prepare, Func<PostalHealth, bool> until)
    {
        var scenario = ScenarioFile.Parse("test.yml", new StringReader(
            "organizations: [{permalink: acme, servers: [{permalink: mail, domains: [acme.example], credentials: [{name: app}, {name: api, type: API}]}]}]\n" + episodes));
        await using var installation = await Installation.CreateAsync(
            database.ConnectionString, scenario.Describe(InstallationDescription.UniquePrefix()), cancellationToken);
        await prepare(installation.Server("mail"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = new LiveRun(installation, scenario, TextWriter.Null, TextWriter.Null);
        var running = run.RunAsync(stop.Token);
        while (!until(run.Health))
        {
            Assert.False(running.IsCompleted);
            // The page cannot be awaited, only looked at again.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
        await stop.CancelAsync();
        await running;
        return (run.Health, run.Accepted);
    }

    /// <summary>The value of a series; 0 when it is not there.</summary>
    private static double Value(HealthPage page, string series) => page.ToString().Split('\n')
        .Where(line => line.StartsWith($"{series} ", StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture)).SingleOrDefault();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
