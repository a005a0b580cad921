using System.Globalization;
using System.Security.Cryptography;
using MySqlConnector;
using PostalExporter.Conformance;
using PostalSimulator.Databases;
using PostalSimulator.Installations;
using PostalSimulator.Scenarios;
using PostalSimulator.Traffic;

namespace PostalStack;

/// <summary>
/// The whole chain on loopback in a temporary folder: MariaDB with a Postal installation, the exporter with its least-privilege
/// account, Prometheus with the shipped rules and three weeks of baseline, Alertmanager with the shipped configuration, and the far
/// ends of its channels. Disposing it leaves nothing behind.
/// </summary>
internal sealed class MonitoringStack : IAsyncDisposable
{
    private const string DatabasePrefix = "postal";

    private readonly StackFolder folder = new();
    private readonly LoopbackPort exporterPort = new();
    private readonly LoopbackPort prometheusPort = new();
    private readonly LoopbackPort alertmanagerPort = new();
    private readonly LoopbackPort smtpServerPort = new();
    private readonly LoopbackPort workerPort = new();
    private readonly AlertmanagerMailbox mailbox = new();
    private readonly string exporterFolder;
    private readonly string prometheusFolder;
    private readonly string alertmanagerFolder;
    private readonly Action<string> say;
    private MariaDbServer? database;
    private Installation? installation;
    private Service? exporter;
    private Service? prometheus;
    private Service? alertmanager;
    private Pager? pager;
    private PrometheusApi? api;
    private Traffic? traffic;

    private MonitoringStack(Action<string> say)
    {
        this.say = say;
        exporterFolder = folder.Create("exporter");
        prometheusFolder = folder.Create("prometheus");
        alertmanagerFolder = folder.Create("alertmanager");
        Scenario = ScenarioFile.Read(Path.Combine(StackFolder.Repository, "tests", "Simulator", "Scenarios", "demo.yml"));
        Hijack = Scenario.Episodes.First(episode => episode.Kind == EpisodeKind.Hijack);
    }

    public Scenario Scenario { get; }

    /// <summary>The episode in which a credential is hijacked.</summary>
    public Episode Hijack { get; }

    /// <summary>Folder of everything temporary.</summary>
    public string Folder => folder.Root;

    public Installation Installation => installation!;

    public Service Exporter => exporter!;

    public Service Prometheus => prometheus!;

    public Service Alertmanager => alertmanager!;

    public Pager Pager => pager!;

    public PrometheusApi Api => api!;

    public Traffic Traffic => traffic!;

    /// <summary>Administrator's connection string of the MariaDB.</summary>
    public string AdministratorConnection => database!.ConnectionString;

