using PostalExporter.Cli;
using PostalExporter.Configuration;
using PostalExporter.RulePacks;
using PostalExporter.Tests.RulePacks;
using PostalExporter.Tests.Web;
using PostalExporter.Web;

namespace PostalExporter.Tests.Cli;

/// <summary>The verb on files, and on pages of the exporter's own web server.</summary>
public sealed class RulesVerbTests : IDisposable
{
    private static readonly string Example = RepositoryFiles.PathTo("rules/render.example.yml");
    private static readonly string Released = RepositoryFiles.PathTo("rules/v1");

    private readonly string folder = Directory.CreateTempSubdirectory("postal-rules-").FullName;
    private readonly PackFolder pack = PackFolder.With("""
        groups:
          - {name: group, rules: [{alert: PostalA, expr: postal_up == 0}]}
        """);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static PageSource Page => new()
    {
        Text = $"postal_up 1\npostal_exporter_build_info{{version=\"{BuildInformation.Version}\",contract=\"1\"}} 1\n",
    };

    public void Dispose()
    {
        pack.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Render_writes_a_pack_and_says_what_and_the_same_pack_gives_the_same_bytes()
    {
        var (status, lines, error) = await RunAsync("render", "--pack", Released, "--output", Output("first"));
        await RunAsync("render", "--pack", Released, "--output", Output("second"));

        Assert.Equal((0, ""), (status, error));
        Assert.Matches($@"^ok       rule pack 1\.\d+\.\d+ in {Output("first")}: \d+ files, \d+ rules, \d+ alerts, checksum [0-9a-f]{{12}}$", Assert.Single(lines));
        var names = FilesOf(Released, "recording", "alerts");
        Assert.Equal(names, FilesOf(Output("first")));
        Assert.All(names, name => Assert.Equal(File.ReadAllBytes(Path.Combine(Output("first"), name)), File.ReadAllBytes(Path.Combine(Output("second"), name))));
    }

    [Fact]
    public async Task Rendered_expressions_are_those_of_the_pack()
    {
        await RunAsync("render", "--pack", Released, "--output", Output("own"), "--target", "vmalert");

        var rendered = RulePackReader.Read(Output("own")).Rules.Select(placed => (placed.Rule.ToString(), placed.Rule.Expr)).ToList();

        Assert.NotEmpty(rendered);
        Assert.Equal(RulePackReader.Read(Released).Rules.Select(placed => (placed.Rule.ToString(), placed.Rule.Expr)), rendered);
    }

    [Fact]
    public async Task Example_renders_the_released_pack_and_shows_every_key()
    {
        var (status, _, error) = await RunAsync("render", "--pack", Released, "--config", Example, "--output", Output("own"));
        Assert.Equal((0, ""), (status, error));

        // A key that the example does not show is named as known where none fits.
        var file = Path.Combine(folder, "own.yml");
        await File.WriteAllTextAsync(file, "unheard: of\n", Cancellation);
        var (_, _, unknown) = await RunAsync("render", "--pack", Released, "--config", file, "--output", Output("own"));
        var keys = unknown.Split("known are ")[1].Trim().Split(", ").Distinct();
        Assert.Equal(keys.Order(StringComparer.Ordinal), YamlTree.Load(Example, Example).Entries.Select(entry => entry.Key).Order(StringComparer.Ordinal));
        var categories = RulePackReader.Read(Released).Alerts.Select(rule => rule.Category).Append("all").Distinct();
        var labels = Assert.IsType<YamlMap>(YamlTree.Load(Example, Example).Entries.Single(entry => entry.Key == "labels").Value);
        Assert.Equal(categories.Order(StringComparer.Ordinal), labels.Entries.Select(entry => entry.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Render_tells_what_is_wrong_and_writes_nothing()
    {
        var file = Path.Combine(folder, "own.yml");
        await File.WriteAllTextAsync(file, "interval: 1y\ndisabled_alerts: [PostalB]\n", Cancellation);

        var (status, lines, error) = await RunAsync("render", "--pack", pack.Path, "--config", file, "--output", Output("own"));

        Assert.Equal(1, status);
        Assert.Empty(lines);
        Assert.Equal(
            $"postal-exporter: {file}:1: interval: not a duration; write a duration such as 500ms, 60s, 5m, 1h\n"
            + $"postal-exporter: {file}:2: disabled_alerts[0]: the pack has no alert PostalB; did you mean PostalA?\n",
            error);
        Assert.False(Directory.Exists(Output("own")));
    }

    [Fact]
    public async Task Render_names_a_file_in_its_way_and_says_what_it_removed()
    {
        await RunAsync("render", "--pack", Released, "--output", Output("own"));
        var (_, lines, _) = await RunAsync("render", "--pack", pack.Path, "--output", Output("own"));
        Assert.Contains($"note     {Output("own")}/alerts/volume.yml: removed, as it is not of this rendering", lines);

        await File.WriteAllTextAsync(Path.Combine(Output("own"), "alerts", "mine.yml"), "groups: []", Cancellation);
        var (status, _, error) = await RunAsync("render", "--pack", pack.Path, "--output", Output("own"));

        Assert.Equal(1, status);
        Assert.Contains("alerts/mine.yml: was not rendered", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("render", "--output")]
    [InlineData("render --output x --target thanos", "--target thanos: unknown value; known are prometheus, vmalert")]
    [InlineData("check --url localhost:10587", "--url localhost:10587: not an address of http or https")]
    [InlineData("check --url http://user:secret@localhost/metrics", "not an address of http or https without a user")]
    [InlineData("check --http.basic-auth-file a --http.bearer-token-file b", "contradict each other")]
    public async Task Command_line_that_is_not_understood_gives_status_2(string arguments, string remedy)
    {
        var (status, _, error) = await RunAsync(arguments.Split(' '));

        Assert.Equal(2, status);
        Assert.Contains(remedy, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_of_a_page_that_has_everything_succeeds()
    {
        await using var server = await WebServerUnderTest.StartAsync(Page);

        var (status, lines, _) = await RunAsync("check", "--pack", pack.Path, "--url", $"{server.Address}metrics");

        Assert.Equal(0, status);
        Assert.Contains($"ok       {server.Address}metrics: 2 series", lines);
        Assert.Contains("ok       metric contract 1 is that of the exporter", lines);
        Assert.Contains("ok       1 of the 1 series that rules read of exporters stand on the pages", lines);
        Assert.Equal("0 problems, 0 warnings", lines[^1]);
    }

    [Fact]
    public async Task Check_of_several_pages_takes_them_together()
    {
        pack.Write("alerts/more.yml", "groups: [{name: more, rules: [{alert: PostalB, expr: own_total > 5}]}]");
        await using var server = await WebServerUnderTest.StartAsync(Page);
        await using var other = await WebServerUnderTest.StartAsync(new PageSource { Text = "own_total 1\n" });

        var (alone, lines, _) = await RunAsync("check", "--pack", pack.Path, "--url", $"{server.Address}metrics");
        var (together, _, _) = await RunAsync("check", "--pack", pack.Path, "--url", $"{server.Address}metrics", "--url", $"{other.Address}metrics");

        Assert.Equal((1, 0), (alone, together));
        Assert.Contains(lines, line => line.StartsWith("problem  alerts/more.yml:1: more: PostalB (): own_total: no page has it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_tells_what_is_wrong_with_pack_and_pages()
    {
        await using var server = await WebServerUnderTest.StartAsync(Page);
        var closed = server.Address;

        var (status, lines, _) = await RunAsync(
            "check", "--pack", "/nowhere/v1", "--url", $"{closed}", "--url", $"{closed}nowhere", "--url", "http://127.0.0.1:1/metrics");

        Assert.Equal(1, status);
        Assert.Equal(
            [
                "problem  /nowhere/v1: the folder does not exist; name the folder of the rule pack with --pack, such as rules/v1",
                $"problem  {closed}: is no page of metrics; give the address that Prometheus scrapes, such as http://exporter:10587/metrics",
                $"problem  {closed}nowhere: answers 404 Not Found; add the path of the metrics, such as /metrics",
                "problem  http://127.0.0.1:1/metrics: cannot be fetched (Connection refused); start the exporter, or correct --url",
                "4 problems, 0 warnings",
            ],
            lines);
    }

    [Fact]
    public async Task Check_shows_password_and_authority_that_the_page_asks_for()
    {
        var authority = TestCertificate.Create(folder, "authority");
        var certificate = TestCertificate.Create(folder, "server", authority);
        var web = WriteFile("web.yml", $$"""
            basic_auth_users: {prometheus: {{BCrypt.Net.BCrypt.HashPassword("right", 4)}}}
            tls_server_config: {cert_file: {{certificate.CertificateFile}}, key_file: {{certificate.KeyFile}}}
            """);
        var (right, wrong) = (WriteFile("right", "prometheus:right\n"), WriteFile("wrong", "prometheus:wrong"));
        await using var server = await WebServerUnderTest.StartAsync(Page, new WebOptions { ConfigFile = web });
        string[] check = ["check", "--pack", pack.Path, "--url", $"{server.Address}metrics"];

        Assert.Equal(0, (await RunAsync([.. check, "--http.ca-file", authority.CertificateFile, "--http.basic-auth-file", right])).Status);
        Assert.Contains("answers 401", await ProblemAsync([.. check, "--http.ca-file", authority.CertificateFile, "--http.basic-auth-file", wrong]), StringComparison.Ordinal);
        Assert.Contains("answers 401", await ProblemAsync([.. check, "--http.ca-file", authority.CertificateFile, "--http.bearer-token-file", right]), StringComparison.Ordinal);
        Assert.Contains("cannot be fetched", await ProblemAsync([.. check, "--http.basic-auth-file", right]), StringComparison.Ordinal);
        // A page of another host and port does not get the password: this one asks for it, and does not know it.
        await using var other = await WebServerUnderTest.StartAsync(Page);
        Assert.Contains("answers 401", await ProblemAsync(
            "check", "--pack", pack.Path, "--url", $"{other.Address}metrics", "--url", $"{server.Address}metrics", "--http.ca-file", authority.CertificateFile, "--http.basic-auth-file", right), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_of_secrets_that_cannot_be_used_are_named_without_what_they_hold()
    {
        string[] check = ["check", "--pack", pack.Path, "--url", "http://127.0.0.1:1/metrics"];
        var word = WriteFile("word", "hunter2\n");
        var empty = WriteFile("empty", "\n");

        Assert.Equal($"problem  {word}: is not USER:PASSWORD; write both in one line with a colon between them", await ProblemAsync([.. check, "--http.basic-auth-file", word]));
        Assert.Equal($"problem  {empty}: holds not one line of text; correct it", await ProblemAsync([.. check, "--http.bearer-token-file", empty]));
        Assert.Equal($"problem  {word}: holds no certificate in PEM format; give that of the authority", await ProblemAsync([.. check, "--http.ca-file", word]));
        Assert.Equal("problem  /nowhere: the file does not exist; check the path", await ProblemAsync([.. check, "--http.bearer-token-file", "/nowhere"]));
    }

    private string Output(string name) => Path.Combine(folder, name);

    private string WriteFile(string name, string text)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    private static async Task<string> ProblemAsync(params string[] arguments)
    {
        var (status, lines, _) = await RunAsync(arguments);
        Assert.Equal(1, status);
        return Assert.Single(lines, line => line.StartsWith("problem", StringComparison.Ordinal));
    }

    private static List<string> FilesOf(string folder, params string[] parts) =>
        [.. (parts.Length > 0 ? parts.Select(part => Path.Combine(folder, part)) : [folder])
            .SelectMany(part => Directory.EnumerateFiles(part, "*", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];

    private static async Task<(int Status, string[] Lines, string Error)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        await using var error = new StringWriter { NewLine = "\n" };
        var root = CommandLine.CreateRoot();
        RulesVerb.AddTo(root);
        var status = await CommandLine.RunAsync(root, ["rules", .. arguments], output, error);
        return (status, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries), error.ToString());
    }
}
