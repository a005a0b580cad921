using PostalExporter.Cli;
using PostalExporter.RulePacks;
using PostalSimulator.Health;

namespace PostalExporter.Conformance;

/// <summary>The pack as <c>rules render</c> writes it, loaded by the engines that it is for.</summary>
public sealed class RenderedPackTests : IDisposable
{
    // Mimir's defaults of -ruler.max-rules-per-rule-group and -ruler.max-rule-groups-per-tenant.
    private const int MimirRulesPerGroup = 20;
    private const int MimirGroupsPerTenant = 70;

    private readonly string folder = Directory.CreateTempSubdirectory("postal-rendered-").FullName;

    // Those of days and weeks take minutes, and rendering treats their rules as all others.
    private static readonly string[] LongTests = ["baseline", "behaviour", "history", "ramp", "recipients", "recipients_fast", "reputation", "silence", "volume"];

    public static TheoryData<string> TestFiles =>
        [.. RuleCheckTests.TestFiles.Select(row => row.Data).Where(file => !LongTests.Contains(Path.GetFileName(file).Replace("_test.yml", "", StringComparison.Ordinal)))];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("prometheus")]
    [InlineData("vmalert")]
    public async Task Promtool_takes_what_is_rendered_without_and_with_the_example(string target)
    {
        foreach (var config in (string[][])[[], ["--config", Repository.PathOf("rules", "render.example.yml")]])
        {
            await RenderAsync(["--target", target, .. config]);
            (await ProgramRun.RunAsync("promtool", ["check", "rules", .. RenderedFiles()], folder, Cancel)).ShouldSucceed();
        }
    }

    [Fact]
    public async Task The_vmalert_of_Debian_takes_what_is_rendered_for_it()
    {
        foreach (var config in (string[][])[[], ["--config", Repository.PathOf("rules", "render.example.yml")]])
        {
            await RenderAsync(["--target", "vmalert", .. config]);
            (await ProgramRun.RunAsync("vmalert", ["-dryRun", .. RenderedFiles().Select(file => $"-rule={file}")], folder, Cancel)).ShouldSucceed();
        }
    }

    [Theory, MemberData(nameof(TestFiles))]
    public async Task Rendered_rules_do_what_the_test_file_of_the_pack_says(string file)
    {
        await RenderAsync([]);
        Directory.CreateDirectory(Path.Combine(folder, "tests"));
        // What is rendered says so by one label more.
        var info = (await File.ReadAllLinesAsync(Path.Combine(folder, "recording", "pack.yml"), Cancel)).Single(line => line.Contains("checksum:", StringComparison.Ordinal));
        var test = await File.ReadAllTextAsync(Path.Combine(RulePack.Folder, file), Cancel);
        await File.WriteAllTextAsync(
            Path.Combine(folder, file), test.Replace("postal_rules_info{", $"postal_rules_info{{{info.Trim().Replace(": ", "=", StringComparison.Ordinal)}, ", StringComparison.Ordinal), Cancel);

        (await ProgramRun.RunAsync("promtool", ["test", "rules", file], folder, Cancel)).ShouldSucceed();
    }

    [Fact]
    public void Groups_fit_the_limits_that_Mimir_has_by_default()
    {
        Assert.Empty(RulePack.Groups.Where(group => group.Rules.Count > MimirRulesPerGroup).Select(group => $"{group.Name}: {group.Rules.Count} rules"));
        Assert.InRange(RulePack.Groups.Count, 1, MimirGroupsPerTenant);
    }

    [Fact]
    public void Series_of_Postals_own_pages_are_those_that_it_has()
    {
        Assert.Equal(SeriesOf(HealthFamily.SmtpServer), PostalHealthFamilies.SmtpServer.Order(StringComparer.Ordinal));
        Assert.Equal(SeriesOf(HealthFamily.Worker), PostalHealthFamilies.Worker.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> SeriesOf(IEnumerable<HealthFamily> families) => families
        .SelectMany(family => family.IsHistogram ? [$"{family.Name}_bucket", $"{family.Name}_sum", $"{family.Name}_count"] : (string[])[family.Name])
        .Order(StringComparer.Ordinal);

    private async Task RenderAsync(string[] arguments) => (await ProgramRun.RunAsync(
        "dotnet", [typeof(CommandLine).Assembly.Location, "rules", "render", "--pack", RulePack.Folder, "--output", folder, .. arguments], folder, Cancel)).ShouldSucceed();

    private IEnumerable<string> RenderedFiles() => ((string[])["recording", "alerts"]).SelectMany(part => Directory.EnumerateFiles(Path.Combine(folder, part), "*.yml"));
}
