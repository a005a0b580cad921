using Microsoft.Extensions.Time.Testing;
using PostalExporter.Cli;
using PostalExporter.Tests.Web;
using PostalExporter.Web;

namespace PostalExporter.Tests.Cli;

/// <summary>What the verb says when there is no Prometheus to ask; with one it is tested in Integration.</summary>
public sealed class BaselineVerbTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("postal-baseline-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_server_that_is_away_is_named_with_what_to_do() =>
        Assert.Equal(
            "postal-exporter: http://127.0.0.1:1/: cannot be fetched (Connection refused); start Prometheus, or correct --url\n",
            await ErrorAsync("--url", "http://127.0.0.1:1"));

    [Fact]
    public async Task A_server_that_asks_for_a_password_is_answered_with_the_flags_to_give()
    {
        var web = Path.Combine(folder, "web.yml");
        await File.WriteAllTextAsync(web, $"basic_auth_users: {{prometheus: {BCrypt.Net.BCrypt.HashPassword("right", 4)}}}\n", TestContext.Current.CancellationToken);
        var password = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(password, "prometheus:right\n", TestContext.Current.CancellationToken);
        await using var server = await WebServerUnderTest.StartAsync(new PageSource(), new WebOptions { ConfigFile = web });

        Assert.Equal(
            $"postal-exporter: {server.Address}: answers 401 Unauthorized; give user and password by --http.basic-auth-file, or a token by --http.bearer-token-file\n",
            await ErrorAsync("--url", $"{server.Address}"));
        Assert.Equal(
            $"postal-exporter: {server.Address}: answers 404 Not Found; give the address where the pages of Prometheus begin, such as http://prometheus:9090\n",
            await ErrorAsync("--url", $"{server.Address}", "--http.basic-auth-file", password));
    }

    [Theory]
    [InlineData("--weeks 0", "--weeks 0: write a number of 1 to 52")]
    [InlineData("--weeks x", "--weeks x: write a number of 1 to 52")]
    [InlineData("--url prometheus:9090", "--url prometheus:9090: not an address of http or https without a user")]
    [InlineData("--http.basic-auth-file a --http.bearer-token-file b", "contradict each other")]
    public async Task Command_line_that_is_not_understood_gives_status_2(string arguments, string remedy)
    {
        var (status, error) = await RunAsync(arguments.Split(' '));

        Assert.Equal(2, status);
        Assert.Contains(remedy, error, StringComparison.Ordinal);
    }

    private async Task<string> ErrorAsync(params string[] arguments)
    {
        var (status, error) = await RunAsync(arguments);
        Assert.Equal(1, status);
        Assert.False(Directory.Exists(Path.Combine(folder, "own")));
        return error;
    }

    private async Task<(int Status, string Error)> RunAsync(params string[] arguments)
    {
        await using var error = new StringWriter { NewLine = "\n" };
        var root = CommandLine.CreateRoot();
        new BaselineVerb(new FakeTimeProvider(new DateTimeOffset(2026, 3, 23, 0, 0, 0, TimeSpan.Zero))).AddTo(root);
        var status = await CommandLine.RunAsync(root, ["baseline", "report", "--output", Path.Combine(folder, "own"), .. arguments], TextWriter.Null, error);
        return (status, error.ToString());
    }
}
