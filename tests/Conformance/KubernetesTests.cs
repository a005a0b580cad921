using System.Globalization;
using System.Net;
using System.Text.Json;
using PostalExporter.Cli;
using PostalExporter.Configuration;
using PostalExporter.Web;

namespace PostalExporter.Conformance;

/// <summary>The example for Kubernetes: one pod without rights, in agreement with the exporter, its image and the rules.</summary>
public sealed class KubernetesTests
{
    private const string Container = "spec/template/spec/containers/0";

    private static readonly KubernetesFile Exporter = new("deploy/kubernetes/postal-exporter.yml");

    private static readonly KubernetesObject Monitor = new KubernetesFile("deploy/kubernetes/servicemonitor.yml").Of("ServiceMonitor");

    private static readonly KubernetesObject StatefulSet = Exporter.Of("StatefulSet");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Configuration => Exporter.Of("ConfigMap").Text("data/exporter.yml");

    private static string SecretFolder => Mount("password").Text("mountPath");

    [Fact]
    public void It_is_a_stateful_set_with_what_it_needs_and_without_a_secret() =>
        Assert.Equal(["ConfigMap", "StatefulSet", "Service", "NetworkPolicy"], Exporter.Kinds);

    [Fact]
    public void There_is_one_replica_with_a_volume_of_its_own_for_the_state()
    {
        Assert.Equal("1", StatefulSet.Text("spec/replicas"));
        Assert.Equal("ReadWriteOnce", StatefulSet.Text("spec/volumeClaimTemplates/0/spec/accessModes/0"));
        Assert.Equal(Mount(StatefulSet.Text("spec/volumeClaimTemplates/0/metadata/name")).Text("mountPath"), new StateOptions().Path);
    }

    [Theory]
    [InlineData("spec/template/spec/automountServiceAccountToken", "false")]
    [InlineData("spec/template/spec/enableServiceLinks", "false")]
    [InlineData("spec/template/spec/securityContext/runAsNonRoot", "true")]
    [InlineData("spec/template/spec/securityContext/seccompProfile/type", "RuntimeDefault")]
    [InlineData(Container + "/securityContext/allowPrivilegeEscalation", "false")]
    [InlineData(Container + "/securityContext/readOnlyRootFilesystem", "true")]
    [InlineData(Container + "/securityContext/capabilities/drop/0", "ALL")]
    [InlineData(Container + "/resources/requests/memory", "128Mi")]
    [InlineData(Container + "/resources/limits/memory", "256Mi")]
    public void It_has_the_setting(string path, string value) => Assert.Equal(value, StatefulSet.Text(path));

