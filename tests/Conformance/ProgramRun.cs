using System.Diagnostics;

namespace PostalExporter.Conformance;

/// <summary>What a finished program answered.</summary>
/// <param name="ExitCode">Its exit status; 0 is success.</param>
/// <param name="Output">Standard output followed by standard error.</param>
internal sealed record ProgramRun(int ExitCode, string Output)
{
    /// <summary>Runs a program to its end in the given folder.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The program is not installed.</exception>
    public static async Task<ProgramRun> RunAsync(
        string program, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return new ProgramRun(process.ExitCode, await output + await error);
    }

    /// <summary>Fails the test, showing what the program said, unless it succeeded.</summary>
    public void ShouldSucceed() => Assert.True(ExitCode == 0, $"exit status {ExitCode}\n{Output}");
}
