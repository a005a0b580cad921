using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using PostalSimulator.Databases;
using PostalSimulator.Health;
using PostalSimulator.Installations;
using PostalSimulator.Live;
using PostalSimulator.Scenarios;

namespace PostalExporter.Conformance;

/// <summary>Postal's own metrics: the shipped jobs bring them to a real Prometheus, and the queries of their page find them.</summary>
public sealed class PostalHealthTests : IDisposable
{
    private const string Traffic = """
        organizations: [{permalink: acme, servers: [{permalink: mail, domains: [acme.example], credentials: [{name: app}]}]}]
        episodes:
          - {name: mail, kind: campaign, server: acme/mail, credential: app, start: 0s, messages_per_second: 5}
          - {name: guesses, kind: guessing, server: acme/mail, credential: app, start: 0s, messages_per_second: 5}
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("postal-health-").FullName;
    private readonly HttpClient client = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_shipped_jobs_bring_rejected_logins_and_the_worker_to_Prometheus()
    {
        await using var database = await MariaDbServer.StartAsync(Cancel);
        var scenario = ScenarioFile.Parse("test.yml", new StringReader(Traffic));
        await using var installation = await Installation.CreateAsync(
            database.ConnectionString, scenario.Describe(InstallationDescription.UniquePrefix()), Cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var run = new LiveRun(installation, scenario, TextWriter.Null, TextWriter.Null);
        var (smtpServer, worker) = (FreePort(), FreePort());
        await using var smtpServerPage = HealthServer.OfSmtpServer(run.Health, "127.0.0.1", smtpServer);
        await using var workerPage = HealthServer.OfWorker(run.Health, "127.0.0.1", worker);
        await using var prometheus = await StartPrometheusAsync(smtpServer, worker);
        var running = run.RunAsync(stop.Token);

        await UntilFoundAsync(prometheus, """postal_smtp_server_client_errors{job="postal-smtp", error="invalid-credentials"} > 10""");
        await UntilFoundAsync(prometheus, """postal_smtp_server_messages_total{job="postal-smtp", type="outgoing", tls="yes"} > 10""");
        await UntilFoundAsync(prometheus, """postal_worker_job_executions{job="postal-worker", exported_job="ProcessQueuedMessagesJob"} > 10""");
        // Every query of the page, but for the error that a healthy worker does not have.
        var queries = MarkdownPage.Of("docs/postal-health.md").Blocks.Where(block => block.Language == "promql").Select(block => block.Text)
            .Where(query => !query.Contains("postal_worker_errors", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, queries.Count);
        foreach (var query in queries)
            await UntilFoundAsync(prometheus, query);

        await stop.CancelAsync();
        await running;
    }

    public void Dispose()
    {
        client.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Starts Prometheus with the shipped configuration, whose targets and times are those of this test.</summary>
    private async Task<LoopbackProgram> StartPrometheusAsync(int smtpServer, int worker)
    {
        var shipped = await File.ReadAllTextAsync(Repository.PathOf("rules", "prometheus.yml"), Cancel);
        var configuration = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, shipped
            .Replace("scrape_interval: 15s", "scrape_interval: 1s", StringComparison.Ordinal)
            .Replace("scrape_timeout: 10s", "scrape_timeout: 1s", StringComparison.Ordinal)
            // Traffic goes to loopback alone, and only Postal's pages are looked at.
            .Replace("exporter:10587", "127.0.0.1:1", StringComparison.Ordinal)
            .Replace("alertmanager:9093", "127.0.0.1:1", StringComparison.Ordinal)
            .Replace("localhost:9090", "127.0.0.1:1", StringComparison.Ordinal), Cancel);
        Directory.CreateDirectory(Path.Combine(folder, "targets"));
        foreach (var (file, was, port) in new[] { ("postal-smtp.yml", "host.docker.internal:9091", smtpServer), ("postal-worker.yml", "host.docker.internal:9090", worker) })
        {
            var targets = await File.ReadAllTextAsync(Repository.PathOf("rules", "targets", file), Cancel);
            Assert.Contains(was, targets, StringComparison.Ordinal);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "targets", file), targets.Replace(was, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"), StringComparison.Ordinal), Cancel);
        }
        var prometheus = await LoopbackProgram.StartAsync(
            "prometheus",
            [$"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(folder, "data")}", "--web.listen-address=127.0.0.1:0"], Cancel);
        await prometheus.UntilReadyAsync(Cancel);
        return prometheus;
    }

    private Task UntilFoundAsync(LoopbackProgram prometheus, string query) => Eventually.TrueAsync(
        async () =>
        {
            using var form = new FormUrlEncodedContent([KeyValuePair.Create("query", query)]);
            using var response = await client.PostAsync(new Uri(prometheus.Address, "/api/v1/query"), form, Cancel);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
            Assert.True(answer.GetProperty("status").GetString() == "success", $"{answer}\n{query}");
            return answer.GetProperty("data").GetProperty("result").GetArrayLength() > 0;
        },
        () => $"nothing found for {query}\n{prometheus.Log}", Cancel);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
