using System.CommandLine;
using PostalExporter.Configuration;
using PostalExporter.State;

namespace PostalExporter.Cli;

/// <summary><c>state</c>: shows, exports, imports and forgets what an exporter has counted.</summary>
/// <param name="loader">Loads the configuration.</param>
/// <param name="time">Clock.</param>
/// <param name="input">Where answers are typed.</param>
internal sealed class StateVerb(ConfigurationLoader loader, TimeProvider time, TextReader input)
{
    private const string Yes = "yes";

    /// <summary>Adds the verb.</summary>
    public void AddTo(RootCommand root) => root.Add(new Command("state", "Look at the state store, move it, or forget it.")
    {
        Show(), Export(), Import(), Reset(),
    });

    private Command Show()
    {
        var place = new StatePlace(loader);
        var verb = new Command("show", "Say what the state store holds: how far each mail server was read. Works beside a running exporter.");
        place.AddTo(verb);
        verb.SetAction(result => Run(result, (output, _) =>
        {
            using var files = StateFiles.Find(place.Directory(result));
            StateReport.Write(files, output);
        }));
        return verb;
    }

    private Command Export()
    {
        var place = new StatePlace(loader);
        var target = new Option<string>("--output") { Description = "File to write; without it, standard output.", HelpName = "file" };
        var verb = new Command("export", "Write the state store as JSON lines. Works beside a running exporter.") { target };
        place.AddTo(verb);
        verb.SetAction(result => Run(result, (output, error) =>
        {
            using var files = StateFiles.Find(place.Directory(result));
            var file = result.GetValue(target);
            var end = file is null ? StateExport.Write(files, time.GetUtcNow(), output) : WriteFile(files, file);
            error.WriteLine($"exported {Count(end.Servers, "server")} and {end.Series} series of {files.Path}{(files.InUse ? ", which is in use" : "")}");
        }));
        return verb;
    }

    private Command Import()
    {
        var configFile = ServeFlags.ConfigFileFlag();
        var exports = new Argument<string[]>("file")
        {
            Description = "Exports of all exporters, made while they were stopped.", Arity = ArgumentArity.OneOrMore,
        };
        var verb = new Command("import", "Make the state store that of the configured shard, from exports. The exporter must be stopped.") { configFile, exports };
        verb.SetAction(result => Run(result, (output, _) =>
        {
            var configuration = loader.Load(result.GetValue(configFile)).Configuration;
            using var files = StateFiles.MakeStopped(configuration.State.Path);
            var import = new StateImport(files, configuration.Shard);
            foreach (var file in result.GetRequiredValue(exports))
                import.Add(file);
            var done = import.Run(time.GetUtcNow());
            output.WriteLine($"{files.Path} is shard {configuration.Shard}");
            output.WriteLine($"taken {Count(done.Servers, "server")} and {done.Series} series; kept {Count(done.Kept, "server")}; dropped {Count(done.Dropped, "server")}");
            if (done.Backup is { } backup)
                output.WriteLine($"the store as it was: {backup}");
        }));
        return verb;
    }

    private Command Reset()
    {
        var place = new StatePlace(loader);
        var server = new Option<string>("--server") { Description = "Forget only this mail server, by ORGANIZATION/SERVER or id.", HelpName = "server" };
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var verb = new Command("reset", "Forget what was counted, and count from the end of the tables. The exporter must be stopped.") { server, yes };
        place.AddTo(verb);
        verb.SetAction(result => Run(result, (output, _) =>
        {
            using var files = StateFiles.FindStopped(place.Directory(result));
            var one = result.GetValue(server) is { } word ? StateReset.Find(files, word) : null;
            var what = one is null ? "everything" : $"server {one.Organization}/{one.Permalink} (id {one.Id})";
            if (!result.GetValue(yes) && !Ask(output, $"{files.Path}: forget {what}? Its counters begin at 0 again. Type {Yes}: "))
                throw new StateStoreException($"{files.Path}: nothing was forgotten; type {Yes}, or give --yes");
            var now = time.GetUtcNow();
            var copy = one is null ? StateReset.Everything(files, now) : StateReset.Server(files, one, now);
            output.WriteLine($"forgot {what}; the store as it was: {copy}");
        }));
        return verb;
    }

    private ExportEnd WriteFile(StateFiles files, string file)
    {
        // Beside its place first: a file of that name is a whole export.
        var beside = file + ".part";
        ExportEnd end;
        using (var writer = new StreamWriter(beside))
            end = StateExport.Write(files, time.GetUtcNow(), writer);
        File.Move(beside, file, overwrite: true);
        return end;
    }

    private bool Ask(TextWriter output, string question)
    {
        output.Write(question);
        output.Flush();
        return input.ReadLine()?.Trim() == Yes;
    }

    private static string Count(int number, string noun) => CheckReport.Count(number, noun);

    private static int Run(ParseResult result, Action<TextWriter, TextWriter> work)
    {
        var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        try
        {
            work(output, error);
            return ExitStatus.Success;
        }
        catch (ConfigurationException exception)
        {
            foreach (var problem in exception.Problems)
                error.WriteLine($"postal-exporter: {problem}");
        }
        catch (Exception exception) when (exception is StateStoreException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"postal-exporter: {exception.Message}");
        }
        return ExitStatus.Failure;
    }
}

/// <summary>The flags that say where a state store is.</summary>
internal sealed class StatePlace(ConfigurationLoader loader)
{
    private readonly Option<string> configFile = ServeFlags.ConfigFileFlag();
    private readonly Option<string> statePath = new("--state.path") { Description = "State directory, in place of the one that the configuration names.", HelpName = "directory" };

    /// <summary>Adds the flags to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(configFile);
        command.Add(statePath);
        command.Validators.Add(result =>
        {
            if (result.GetResult(configFile) is { Implicit: false } && result.GetResult(statePath) is { Implicit: false })
                result.AddError("--config.file and --state.path both name a state directory; keep one of them");
        });
    }

    /// <summary>The state directory.</summary>
    /// <exception cref="ConfigurationException">The configuration cannot be used.</exception>
    public string Directory(ParseResult result) =>
        result.GetValue(statePath) ?? loader.Load(result.GetValue(configFile)).Configuration.State.Path;
}