    /// <summary>Starts everything, in the end the ordinary traffic.</summary>
    /// <param name="say">Told what happens, a line each.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind.</param>
    /// <exception cref="StackException">A part does not start; the message says which one and why.</exception>
    public static async Task<MonitoringStack> StartAsync(Action<string> say, CancellationToken cancellationToken)
    {
        var stack = new MonitoringStack(say);
        try
        {
            await Task.WhenAll(stack.ImportBaselineAsync(cancellationToken), stack.StartSourceAsync(cancellationToken));
            await stack.StartAlertmanagerAsync(cancellationToken);
            await stack.StartPrometheusAsync(cancellationToken);
            await stack.UntilScrapedAsync(cancellationToken);
            stack.traffic = new Traffic(stack.Installation, stack.Scenario, stack.smtpServerPort.Release(), stack.workerPort.Release());
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="StackException">A part has ended by itself.</exception>
    public void EnsureRunning()
    {
        foreach (var service in (Service[])[Exporter, Prometheus, Alertmanager])
            if (service.HasEnded)
                throw service.Failure("ended by itself");
        traffic?.EnsureRunning();
    }

    /// <summary>Kills the exporter as a crash would, and starts it again on its state.</summary>
    public async Task CrashExporterAsync(CancellationToken cancellationToken)
    {
        await Exporter.KillAsync(cancellationToken);
        await Exporter.DisposeAsync();
        exporter = await StartExporterProcessAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // In reverse order, and one that fails keeps no other from ending.
        var failures = new List<Exception>();
        foreach (var part in (IAsyncDisposable?[])[traffic, prometheus, alertmanager, exporter, pager, mailbox, installation, database])
            await TryAsync(() => part?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var part in (IDisposable?[])[api, exporterPort, prometheusPort, alertmanagerPort, smtpServerPort, workerPort, folder])
        {
            await TryAsync(() =>
            {
                part?.Dispose();
                return ValueTask.CompletedTask;
            });
        }
        if (failures.Count > 0)
            throw new AggregateException(failures);

        async Task TryAsync(Func<ValueTask> end)
        {
            try
            {
                await end();
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }
    }

    private async Task ImportBaselineAsync(CancellationToken cancellationToken)
    {
        await Baseline.ImportAsync(
            Scenario, exporterPort.Address.Authority, prometheusFolder, Path.Combine(prometheusFolder, "data"), cancellationToken);
        say($"baseline      {Baseline.Length.TotalDays:0} days of ordinary traffic imported into Prometheus");
    }

    /// <summary>Postal and what watches it.</summary>
    private async Task StartSourceAsync(CancellationToken cancellationToken)
    {
        try
        {
            database = await MariaDbServer.StartAsync(
                new MariaDbServerOptions { ParentDirectory = folder.Root }, TimeProvider.System, cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            throw new StackException($"MariaDB: {e.Message}");
        }
        say($"MariaDB       127.0.0.1:{database.Port}");
        installation = await Installation.CreateAsync(AdministratorConnection, Scenario.Describe(DatabasePrefix), cancellationToken);
        // They end with MariaDB.
        installation.KeepDatabases = true;
        say($"Postal        {installation.Organizations.Count} organizations, {installation.Servers.Count} mail servers, "
            + $"{installation.Servers.Sum(server => server.Credentials.Count)} credentials");
        await PrepareExporterAsync(cancellationToken);
        exporter = await StartExporterProcessAsync(cancellationToken);
        say($"exporter      {exporter.Address}");
    }

    private async Task PrepareExporterAsync(CancellationToken cancellationToken)
    {
        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var grants = new ShippedFile("exporter/grants.sql").With("CHANGE-ME", password).ToString();
        var port = new MySqlConnectionStringBuilder(AdministratorConnection).Port;
        await Tool.RunAsync(
            "mariadb", ["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", $"--port={port}", "--user=root"], cancellationToken, grants);
        await File.WriteAllTextAsync(Path.Combine(exporterFolder, "password"), password, cancellationToken);
        var account = string.Create(CultureInfo.InvariantCulture, $$"""{host: 127.0.0.1, port: {{port}}, username: postal_exporter, password_file: password, tls_mode: disabled}""");
        await File.WriteAllTextAsync(Path.Combine(exporterFolder, "exporter.yml"),
            $"main_db: {account}\nmessage_db: {account}\nstate: {{path: state}}\n", cancellationToken);
        Directory.CreateDirectory(Path.Combine(exporterFolder, "state"));
        // Built as this program was: bin/CONFIGURATION/FRAMEWORK.
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        StackFolder.Copy(Path.Combine("exporter", "bin", output.Parent!.Name, output.Name), Path.Combine(exporterFolder, "bin"));
        await Account.GiveAsync(exporterFolder, cancellationToken);
    }

    private Task<Service> StartExporterProcessAsync(CancellationToken cancellationToken) => Service.StartAsync(
        "the exporter", Tool.Find("dotnet"),
        [
            Path.Combine(exporterFolder, "bin", "postal-exporter.dll"), "serve", "--config.file", Path.Combine(exporterFolder, "exporter.yml"),
            "--web.listen-address", exporterPort.Release().Authority,
        ],
        // Ready, in the exporter's sense, comes with the first scrape.
        exporterPort.Address, "/-/healthy", exporterFolder, cancellationToken);

    private async Task StartAlertmanagerAsync(CancellationToken cancellationToken)
    {
        pager = await Pager.StartAsync(cancellationToken);
        var secrets = Directory.CreateDirectory(Path.Combine(alertmanagerFolder, "secrets")).FullName;
        foreach (var (name, secret) in new Dictionary<string, string>
        {
            ["pagerduty_routing_key"] = "routing-key-of-the-demo", ["slack_api_url"] = new Uri(pager.Address, Pager.SlackPath).ToString(),
            ["smtp_password"] = "password-of-the-demo", ["dead_mans_switch_token"] = "token-of-the-demo",
        })
            await File.WriteAllTextAsync(Path.Combine(secrets, name), secret, cancellationToken);
        var configuration = Path.Combine(alertmanagerFolder, "alertmanager.yml");
        await new ShippedFile("alertmanager/alertmanager.yml")
            .With("/etc/alertmanager/secrets/", $"{secrets}/")
            .With("https://events.pagerduty.com/v2/enqueue", new Uri(pager.Address, Pager.PagerDutyPath).ToString())
            .With("https://dead-mans-switch.example.org/postal", new Uri(pager.Address, Pager.DeadMansSwitchPath).ToString())
            .With("smtp.example.org:587", mailbox.Address)
            .With("smtp_require_tls: true", "smtp_require_tls: false")
            .SaveAsync(configuration, cancellationToken);
        StackFolder.Copy("alertmanager/templates", Path.Combine(alertmanagerFolder, "templates"));
        await Account.GiveAsync(alertmanagerFolder, cancellationToken);
        var address = alertmanagerPort.Release();
        alertmanager = await Service.StartAsync(
            "Alertmanager", Tool.Find("prometheus-alertmanager", "alertmanager"),
            [
                $"--config.file={configuration}", $"--storage.path={alertmanagerFolder}/data", $"--web.listen-address={address.Authority}",
                $"--web.external-url={address}", "--cluster.listen-address=",
            ],
            address, "/-/ready", alertmanagerFolder, cancellationToken);
        say($"Alertmanager  {address}");
    }

    private async Task StartPrometheusAsync(CancellationToken cancellationToken)
    {
        var address = prometheusPort.Release();
        var configuration = Path.Combine(prometheusFolder, "prometheus.yml");
        await new ShippedFile("rules/prometheus.yml")
            .With("exporter:10587", Exporter.Address.Authority)
            .With("alertmanager:9093", Alertmanager.Address.Authority)
            .With("localhost:9090", address.Authority)
            .SaveAsync(configuration, cancellationToken);
        StackFolder.Copy("rules/v1", Path.Combine(prometheusFolder, "v1"));
        var targets = Directory.CreateDirectory(Path.Combine(prometheusFolder, "targets")).FullName;
        foreach (var (file, value, port) in new[]
        {
            ("postal-smtp.yml", "host.docker.internal:9091", smtpServerPort), ("postal-worker.yml", "host.docker.internal:9090", workerPort),
        })
            await new ShippedFile($"rules/targets/{file}").With(value, port.Address.Authority).SaveAsync(Path.Combine(targets, file), cancellationToken);
        await Account.GiveAsync(prometheusFolder, cancellationToken);
        prometheus = await Service.StartAsync(
            "Prometheus", Tool.Find("prometheus"),
            [
                $"--config.file={configuration}", $"--storage.tsdb.path={prometheusFolder}/data", "--storage.tsdb.retention.time=40d",
                $"--web.listen-address={address.Authority}", $"--web.external-url={address}",
            ],
            address, "/-/ready", prometheusFolder, cancellationToken);
        api = new PrometheusApi(address);
        say($"Prometheus    {address}");
    }

    /// <summary>Waits until every mail server has been scraped, so that the exporter counts from the first live message on.</summary>
    private async Task UntilScrapedAsync(CancellationToken cancellationToken)
    {
        // postal_up is only there once the exporter has been scraped; the other series is part of the baseline, too.
        const string query = "count(postal_exporter_server_up == 1 and on (instance, job) postal_up == 1)";
        await Until.TrueAsync(
            async () =>
            {
                EnsureRunning();
                return await Api.ValueAsync(query, cancellationToken) == Installation.Servers.Count;
            },
            TimeSpan.FromMinutes(1), () => Exporter.Failure("does not see every mail server"), cancellationToken);
    }
}
