using System.Globalization;
using PostalExporter.Configuration;

namespace PostalExporter.Conformance;

/// <summary>The unit for systemd: correct, without rights, and in agreement with the exporter and the README.</summary>
public sealed class SystemdUnitTests
{
    private const string UnitPath = "deploy/systemd/postal-exporter.service";

    private static readonly UnitFile Unit = new(File.ReadAllText(Repository.PathOf(UnitPath)));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string[] Start => Unit.Only("ExecStart").Split(' ');

    private static string Credentials => $"/run/credentials/{Path.GetFileName(UnitPath)}";

    private static MarkdownPage.CodeBlock PrintedConfiguration => MarkdownPage.Readme.Blocks.Single(block => block.Text.StartsWith("# /etc/postal-exporter/exporter.yml\n", StringComparison.Ordinal));

    [Fact]
    public async Task Systemd_finds_nothing_wrong_with_it()
    {
        // The folder of dotnet differs between machines, and systemd looks for the program.
        var folder = Directory.CreateTempSubdirectory("postal-unit-").FullName;
        try
        {
            var copy = Path.Combine(folder, Path.GetFileName(UnitPath));
            await File.WriteAllTextAsync(
                copy, (await File.ReadAllTextAsync(Repository.PathOf(UnitPath), Cancel)).Replace("ExecStart=/usr/bin/dotnet ", "ExecStart=/bin/sh ", StringComparison.Ordinal), Cancel);

            var run = await ProgramRun.RunAsync("systemd-analyze", ["verify", copy], folder, Cancel);

            run.ShouldSucceed();
            Assert.DoesNotContain(Path.GetFileName(UnitPath), run.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task The_documented_check_of_its_exposure_succeeds()
    {
        var command = MarkdownPage.Of("SECURITY.md").Blocks.Single(block => block.Text.Contains("systemd-analyze security", StringComparison.Ordinal)).Text;

        Assert.Contains("--threshold=", command, StringComparison.Ordinal);
        Assert.Contains(UnitPath, command, StringComparison.Ordinal);
        (await ProgramRun.RunAsync("bash", ["-c", command], Repository.Root, Cancel)).ShouldSucceed();
    }

    [Theory]
    [InlineData("DynamicUser", "yes")]
    [InlineData("NoNewPrivileges", "yes")]
    [InlineData("CapabilityBoundingSet", "")]
    [InlineData("ProtectSystem", "strict")]
    [InlineData("ProtectHome", "yes")]
    [InlineData("PrivateTmp", "yes")]
    [InlineData("PrivateDevices", "yes")]
    [InlineData("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX")]
    [InlineData("LimitCORE", "0")]
    [InlineData("Restart", "on-failure")]
    public void It_has_the_setting(string setting, string value) => Assert.Equal(value, Unit.Only(setting));

    [Fact]
    public void It_forbids_nothing_that_dotnet_needs()
    {
        Assert.DoesNotContain("MemoryDenyWriteExecute", Unit.Names("Service"));
        // A later line wins.
        Assert.Equal(["@system-service", "~@privileged @resources", "sched_setaffinity"], Unit.Service("SystemCallFilter"));
    }

    [Fact]
    public void It_lets_the_exporter_write_where_the_state_is_kept_by_default_and_nowhere_else()
    {
        Assert.Equal(new StateOptions().Path, $"/var/lib/{Unit.Only("StateDirectory")}");
        Assert.Equal("0700", Unit.Only("StateDirectoryMode"));
        Assert.DoesNotContain("ReadWritePaths", Unit.Names("Service"));
    }

    [Fact]
    public void It_starts_the_program_that_the_README_installs_with_the_configuration_that_it_prints()
    {
        var publish = MarkdownPage.Readme.Blocks.Single(block => block.Text.Contains("dotnet publish", StringComparison.Ordinal)).Text;

        Assert.Contains($"--output {Path.GetDirectoryName(Start[1])}\n", publish, StringComparison.Ordinal);
        Assert.Equal($"{typeof(Cli.CommandLine).Assembly.GetName().Name}.dll", Path.GetFileName(Start[1]));
        Assert.Equal($"# {Start[^1]}", PrintedConfiguration.Text.Split('\n')[0]);
    }

    [Fact]
    public void The_password_is_handed_over_from_the_file_that_the_README_writes_to_the_one_that_its_configuration_names()
    {
        var credential = Unit.Only("LoadCredential").Split(':');

        Assert.Contains(MarkdownPage.Readme.Blocks, block => block.Language == "sh" && block.Text.Contains($"/dev/stdin {credential[1]}\n", StringComparison.Ordinal));
        Assert.Equal(2, PrintedConfiguration.Text.Split('\n').Count(line => line.Trim() == $"password_file: {Credentials}/{credential[0]}"));
    }

    [Fact]
    public async Task The_exporter_accepts_its_command_line_and_reloads_on_its_signal()
    {
        var configuration = PrintedConfiguration.Text.Replace("postal_config: /opt/postal/config/postal.yml\n", "", StringComparison.Ordinal)
            .Replace("main_db:\n", "main_db:\n  host: mariadb.example.com\n", StringComparison.Ordinal);
        await using var exporter = await DeployedExporter.StartAsync(Start.Skip(2), configuration, Credentials, Cancel);
        var reload = Unit.Only("ExecReload").Split(' ');

        (await ProgramRun.RunAsync(
            reload[0], reload[1..].Select(argument => argument == "$MAINPID" ? exporter.Id.ToString(CultureInfo.InvariantCulture) : argument), Repository.Root, Cancel)).ShouldSucceed();

        await Eventually.TrueAsync(
            () => Task.FromResult(exporter.Log.Contains("msg=\"configuration reloaded\"", StringComparison.Ordinal)), () => exporter.Log, Cancel);
    }
}
