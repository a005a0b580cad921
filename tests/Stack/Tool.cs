using System.ComponentModel;
using System.Diagnostics;

namespace PostalStack;

/// <summary>Programs that run to their end.</summary>
internal static class Tool
{
    /// <summary>The real path of a program.</summary>
    /// <exception cref="StackException">It is not installed.</exception>
    public static string Find(params string[] names)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var found = names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists)
            ?? throw new StackException($"{string.Join(" or ", names)} is not installed");
        return File.ResolveLinkTarget(found, returnFinalTarget: true)?.FullName ?? found;
    }

    /// <summary>Runs a program; what it says is only of interest when it fails.</summary>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="StackException">It failed, or is not installed.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken, string? input = null)
    {
        using var process = Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        });
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? await output
                : throw new StackException($"{program} ended with status {process.ExitCode}:\n{await output}{await errors}".TrimEnd());
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    /// <exception cref="StackException">It is not installed.</exception>
    public static Process Start(ProcessStartInfo command)
    {
        try
        {
            return Process.Start(command)!;
        }
        catch (Win32Exception e)
        {
            throw new StackException($"cannot start {command.FileName}: {e.Message}");
        }
    }
}
