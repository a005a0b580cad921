namespace PostalExporter.Conformance;

/// <summary>What the build does about packages with known vulnerabilities: a restore with the repository's settings from a feed of the test.</summary>
public sealed class DependencyAuditTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("postal-audit-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_vulnerability_of_the_lowest_severity_in_a_package_that_another_one_brings_fails_the_build()
    {
        await using var feed = await PackageFeed.StartAsync(tellsVulnerabilities: true, Cancel);

        var run = await RestoreAsync(feed);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("error NU1901", run.Output, StringComparison.Ordinal);
        Assert.Contains("'Inner' 1.0.0", run.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_feed_that_cannot_be_asked_about_vulnerabilities_is_told_and_does_not_fail_the_build()
    {
        await using var feed = await PackageFeed.StartAsync(tellsVulnerabilities: false, Cancel);

        var run = await RestoreAsync(feed);

        run.ShouldSucceed();
        Assert.Contains("warning NU1900", run.Output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<ProgramRun> RestoreAsync(PackageFeed feed)
    {
        foreach (var properties in (string[])["Directory.Build.props", "Directory.Packages.props"])
            await WriteAsync(properties, $"""<Project><Import Project="{Repository.PathOf(properties)}" /></Project>""");
        await WriteAsync("Project.csproj", """
            <Project Sdk="Microsoft.NET.Sdk"><ItemGroup><PackageReference Include="Outer" VersionOverride="1.0.0" /></ItemGroup></Project>
            """);
        // The analyzers that every project has come from where the build of this test found them.
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await WriteAsync("NuGet.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{folder}/packages" /></config>
              <fallbackPackageFolders><clear /><add key="built" value="{packages}" /></fallbackPackageFolders>
              <packageSources><clear /><add key="test" value="{feed.Address}/index.json" allowInsecureConnections="true" /></packageSources>
            </configuration>
            """);
        return await ProgramRun.RunAsync("dotnet", ["restore", "--no-http-cache", "--configfile", "NuGet.config"], folder, Cancel);
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(folder, name), text, Cancel);
}
