using System.Diagnostics;
using System.Text;
using PostalExporter.Cli;
using PostalExporter.Configuration;

namespace PostalExporter.Tests.Cli;

public sealed class ClassifyVerbTests
{
    [Fact]
    public async Task Each_line_is_answered_with_the_reason_of_its_reply_in_order()
    {
        var (status, lines, error) = await RunAsync("""
            550 5.1.1 User unknown
            552-5.2.2 The recipient's inbox\n552 5.2.2 is out of storage space

            HardFail	Message is likely spam. Threshold is 5.0 and the message scored 7.2.	
            SoftFail	No SMTP servers were available for example.com. No hosts to try.	
            Maximum number of delivery attempts (18) has been reached.
            Received a 429 from https://example.com/in
            450 mailbox unavailable
            550 mailbox unavailable
            a	reply	with	many	tabs: user unknown
            execution expired
            """);

        Assert.Equal(0, status);
        Assert.Empty(error);
        Assert.Equal(
            [
                "recipient_unknown", "mailbox_full", "other", "internal", "dns_error", "internal", "rate_limited", "system", "recipient_unknown",
                "recipient_unknown", "connection",
            ],
            lines);
    }

    [Fact]
    public async Task Any_bytes_and_any_length_are_answered()
    {
        var random = new Random(7);
        var garbage = new byte[200_000];
        random.NextBytes(garbage);
        garbage.AsSpan().Replace((byte)'\n', (byte)0);
        byte[][] input =
        [
            garbage, [0xff, 0xfe, 0x00, (byte)'\t', 0xc3], [.. "550 user unknown "u8, .. Enumerable.Repeat((byte)'x', 1 << 20)],
            Enumerable.Repeat((byte)'\t', 1 << 20).ToArray(), [.. "\ufeff550 Mailbox full\r"u8], [],
        ];

        var (status, lines, error) = await RunAsync([.. input.SelectMany(line => (byte[])[.. line, (byte)'\n'])]);

        Assert.Equal((0, ""), (status, error));
        Assert.Equal(input.Length, lines.Length);
        Assert.Equal(["recipient_unknown", "other", "mailbox_full", "other"], lines[2..]);
    }

    [Fact]
    public async Task A_last_line_without_end_is_answered_and_nothing_more()
    {
        Assert.Equal(["content"], (await RunAsync("552 Message too large")).Lines);
        Assert.Empty((await RunAsync("")).Lines);
    }

    [Fact]
    public async Task The_configuration_brings_its_own_rules_or_its_problems()
    {
        var folder = Directory.CreateTempSubdirectory("postal-exporter-classify-").FullName;
        var file = Path.Combine(folder, "exporter.yml");
        await File.WriteAllTextAsync(file, "failure_reasons: own.yml", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "own.yml"), "rules: [{reason: policy, phrases: [user unknown]}]", TestContext.Current.CancellationToken);

        Assert.Equal(["policy"], (await RunAsync("550 user unknown", "--config.file", file)).Lines);
        await File.WriteAllTextAsync(Path.Combine(folder, "own.yml"), "rules: [{reason: polisy}]", TestContext.Current.CancellationToken);
        var (status, lines, error) = await RunAsync("550 user unknown", "--config.file", file);

        Assert.Equal(1, status);
        Assert.Empty(lines);
        Assert.Contains("own.yml:1: rules[0].reason: unknown value; did you mean policy?", error, StringComparison.Ordinal);
    }

    // The program itself: a line is answered before the next one is written.
    [Fact]
    public async Task Answers_come_while_the_input_is_still_open()
    {
        using var program = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "postal-exporter.dll"), "classify" },
            WorkingDirectory = Directory.CreateTempSubdirectory("postal-exporter-classify-").FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        try
        {
            foreach (var (reply, reason) in ((string, string)[])[("550 user unknown", "recipient_unknown"), ("552 邮箱已满", "mailbox_full")])
            {
                await program.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(reply + "\n"), TestContext.Current.CancellationToken);
                await program.StandardInput.BaseStream.FlushAsync(TestContext.Current.CancellationToken);

                Assert.Equal(reason, await program.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            }

            program.StandardInput.Close();
            Assert.Null(await program.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            await program.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, program.ExitCode);
        }
        finally
        {
            if (!program.HasExited)
                program.Kill();
        }
    }

    [Fact]
    public async Task Help_says_how_lines_are_read()
    {
        using var output = new StringWriter();
        var root = CommandLine.CreateRoot();
        new ClassifyVerb(Loader(), () => Stream.Null).AddTo(root);

        Assert.Equal(0, await CommandLine.RunAsync(root, ["classify", "--help"], output, TextWriter.Null));

        Assert.All((string[])["one a line", @"\n", "two tabs", "--config.file"], words => Assert.Contains(words, output.ToString(), StringComparison.Ordinal));
    }

    private static Task<(int Status, string[] Lines, string Error)> RunAsync(string input, params string[] arguments) =>
        RunAsync(Encoding.UTF8.GetBytes(input), arguments);

    private static async Task<(int Status, string[] Lines, string Error)> RunAsync(byte[] input, params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter();
        var root = CommandLine.CreateRoot();
        new ClassifyVerb(Loader(), () => new MemoryStream(input)).AddTo(root);
        var status = await CommandLine.RunAsync(root, ["classify", .. arguments], output, error);
        return (status, output.ToString().Split('\n')[..^1], error.ToString());
    }

    private static ConfigurationLoader Loader() => new(new EnvironmentReader(_ => null));
}