    [Fact]
    public void Nothing_but_the_state_can_be_written()
    {
        Assert.All(StatefulSet.List($"{Container}/volumeMounts").Where(mount => mount.Text("name") != "state"), mount => Assert.Equal("true", mount.Text("readOnly")));
        // The debugger's socket would need /tmp.
        Assert.Contains("ENV DOTNET_EnableDiagnostics=0", ImageLines(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_user_may_read_the_password_and_write_the_state_by_its_group()
    {
        Assert.Equal(StatefulSet.Text("spec/template/spec/securityContext/runAsGroup"), StatefulSet.Text("spec/template/spec/securityContext/fsGroup"));
        Assert.NotEqual("0", StatefulSet.Text("spec/template/spec/securityContext/runAsUser"));
        Assert.Equal("0440", StatefulSet.List("spec/template/spec/volumes").Single(volume => volume.Text("name") == "password").Text("secret/defaultMode"));
    }

    [Fact]
    public void The_image_is_of_this_version() =>
        Assert.EndsWith($"/postal-exporter:{BuildInformation.Version}", StatefulSet.Text($"{Container}/image"), StringComparison.Ordinal);

    [Fact]
    public async Task The_exporter_starts_with_the_arguments_of_its_image_and_this_configuration_and_answers_the_probes()
    {
        await using var exporter = await DeployedExporter.StartAsync(ImageArguments(), Configuration, SecretFolder, Cancel);
        using var client = new HttpClient { BaseAddress = exporter.Address };

        foreach (var probe in (string[])["livenessProbe", "readinessProbe"])
        {
            using var answer = await client.GetAsync(StatefulSet.Text($"{Container}/{probe}/httpGet/path"), Cancel);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        using var ready = await client.GetAsync("/-/ready", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
    }

    [Fact]
    public void The_image_looks_for_the_configuration_where_it_is_mounted()
    {
        var arguments = ImageArguments();

        Assert.Equal($"{Mount("config").Text("mountPath")}/exporter.yml", arguments[arguments.ToList().IndexOf("--config.file") + 1]);
        Assert.Equal(2, Configuration.Split('\n').Count(line => line.Trim() == $"password_file: {SecretFolder}/password"));
    }

    [Fact]
    public void Its_port_is_the_exporters_from_the_container_to_the_scrape()
    {
        var arguments = ImageArguments();
        var port = StatefulSet.Text($"{Container}/ports/0/containerPort");
        var name = StatefulSet.Text($"{Container}/ports/0/name");

        Assert.Equal(WebOptions.DefaultListenAddress, $":{port}");
        Assert.Equal(WebOptions.DefaultListenAddress, arguments[arguments.ToList().IndexOf("--web.listen-address") + 1]);
        Assert.Equal(name, Exporter.Of("Service").Text("spec/ports/0/targetPort"));
        Assert.Equal(Exporter.Of("Service").Text("spec/ports/0/name"), Monitor.Text("spec/endpoints/0/port"));
        Assert.Equal(name, Exporter.Of("NetworkPolicy").Text("spec/ingress/0/ports/0/port"));
        Assert.All(["livenessProbe", "readinessProbe"], probe => Assert.Equal(name, StatefulSet.Text($"{Container}/{probe}/httpGet/port")));
    }

    [Fact]
    public void The_network_policy_lets_it_reach_the_database_and_names()
    {
        var configuration = new DatabaseOptions();
        var rules = Exporter.Of("NetworkPolicy").List("spec/egress").SelectMany(rule => rule.List("ports")).Select(port => port.Text("port"));

        Assert.Equal([configuration.Port.ToString(CultureInfo.InvariantCulture), "53", "53"], rules);
    }

    [Fact]
    public void Everything_that_selects_pods_selects_its_pod()
    {
        var labels = StatefulSet.Map("spec/template/metadata/labels");

        Assert.Equal(labels, StatefulSet.Map("spec/selector/matchLabels"));
        Assert.Equal(labels, Exporter.Of("Service").Map("spec/selector"));
        Assert.Equal(labels, Exporter.Of("NetworkPolicy").Map("spec/podSelector/matchLabels"));
        Assert.Equal(Exporter.Of("Service").Map("metadata/labels"), Monitor.Map("spec/selector/matchLabels"));
        Assert.Equal(Exporter.Of("Service").Text("metadata/name"), StatefulSet.Text("spec/serviceName"));
    }

    [Fact]
    public void Prometheus_scrapes_it_as_the_rules_expect()
    {
        var endpoint = Monitor.List("spec/endpoints").Single();
        var prometheus = File.ReadAllText(Repository.PathOf("rules", "prometheus.yml"));

        Assert.Contains($"\n  scrape_interval: {endpoint.Text("interval")}\n  scrape_timeout: {endpoint.Text("scrapeTimeout")}\n", prometheus, StringComparison.Ordinal);
        Assert.Contains("\n  - job_name: postal\n", prometheus, StringComparison.Ordinal);
        Assert.Equal(("job", "postal"), (endpoint.Text("relabelings/0/targetLabel"), endpoint.Text("relabelings/0/replacement")));
        Assert.Equal("labeldrop", endpoint.Text("relabelings/1/action"));
    }

    [Theory]
    [InlineData(0, "postal-smtp", 9091)]
    [InlineData(1, "postal-worker", 9090)]
    public void Postals_own_metrics_are_scraped_under_the_names_that_the_dashboards_know(int number, string job, int port)
    {
        var config = new KubernetesFile("deploy/kubernetes/scrapeconfig.yml").Objects[number];
        var prometheus = File.ReadAllText(Repository.PathOf("rules", "prometheus.yml"));

        Assert.Equal(("ScrapeConfig", job), (config.Text("kind"), config.Text("metadata/name")));
        Assert.EndsWith($":{port}", config.Text("spec/staticConfigs/0/targets/0"), StringComparison.Ordinal);
        Assert.Equal(("job", job), (config.Text("spec/relabelings/0/targetLabel"), config.Text("spec/relabelings/0/replacement")));
        Assert.Contains($"\n  - job_name: {job}\n", prometheus, StringComparison.Ordinal);
        Assert.Contains(
            $"\n  scrape_interval: {config.Text("spec/scrapeInterval")}\n  scrape_timeout: {config.Text("spec/scrapeTimeout")}\n", prometheus, StringComparison.Ordinal);
    }

    private static KubernetesObject Mount(string volume) => StatefulSet.List($"{Container}/volumeMounts").Single(mount => mount.Text("name") == volume);

    private static string ImageLines() => File.ReadAllText(Repository.PathOf("exporter", "Dockerfile"));

    private static string[] ImageArguments() =>
        JsonSerializer.Deserialize<string[]>(ImageLines().Split('\n').Last(line => line.StartsWith("CMD [", StringComparison.Ordinal))["CMD ".Length..])!;
}
