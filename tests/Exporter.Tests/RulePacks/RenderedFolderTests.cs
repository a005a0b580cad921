using PostalExporter.Configuration;
using PostalExporter.RulePacks;

namespace PostalExporter.Tests.RulePacks;

public sealed class RenderedFolderTests : IDisposable
{
    private readonly PackFolder pack = PackFolder.With(PackFolder.Alerts);
    private readonly string output = Path.Combine(Directory.CreateTempSubdirectory("postal-rendered-").FullName, "own", "v1");

    public void Dispose()
    {
        pack.Dispose();
        Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(output)!)!, recursive: true);
    }

    [Fact]
    public void Folder_is_made_and_holds_the_files_and_no_other()
    {
        Assert.Empty(Write(new RenderOptions()));

        Assert.Equal(["alerts/alerts.yml", "recording/pack.yml"], FilesOf(output));
    }

    [Fact]
    public void Files_of_an_earlier_rendering_go_and_what_no_engine_loads_stays()
    {
        Write(new RenderOptions());
        File.WriteAllText(Path.Combine(output, "alerts", "README.md"), "notes");
        File.WriteAllText(Path.Combine(output, "alerts", "alerts.yml.part"), "what a broken write left");

        var removed = Write(new RenderOptions { Disabled = pack.Read().Alerts.Select(rule => new AlertRule(rule.Alert!, rule.Severity)).ToHashSet() });

        Assert.Equal(["alerts/alerts.yml"], removed);
        Assert.Equal(["alerts/README.md", "alerts/alerts.yml.part", "recording/pack.yml"], FilesOf(output));
    }

    [Theory]
    [InlineData("alerts/own.yml")]
    [InlineData("recording/own.yaml")]
    [InlineData("alerts/alerts.yml")]
    public void A_file_that_was_not_rendered_is_named_and_nothing_is_written(string name)
    {
        var file = Path.Combine(output, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "groups: []\n");

        var problem = Assert.Single(Assert.Throws<ConfigurationException>(() => Write(new RenderOptions())).Problems);

        Assert.Equal($"{file}: was not rendered, and would be loaded beside what is; move it away, or give --output another folder", problem.ToString());
        Assert.Equal([name], FilesOf(output));
        Assert.Equal("groups: []\n", File.ReadAllText(file));
    }

    private IReadOnlyList<string> Write(RenderOptions options) =>
        new RenderedFolder(output).Write(PackRendering.Of(pack.Read(), options, RenderTarget.Prometheus).Files);

    private static List<string> FilesOf(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];
}
