using System.CommandLine;
using System.CommandLine.Parsing;
using PostalExporter.Configuration;

namespace PostalExporter.Cli;

/// <summary>The command line: verbs, help, version, and what happens when it cannot be understood.</summary>
internal static class CommandLine
{
    private const string HelpHint = "postal-exporter: --help lists commands and flags";

    private static readonly ParserConfiguration Parsing = new()
    {
        // One name, one meaning: -abc is no three flags and @file no file of flags.
        EnablePosixBundling = false,
        ResponseFileTokenReplacer = null,
    };

    /// <summary>Runs what the arguments ask for.</summary>
    /// <param name="root">From <see cref="CreateRoot"/>, with the verbs added.</param>
    /// <param name="arguments">Arguments without the program's name.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <returns>Exit status.</returns>
    public static Task<int> RunAsync(RootCommand root, IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var result = root.Parse(arguments, Parsing);
        if (FlagBeforeVerb(result) is { } flag)
        {
            error.WriteLine($"postal-exporter: {flag} stands before {result.CommandResult.Command.Name}; write flags after the command");
            error.WriteLine(HelpHint);
            return Task.FromResult(ExitStatus.Usage);
        }

        if (result.Errors.Count > 0)
        {
            foreach (var problem in result.Errors)
                error.WriteLine($"postal-exporter: {problem.Message}{Suggest(result, problem.Message)}");
            error.WriteLine(HelpHint);
            return Task.FromResult(ExitStatus.Usage);
        }

        return result.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            // Stopping is the host's business: it lets a running scrape finish.
            ProcessTerminationTimeout = null,
        });
    }

    /// <summary>The program itself, without verbs.</summary>
    public static RootCommand CreateRoot()
    {
        var root = new RootCommand("Prometheus exporter for the mail platform Postal.");
        root.Options.Remove(root.Options.OfType<VersionOption>().Single());
        root.Add(new Option<bool>("--version") { Description = "Show version, revision, metric contract and runtime.", Action = new VersionAction() });
        return root;
    }

    // The root has the flags of serve. Given before another verb they would be taken and never looked at.
    private static string? FlagBeforeVerb(ParseResult result) =>
        result.CommandResult == result.RootCommandResult
            ? null
            : result.RootCommandResult.Children.OfType<OptionResult>().FirstOrDefault(option => !option.Implicit)?.Option.Name;

    private static string Suggest(ParseResult result, string message)
    {
        var unknown = result.UnmatchedTokens.FirstOrDefault(token => message.Contains($"'{token}'", StringComparison.Ordinal));
        if (unknown is null)
            return "";

        var command = result.CommandResult.Command;
        string[] names = [.. command.Options.Select(option => option.Name), .. command.Subcommands.Select(verb => verb.Name)];
        return NearMiss.Find(unknown.Split('=')[0], names) is { } match ? $" Did you mean {match}?" : "";
    }

    private sealed class VersionAction : System.CommandLine.Invocation.SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(BuildInformation.Line);
            return ExitStatus.Success;
        }
    }
}
