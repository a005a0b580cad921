namespace PostalExporter.Conformance;

/// <summary>Prometheus' own checks of the pack, by the installed promtool.</summary>
public sealed class RuleCheckTests
{
    public static TheoryData<string> RuleFiles =>
        [.. RulePack.FilesIn("recording").Concat(RulePack.FilesIn("alerts")).Select(RelativeName)];

    public static TheoryData<string> TestFiles => [.. RulePack.FilesIn("tests").Select(RelativeName)];

    [Theory, MemberData(nameof(RuleFiles))]
    public async Task Rule_file_is_valid(string file) =>
        (await Promtool("check", "rules", file)).ShouldSucceed();

    [Theory, MemberData(nameof(TestFiles))]
    public async Task Rules_do_what_their_test_file_says(string file) =>
        (await Promtool("test", "rules", file)).ShouldSucceed();

    [Fact]
    public async Task Prometheus_configuration_is_valid_and_finds_every_rule_file()
    {
        var run = await ProgramRun.RunAsync("promtool", ["check", "config", "prometheus.yml"],
            Repository.PathOf("rules"), TestContext.Current.CancellationToken);
        run.ShouldSucceed();
        Assert.All(RuleFiles, file => Assert.Contains($"v1/{file.Data}", run.Output, StringComparison.Ordinal));
    }

    private static Task<ProgramRun> Promtool(params string[] arguments) =>
        ProgramRun.RunAsync("promtool", arguments, RulePack.Folder, TestContext.Current.CancellationToken);

    private static string RelativeName(string path) => Path.GetRelativePath(RulePack.Folder, path);
}
