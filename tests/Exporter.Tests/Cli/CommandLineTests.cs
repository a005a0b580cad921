using PostalExporter.Cli;
using PostalExporter.Configuration;
using Xunit;

namespace PostalExporter.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly StringWriter output = new();
    private readonly StringWriter error = new();

    [Theory]
    [InlineData("--web.listen-adress", "Did you mean --web.listen-address?")]
    [InlineData("srve", "Did you mean serve?")]
    [InlineData("--log.level=loud", "--log.level loud: unknown value; known are debug, info, warn, error")]
    [InlineData("--log.format=jsn", "did you mean json?")]
    [InlineData("--web.listen-address=10587", "write :PORT, HOST:PORT or [IPV6]:PORT")]
    [InlineData("--web.telemetry-path=metrics", "begin it with /")]
    [InlineData("--web.telemetry-path=/-/metrics", "paths under /-/ are taken")]
    [InlineData("serve extra", "'extra'")]
    [InlineData("serve --web.enable-lifecycl", "Did you mean --web.enable-lifecycle?")]
    [InlineData("--config.file a.yml check-config", "--config.file stands before check-config; write flags after the command")]
    [InlineData("--collector.queue --no-collector.queue", "contradict each other")]
    [InlineData("-vx", "'-vx'")]
    [InlineData("@file", "'@file'")]
    public async Task Command_line_that_is_not_understood_gives_status_2_and_a_remedy(string arguments, string remedy)
    {
        var status = await RunAsync(arguments.Split(' '));

        Assert.Equal(2, status);
        Assert.Contains(remedy, error.ToString(), StringComparison.Ordinal);
        Assert.Contains("--help", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public async Task Version_names_everything_a_report_needs()
    {
        Assert.Equal(0, await RunAsync("--version"));

        Assert.Matches(@"^postal-exporter \d+\.\d+\.\d+ \(revision \w+, metric contract 1, \.NET \d+\.\d+\.\d+\)\s*$", output.ToString());
    }

    [Fact]
    public async Task Help_lists_verbs_and_the_flags_of_the_default_verb()
    {
        Assert.Equal(0, await RunAsync("--help"));

        string[] expected = ["serve", "check-config", "--config.file", "--web.listen-address", "--web.config.file", "--no-collector.queue"];
        Assert.All(expected, word => Assert.Contains(word, output.ToString(), StringComparison.Ordinal));
    }

    public void Dispose()
    {
        output.Dispose();
        error.Dispose();
    }

    private Task<int> RunAsync(params string[] arguments)
    {
        var loader = new ConfigurationLoader(new EnvironmentReader(_ => null));
        var root = CommandLine.CreateRoot();
        new ServeVerb((_, _, _, _) => throw new InvalidOperationException("nothing is served here"), loader, TimeProvider.System).AddTo(root);
        new CheckConfigVerb(loader).AddTo(root);
        return CommandLine.RunAsync(root, arguments, output, error);
    }
}
