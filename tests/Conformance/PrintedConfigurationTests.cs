using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PostalExporter.Configuration;
using PostalExporter.Signals;
using PostalExporter.Web;
using YamlDotNet.RepresentationModel;

namespace PostalExporter.Conformance;

/// <summary>The configurations that pages print are accepted by the programs that read them. A block's first line names its file.</summary>
public sealed class PrintedConfigurationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("postal-printed-").FullName;

    public static TheoryData<string, int> Of(string file)
    {
        var data = new TheoryData<string, int>();
        foreach (var page in MarkdownPage.All)
        {
            foreach (var (number, block) in page.Blocks.Index())
            {
                if (block.Language == "yaml" && block.FileName == file)
                    data.Add(page.Name, number);
            }
        }
        return data;
    }

    public static TheoryData<string> Pages => [.. MarkdownPage.All.Where(page => page.Blocks.Any(block => block.Language == "yaml")).Select(page => page.Name)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_block_of_YAML_is_YAML(string page) =>
        Assert.All(MarkdownPage.Of(page).Blocks.Where(block => block.Language == "yaml"), block => new YamlStream().Load(new StringReader(block.Text)));

    [Theory]
    [MemberData(nameof(Of), "exporter.yml")]
    public async Task The_exporter_loads_it(string page, int number)
    {
        await WriteAsync("postal.yml", "version: 2\nmain_db:\n  host: db.example.com\nmessage_db:\n  host: db.example.com\n");
        await WriteAsync("password", "a password\n");
        await WriteAsync("postal_db_password", "a password\n");
        await WriteAsync("traps.txt", "trap.example\n");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = SelfSigned(key);
        await WriteAsync("database-ca.pem", authority.ExportCertificatePem());
        var file = await WriteAsync("exporter.yml", Block(page, number)
            .Replace("/opt/postal/config/", $"{folder}/", StringComparison.Ordinal)
            .Replace("/run/secrets/", $"{folder}/", StringComparison.Ordinal)
            .Replace("/run/credentials/postal-exporter.service/", $"{folder}/", StringComparison.Ordinal));

        var configuration = new ConfigurationLoader(new EnvironmentReader(_ => null)).Load(file).Configuration;

        if (Block(page, number).Contains("password_file", StringComparison.Ordinal))
            Assert.Equal(("a password", "a password"), (configuration.MainDatabase.Password, configuration.MessageDatabase.Password));
    }

    [Theory]
    [MemberData(nameof(Of), "prometheus.yml")]
    public async Task Prometheus_accepts_it_and_finds_every_rule(string page, int number)
    {
        foreach (var secret in (string[])["postal-exporter.crt", "postal-exporter-password"])
            await WriteAsync(secret, "");
        var file = await WriteAsync("prometheus.yml", Block(page, number)
            .Replace("/etc/prometheus/postal/", $"{Repository.PathOf("rules")}/", StringComparison.Ordinal)
            .Replace("/etc/prometheus/", $"{folder}/", StringComparison.Ordinal));

        var run = await ProgramRun.RunAsync("promtool", ["check", "config", file], folder, TestContext.Current.CancellationToken);

        run.ShouldSucceed();
        if (Block(page, number).Contains("rule_files", StringComparison.Ordinal))
            Assert.All(RulePack.FilesIn("recording").Concat(RulePack.FilesIn("alerts")), rules => Assert.Contains(rules, run.Output, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Of), "web.yml")]
    public async Task The_exporter_protects_its_pages_with_it(string page, int number)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = SelfSigned(key);
        await WriteAsync("server.crt", certificate.ExportCertificatePem());
        await WriteAsync("server.key", key.ExportPkcs8PrivateKeyPem());

        var web = WebConfigReader.Read(await WriteAsync("web.yml", Block(page, number)));

        Assert.NotNull(web.Tls);
        using var authentication = web.Authentication!;
        Assert.True(await authentication.AcceptsAsync(Basic("prometheus:example"), TestContext.Current.CancellationToken));
        Assert.False(await authentication.AcceptsAsync(Basic("prometheus:other"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Of), "my-failure-reasons.yml")]
    public async Task The_exporter_counts_failures_by_it(string page, int number)
    {
        await WriteAsync("my-failure-reasons.yml", Block(page, number));
        var file = await WriteAsync("exporter.yml", "failure_reasons: my-failure-reasons.yml");

        var reasons = new ConfigurationLoader(new EnvironmentReader(_ => null)).Load(file).Configuration.FailureReasons;

        Assert.Equal(FailureReason.Policy, reasons.Classify("HardFail", "", "550 user unknown, closed for external mail"));
        Assert.Equal(FailureReason.Policy, reasons.Classify("HardFail", "", "550 no such user: refused by our mailgate"));
        Assert.Equal(FailureReason.Content, reasons.Classify("HardFail", "", "550 5.7.905 user unknown"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Basic(string account) => $"Basic {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(account))}";

    private static X509Certificate2 SelfSigned(ECDsa key)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
    }

    private static string Block(string page, int number) => MarkdownPage.Of(page).Blocks.ElementAt(number).Text;

    private async Task<string> WriteAsync(string name, string text)
    {
        var file = Path.Combine(folder, name);
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        return file;
    }
}
