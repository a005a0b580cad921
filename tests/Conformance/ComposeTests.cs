using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace PostalExporter.Conformance;

/// <summary>The stack in containers: what compose starts, with which rights, and that everything it mounts is there.</summary>
public sealed partial class ComposeTests
{
    private static readonly ComposeFile Stack = new();

    private static readonly ComposeFile Demo = new(ComposeFile.EnvironmentFile(Repository.PathOf("tests", "Simulator", "compose", "demo.env")));

    public static TheoryData<string> AllServices => [.. Stack.Services.Keys];

    public static TheoryData<string> LastingServices =>
        [.. Stack.Services.Where(service => service.Value["restart"] is "unless-stopped").Select(service => service.Key)];

    [Fact]
    public void The_stack_is_exporter_prometheus_alertmanager_and_grafana_and_the_demo_adds_a_simulated_postal()
    {
        var withoutProfile = Stack.Services.Where(service => !service.Value.ContainsKey("profiles")).Select(service => service.Key);
        var demo = Stack.Services.Where(service => ComposeFile.List(service.Value, "profiles").SequenceEqual(["demo"])).Select(service => service.Key);

        Assert.Equal(["exporter", "prometheus", "alertmanager", "grafana"], withoutProfile);
        Assert.Equal(["mariadb", "simulator-create", "simulator-grants", "simulator"], demo);
        Assert.Equal("create", ComposeFile.List(Stack.Services["simulator-create"], "command")[0]);
        Assert.Equal("run", ComposeFile.List(Stack.Services["simulator"], "command")[0]);
    }

    [Theory]
    [MemberData(nameof(AllServices))]
    public void Every_image_is_pinned_to_a_version(string service)
    {
        var image = (string)Stack.Services[service]["image"];

        Assert.Matches(@"^[a-z0-9./-]+:v?\d+\.\d+\.\d+$", image);
    }

    [Theory]
    [MemberData(nameof(LastingServices))]
    public void What_runs_on_says_whether_it_is_healthy(string service)
    {
        var check = ComposeFile.Mapping(Stack.Services[service]["healthcheck"]);

        Assert.Equal("CMD", ComposeFile.List(check, "test")[0]);
        Assert.All(["interval", "timeout", "start_period"], key => Assert.Matches(@"^\d+s$", (string)check[key]));
    }

    [Theory]
    [MemberData(nameof(AllServices))]
    public void No_service_can_gain_rights_or_write_anywhere_but_to_its_volumes(string service)
    {
        var definition = Stack.Services[service];

        Assert.Equal("true", definition["read_only"]);
        Assert.Equal(["ALL"], ComposeFile.List(definition, "cap_drop"));
        Assert.Equal(["no-new-privileges:true"], ComposeFile.List(definition, "security_opt"));
        Assert.DoesNotContain("cap_add", definition.Keys);
        Assert.DoesNotContain("privileged", definition.Keys);
        Assert.All(Stack.Mounts(service).Where(mount => mount.Source.StartsWith('.')), mount => Assert.True(mount.ReadOnly, $"{mount.Source} can be written."));
    }

    [Theory]
    [MemberData(nameof(AllServices))]
    public void Ports_are_published_on_loopback_only(string service) =>
        Assert.All(ComposeFile.List(Stack.Services[service], "ports"), port => Assert.StartsWith("127.0.0.1:", (string)port, StringComparison.Ordinal));

    [Theory]
    [InlineData("exporter", "/var/lib/postal-exporter")]
    [InlineData("prometheus", "/prometheus")]
    [InlineData("alertmanager", "/alertmanager")]
    [InlineData("grafana", "/var/lib/grafana")]
    [InlineData("mariadb", "/var/lib/mysql")]
    public void State_survives_in_a_named_volume(string service, string folder)
    {
        var volume = Assert.Single(Stack.Mounts(service), mount => mount.Target == folder);

        Assert.Contains(volume.Source, Stack.NamedVolumes);
        Assert.False(volume.ReadOnly);
    }

