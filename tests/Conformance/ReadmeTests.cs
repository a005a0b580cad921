using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using PostalExporter.Cli;
using PostalSimulator.Databases;
using PostalSimulator.Installations;
using PostalSimulator.Scenarios;

namespace PostalExporter.Conformance;

/// <summary>The README's order, and its installation carried out on a real MariaDB with a Postal in it.</summary>
public sealed partial class ReadmeTests
{
    private const string Library = "/opt/postal-exporter/postal-exporter.dll";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Sections_come_in_the_order_in_which_an_operator_needs_them() => Assert.Equal(
        [
            "`./demo`", "Install", "Grant", "Scrape", "Metrics", "Rules", "Dashboards", "Runbooks", "Security", "Limits", "Add a collector, an alert",
        ],
        MarkdownPage.Readme.Text.Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]));

    [Fact]
    public async Task Every_program_of_the_repository_that_it_starts_is_there()
    {
        var programs = MarkdownPage.Readme.CodeSpans.Concat(Commands()).SelectMany(text => Program().Matches(text)).Select(match => match.Value).Distinct();

        foreach (var program in programs)
            (await ShellAsync($"test -x {program} && bash -n {program}")).ShouldSucceed();
    }

    [Fact]
    public void Every_container_that_it_starts_is_of_the_compose_file()
    {
        var options = Commands().Where(command => command.Contains("docker compose", StringComparison.Ordinal)).SelectMany(command => Compose().Matches(command)).ToList();

        Assert.All(options.Where(option => option.Groups["file"].Success), option => Assert.True(File.Exists(Repository.PathOf(option.Groups["file"].Value))));
        Assert.All(options.Where(option => option.Groups["profile"].Success), option => Assert.Contains(
            new ComposeFile().Services.Values, service => ComposeFile.List(service, "profiles").Contains(option.Groups["profile"].Value)));
        Assert.Equal(2, options.Count);
    }

    [Fact]
    public async Task The_installation_on_the_machine_itself_works_as_printed()
    {
        await using var server = await MariaDbServer.StartAsync(Cancel);
        var scenario = ScenarioFile.Read(Repository.PathOf("tests", "Simulator", "Scenarios", "demo.yml"));
        await using var installation = await Installation.CreateAsync(server.ConnectionString, scenario.Describe("postal"), Cancel);
        var folder = Directory.CreateTempSubdirectory("postal-readme-").FullName;
        try
        {
            var port = FreePort();
            // Where this machine differs from the reader's.
            string Here(string text) => text
                .Replace(Library, typeof(CommandLine).Assembly.Location, StringComparison.Ordinal)
                .Replace("/opt/postal/config/", $"{folder}/", StringComparison.Ordinal)
                .Replace("/etc/postal-exporter/", $"{folder}/", StringComparison.Ordinal)
                .Replace("/run/credentials/postal-exporter.service/", $"{folder}/", StringComparison.Ordinal)
                .Replace("mariadb --user=root --password", $"mariadb --no-defaults --protocol=tcp --host=127.0.0.1 --port={server.Port} --user=root", StringComparison.Ordinal)
                .Replace("localhost:10587", $"127.0.0.1:{port}", StringComparison.Ordinal);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "postal.yml"),
                $"version: 2\nmain_db: {{host: 127.0.0.1, port: {server.Port}}}\nmessage_db: {{host: 127.0.0.1, port: {server.Port}}}\n", Cancel);
            var configuration = MarkdownPage.Readme.Blocks.Single(block => block.Text.StartsWith("# /etc/postal-exporter/exporter.yml\n", StringComparison.Ordinal));
            await File.WriteAllTextAsync(Path.Combine(folder, "exporter.yml"), Here(configuration.Text) + $"state: {{path: {folder}/state}}\n", Cancel);

            var unit = new UnitFile(await File.ReadAllTextAsync(Repository.PathOf("deploy", "systemd", "postal-exporter.service"), Cancel));

            (await ShellAsync(Here(Command("exporter/grants.sql")))).ShouldSucceed();

            var check = await ShellAsync(Here(Command("check-config")));
            check.ShouldSucceed();
            Assert.Equal(WithoutVersions(OutputAfter("check-config")), WithoutVersions(check.Output
                .Replace($"{folder}/postal.yml", "/opt/postal/config/postal.yml", StringComparison.Ordinal)
                .Replace($"{folder}/", "/etc/postal-exporter/", StringComparison.Ordinal)
                .Replace($"127.0.0.1:{server.Port}", "localhost:3306", StringComparison.Ordinal)));

            using var exporter = Process.Start(
                "bash", ["-c", $"exec {Here(unit.Only("ExecStart"))} --web.listen-address 127.0.0.1:{port} >{folder}/log 2>&1"]);
            try
            {
                using var client = new HttpClient();
                await Eventually.TrueAsync(() => IsHealthyAsync(client, port), () => File.ReadAllText(Path.Combine(folder, "log")), Cancel);

                var page = await ShellAsync(Here(Command("curl")));

                Assert.Equal(OutputAfter("curl"), page.Output);

                var rules = await ShellAsync(Here(Command("rules check"))
                    .Replace("my-rules.yml", "rules/render.example.yml", StringComparison.Ordinal)
                    .Replace("/etc/prometheus/postal/v1", $"{folder}/rules", StringComparison.Ordinal));
                rules.ShouldSucceed();
                Assert.EndsWith("0 problems, 0 warnings\n", rules.Output, StringComparison.Ordinal);
            }
            finally
            {
                exporter.Kill();
                await exporter.WaitForExitAsync(CancellationToken.None);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Commands() => MarkdownPage.Readme.Blocks.Where(block => block.Language == "sh").Select(block => block.Text);

    private static string Command(string part) => Commands().Single(text => text.Contains(part, StringComparison.Ordinal));

    private static string OutputAfter(string part) =>
        MarkdownPage.Readme.Blocks.SkipWhile(block => block.Language != "sh" || !block.Text.Contains(part, StringComparison.Ordinal)).First(block => block.Language == "text").Text;

    private static string WithoutVersions(string text) => MariaDbVersion().Replace(text, "MariaDB");

    private static Task<ProgramRun> ShellAsync(string script) => ProgramRun.RunAsync("bash", ["-euo", "pipefail", "-c", script], Repository.Root, Cancel);

    private static async Task<bool> IsHealthyAsync(HttpClient client, int port)
    {
        try
        {
            return (await client.GetAsync(new Uri($"http://127.0.0.1:{port}/-/healthy"), Cancel)).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"(?<![\w/.])\./[a-z]+\b")]
    private static partial Regex Program();

    [GeneratedRegex(@"--env-file (?<file>\S+)|--profile (?<profile>\S+)")]
    private static partial Regex Compose();

    [GeneratedRegex(@"MariaDB [\d.]+")]
    private static partial Regex MariaDbVersion();
}
