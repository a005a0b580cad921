using System.Text.RegularExpressions;

namespace PostalExporter.Conformance;

/// <summary>The images that the project builds.</summary>
public sealed partial class ComposeImageTests
{
    [Theory]
    [InlineData("exporter/Dockerfile")]
    [InlineData("tests/Simulator/Dockerfile")]
    public void It_is_built_with_the_sdk_of_the_repository_and_runs_without_it_as_nobody_special(string file)
    {
        var stages = Stages(file);

        Assert.Equal(2, stages.Count);
        Assert.StartsWith("FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-alpine AS build", stages[0], StringComparison.Ordinal);
        Assert.Matches(@"^FROM mcr\.microsoft\.com/dotnet/(aspnet|runtime):10\.0-alpine\n", stages[1]);
        Assert.Contains("\nUSER $APP_UID\n", stages[1], StringComparison.Ordinal);
        Assert.Contains("10.0.", File.ReadAllText(Repository.PathOf("global.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exporter/Dockerfile", "exporter/Exporter.csproj")]
    [InlineData("tests/Simulator/Dockerfile", "tests/Simulator/Simulator.csproj")]
    public void It_restores_exactly_the_locked_packages_before_the_code_is_copied(string file, string project)
    {
        var build = Stages(file)[0];
        var restore = build.IndexOf($"dotnet restore {project} --locked-mode", StringComparison.Ordinal);
        var code = build.IndexOf($"COPY {Path.GetDirectoryName(project)}/ {Path.GetDirectoryName(project)}/", StringComparison.Ordinal);

        Assert.InRange(restore, 0, code);
        Assert.Contains("dotnet publish", build[code..], StringComparison.Ordinal);
        Assert.Contains("--no-restore", build[code..], StringComparison.Ordinal);
    }

    [Fact]
    public void The_exporter_listens_where_everybody_expects_it_and_keeps_its_state_in_a_volume()
    {
        var run = Stages("exporter/Dockerfile")[1];

        Assert.Contains("\nEXPOSE 10587\n", run, StringComparison.Ordinal);
        Assert.Contains("\nVOLUME /var/lib/postal-exporter\n", run, StringComparison.Ordinal);
        Assert.Contains("\nHEALTHCHECK ", run, StringComparison.Ordinal);
        Assert.Contains("http://127.0.0.1:10587/-/healthy", run, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exporter/Dockerfile")]
    [InlineData("tests/Simulator/Dockerfile")]
    public void What_it_copies_is_in_the_repository_and_in_the_build_context(string file)
    {
        var context = File.ReadAllLines(Repository.PathOf(".dockerignore")).Where(line => line.StartsWith('!')).Select(line => line[1..].TrimEnd('/')).ToList();
        var copied = Copy().Matches(Stages(file)[0]).SelectMany(match => match.Groups["sources"].Value.Split(' ')).Select(source => source.TrimEnd('/')).ToList();

        Assert.NotEmpty(copied);
        Assert.All(copied, source =>
        {
            Assert.True(Path.Exists(Repository.PathOf(source)), $"{source} does not exist.");
            Assert.Contains(context, allowed => source == allowed || source.StartsWith($"{allowed}/", StringComparison.Ordinal));
        });
    }

    [Fact]
    public void The_build_context_is_an_allow_list() =>
        Assert.Equal("*", File.ReadAllLines(Repository.PathOf(".dockerignore")).First(line => line.Length > 0 && !line.StartsWith('#')));

    /// <summary>The stages of a Dockerfile, without its comments, each from its FROM on.</summary>
    private static List<string> Stages(string file)
    {
        var lines = File.ReadAllLines(Repository.PathOf(file)).Where(line => !line.TrimStart().StartsWith('#'));
        return [.. StageStart().Split(string.Join('\n', lines) + "\n").Where(stage => stage.Trim().Length > 0)];
    }

    [GeneratedRegex("(?m)^(?=FROM )")]
    private static partial Regex StageStart();

    [GeneratedRegex(@"(?m)^COPY (?<sources>.+) \S+$")]
    private static partial Regex Copy();
}