    [Theory]
    [InlineData("prometheus", "--storage.tsdb.path=/prometheus")]
    [InlineData("alertmanager", "--storage.path=/alertmanager")]
    public void A_program_writes_where_its_volume_is(string service, string flag) =>
        Assert.Contains(flag, ComposeFile.List(Stack.Services[service], "command"));

    [Theory]
    [MemberData(nameof(AllServices))]
    public void Everything_mounted_is_in_the_repository_but_the_operators_own_configuration(string service)
    {
        Assert.All(Stack.Mounts(service).Concat(Demo.Mounts(service)).Where(mount => mount.Source.StartsWith('.')), mount =>
            Assert.True(
                mount.Source == "./exporter.yml" || Path.Exists(Repository.PathOf(mount.Source)),
                $"{service} mounts {mount.Source}, which does not exist."));
        Assert.All(Demo.Secrets(service), secret => Assert.True(File.Exists(Repository.PathOf(Demo.SecretFiles[secret.Name])), $"The demo lacks the secret {secret.Name}."));
    }

    [Fact]
    public void Every_file_that_a_program_is_told_to_read_is_mounted()
    {
        foreach (var service in Stack.Services.Keys)
        {
            var flags = ComposeFile.List(Stack.Services[service], "command").Cast<string>().Where(flag => flag.StartsWith("--config.file=", StringComparison.Ordinal));
            Assert.All(flags, flag => Assert.Contains(flag.Split('=')[1], Stack.Mounts(service).Select(mount => mount.Target)));
        }
    }

    [Fact]
    public void Alertmanager_finds_each_secret_of_its_configuration()
    {
        var configuration = File.ReadAllText(Repository.PathOf("alertmanager", "alertmanager.yml"));
        var read = SecretOfAlertmanager().Matches(configuration).Select(match => match.Value).Distinct().Order();

        Assert.Equal(read, Stack.Secrets("alertmanager").Select(secret => secret.Target).Order());
    }

    [Fact]
    public void The_exporter_of_the_demo_finds_its_password()
    {
        var configuration = File.ReadAllText(Repository.PathOf("tests", "Simulator", "compose", "exporter.yml"));

        Assert.Contains($"password_file: {Assert.Single(Demo.Secrets("exporter")).Target}\n", configuration, StringComparison.Ordinal);
    }

    [Fact]
    public void Prometheus_scrapes_and_alerts_the_services_of_this_file()
    {
        var targets = TargetsIn(File.ReadAllText(Repository.PathOf("rules", "prometheus.yml"))).ToList();

        Assert.Contains("exporter:10587", targets);
        Assert.Contains("alertmanager:9093", targets);
        Assert.All(targets.Where(target => !target.StartsWith("localhost:", StringComparison.Ordinal)), target => Assert.Contains(target.Split(':')[0], Stack.Services.Keys));
    }

    [Theory]
    [InlineData("postal-smtp", 9091)]
    [InlineData("postal-worker", 9090)]
    public void Prometheus_scrapes_Postals_own_metrics_from_the_host_and_those_of_the_demo_from_the_simulator(string job, int port)
    {
        string Targets(ComposeFile file)
        {
            var folder = Assert.Single(file.Mounts("prometheus"), mount => mount.Target == "/etc/prometheus/targets").Source;
            return Assert.Single(TargetsIn(File.ReadAllText(Repository.PathOf(folder, $"{job}.yml"))));
        }

        Assert.Contains($"  - job_name: {job}\n    file_sd_configs:\n      - files: [targets/{job}.yml]\n",
            File.ReadAllText(Repository.PathOf("rules", "prometheus.yml")), StringComparison.Ordinal);
        Assert.Equal($"host.docker.internal:{port}", Targets(Stack));
        Assert.Equal($"simulator:{port}", Targets(Demo));
        Assert.Contains("host.docker.internal:host-gateway", ComposeFile.List(Stack.Services["prometheus"], "extra_hosts"));
        Assert.Contains($"--{job["postal-".Length..]}-health-port={port}", ComposeFile.List(Stack.Services["simulator"], "command"));
    }

