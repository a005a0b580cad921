using System.Diagnostics;
using System.Text;

namespace PostalExporter.Tests.Cli;

/// <summary>The verb <c>classify</c> as a process.</summary>
public sealed class ClassifyTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("postal-exporter-classify-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Each_line_gets_its_reason_in_its_place()
    {
        string[] lines =
        [
            "550-5.1.1 The email account that you tried to reach does not exist.\\n550 5.1.1 gsmtp", "", "452 4.2.2 Mailbox full",
            "SoftFail\tNo SMTP servers were available for example.com. No hosts to try.\t", "HardFail\tMessage is likely spam. Threshold is 5 and the message scored 7.\t",
        ];

        var (status, output, error) = await RunAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));

        Assert.Equal(("", 0), (error, status));
        Assert.Equal(["recipient_unknown", "other", "mailbox_full", "dns_error", "internal"], output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Any_bytes_and_lines_of_any_length_get_a_reason()
    {
        var random = new Random(7);
        var noise = new byte[100_000];
        random.NextBytes(noise);
        byte[] input = [.. noise, (byte)'\n', .. Enumerable.Repeat((byte)'5', 1_000_000), (byte)'\n', .. "552 over quota"u8];

        var (status, output, _) = await RunAsync(input);

        Assert.Equal(0, status);
        var reasons = output.TrimEnd('\n').Split('\n');
        Assert.Equal(noise.Count(character => character == '\n') + 3, reasons.Length);
        Assert.Equal("mailbox_full", reasons[^1]);
    }

    [Fact]
    public async Task Rules_of_the_operator_come_first()
    {
        File.WriteAllText(Path.Combine(folder, "own.yml"), "rules:\n  - reason: policy\n    phrases: [guest list, mailbox full]\n");
        File.WriteAllText(Path.Combine(folder, "exporter.yml"), "failure_reasons: own.yml\n");

        var (_, output, error) = await RunAsync("550 you are not on the guest list\n452 Mailbox full\n552 over quota\n"u8.ToArray(), "--config.file", Path.Combine(folder, "exporter.yml"));

        Assert.Equal("", error);
        Assert.Equal(["policy", "policy", "mailbox_full"], output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_rule_that_is_wrong_is_named_with_its_file_line_key_and_remedy()
    {
        var own = Path.Combine(folder, "own.yml");
        File.WriteAllText(own, "rules:\n  - reason: polcy\n    phrases: [guest list]\n  - reason: policy\n    phrases: [guest list, '']\n");
        File.WriteAllText(Path.Combine(folder, "exporter.yml"), "failure_reasons: own.yml\n");

        var (status, output, error) = await RunAsync([], "--config.file", Path.Combine(folder, "exporter.yml"));

        Assert.Equal((1, ""), (status, output));
        Assert.Contains($"{own}:2: rules[0].reason: unknown value; did you mean policy?", error, StringComparison.Ordinal);
        Assert.Contains($"{own}:5: rules[1].phrases[0]: the phrase was already given in line 3; keep one of them", error, StringComparison.Ordinal);
        Assert.Contains($"{own}:5: rules[1].phrases[1]: is empty", error, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string Output, string Error)> RunAsync(byte[] input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "classify", .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.BaseStream.WriteAsync(input, TestContext.Current.CancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