    [Fact]
    public void Prometheus_finds_its_rules_beside_its_configuration()
    {
        var mounts = Stack.Mounts("prometheus").ToList();
        var patterns = RuleFile().Matches(File.ReadAllText(Repository.PathOf("rules", "prometheus.yml"))).Select(match => match.Groups["path"].Value).ToList();

        Assert.NotEmpty(patterns);
        Assert.All(patterns, pattern =>
        {
            var folder = Assert.Single(mounts, mount => $"/etc/prometheus/{pattern}".StartsWith($"{mount.Target}/", StringComparison.Ordinal));
            Assert.NotEmpty(Directory.EnumerateFiles(Repository.PathOf(folder.Source, pattern.Split('/')[1]), "*.yml"));
        });
    }

    [Fact]
    public void Grafana_finds_the_data_source_and_the_dashboards()
    {
        var mounts = Stack.Mounts("grafana").ToDictionary(mount => mount.Target, mount => mount.Source);
        string Provisioned(string kind) => File.ReadAllText(Assert.Single(Directory.EnumerateFiles(Repository.PathOf(mounts[$"/etc/grafana/provisioning/{kind}"]), "*.yml")));
        var folder = DashboardFolder().Match(Provisioned("dashboards")).Groups["path"].Value;
        var home = (string)ComposeFile.Mapping(Stack.Services["grafana"]["environment"])["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"];

        Assert.NotEmpty(Directory.EnumerateFiles(Repository.PathOf(mounts[folder]), "*.json"));
        Assert.Equal($"{folder}/postal-overview.json", home);
        Assert.Contains("url: http://prometheus:9090\n", Provisioned("datasources"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_of_the_environment_gives_the_defaults_and_names_every_variable()
    {
        var text = File.ReadAllText(Repository.PathOf("docker-compose.yml"));
        var defaults = Variable().Matches(text).Select(match => (Name: match.Groups["name"].Value, Default: match.Groups["default"].Value)).Distinct();
        var example = ComposeFile.EnvironmentFile(Repository.PathOf(".env.example")).Select(pair => (pair.Key, pair.Value));

        Assert.Equal(defaults.OrderBy(variable => variable.Name), example.OrderBy(variable => variable.Key));
    }

    [Fact]
    public void The_example_of_the_environment_names_every_secret()
    {
        var text = File.ReadAllText(Repository.PathOf(".env.example"));

        Assert.All(Stack.SecretFiles.Keys.Where(name => name != "mariadb_root_password"), name => Assert.Contains(name, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_demo_has_an_alertmanager_that_sends_nothing()
    {
        var run = await ProgramRun.RunAsync(
            "amtool", ["check-config", "tests/Simulator/compose/alertmanager.yml"], Repository.Root, TestContext.Current.CancellationToken);

        run.ShouldSucceed();
        Assert.DoesNotContain("_configs", File.ReadAllText(Repository.PathOf("tests", "Simulator", "compose", "alertmanager.yml")), StringComparison.Ordinal);
    }

    private static IEnumerable<string> TargetsIn(string configuration)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(configuration));
        return stream.Documents[0].AllNodes.OfType<YamlMappingNode>().SelectMany(mapping => mapping.Children)
            .Where(pair => pair.Key is YamlScalarNode { Value: "targets" })
            .SelectMany(pair => (YamlSequenceNode)pair.Value)
            .Select(target => target.ToString());
    }

    [GeneratedRegex("/etc/alertmanager/secrets/[a-z_]+")]
    private static partial Regex SecretOfAlertmanager();

    [GeneratedRegex(@"(?m)^  - (?<path>[a-z0-9]+/[a-z]+/\*\.yml)$")]
    private static partial Regex RuleFile();

    [GeneratedRegex(@"(?m)^ +path: (?<path>\S+)$")]
    private static partial Regex DashboardFolder();

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+):-(?<default>[^}]*)\}")]
    private static partial Regex Variable();
}
