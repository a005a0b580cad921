using System.CommandLine;
using System.Globalization;
using PostalSimulator.Databases;
using PostalSimulator.History;
using PostalSimulator.OpenMetrics;
using PostalSimulator.Scenarios;

namespace PostalSimulator.Cli;

/// <summary>The verbs of the command line.</summary>
internal static class Verbs
{
    private static readonly Option<FileInfo> ScenarioOption = new("--scenario")
    {
        Description = "Scenario file; the demo's when left out.",
        DefaultValueFactory = _ => new FileInfo(Path.Combine(AppContext.BaseDirectory, "Scenarios", "demo.yml")),
    };

    public static RootCommand Root()
    {
        var connection = new ConnectionOptions();
        return new RootCommand("Creates a Postal installation on MariaDB and writes what Postal would write.")
        {
            Create(connection), History(connection), RunVerb.Create(connection, ScenarioOption), OpenMetrics(), MariaDb(),
        };
    }

    public static Scenario Scenario(ParseResult arguments) => ScenarioFile.Read(arguments.GetRequiredValue(ScenarioOption).FullName);

    private static Command Create(ConnectionOptions connection)
    {
        var replace = new Option<bool>("--replace") { Description = "Drop an installation of the same database prefix first." };
        var command = new Command("create", "Creates the databases, organizations, servers, domains and credentials of a scenario.") { ScenarioOption, replace };
        connection.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            await using var installation = await connection.CreateAsync(arguments, Scenario(arguments), arguments.GetValue(replace), cancellationToken);
            Console.WriteLine($"created {installation.Organizations.Count} organizations with {installation.Servers.Count} servers in {installation.DatabasePrefix}");
        });
        return command;
    }

    private static Command History(ConnectionOptions connection)
    {
        var weeks = Weeks();
        var until = Until();
        var messages = new Option<int?>("--messages") { Description = "Write exactly so many messages of one server (--server) and nothing else." };
        var server = new Option<string?>("--server") { Description = "ORGANIZATION/SERVER for --messages; the scenario's first when left out." };
        var command = new Command("history", "Writes weeks of history into an empty installation.") { ScenarioOption, weeks, until, messages, server };
        connection.AddTo(command);
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var scenario = Scenario(arguments);
            var (from, end) = Period(arguments, weeks, until);
            await using var installation = await connection.OpenAsync(arguments, cancellationToken);
            var writer = new HistoryWriter(installation, scenario);
            if (arguments.GetValue(messages) is { } count)
                Report(await writer.WriteExactlyAsync(arguments.GetValue(server) ?? scenario.Servers.First().Path, count, from, end, cancellationToken));
            else
                Report(Total(await writer.WriteAsync(from, end, new Reporter(), cancellationToken)));
        });
        return command;
    }

    private static Command OpenMetrics()
    {
        var weeks = Weeks();
        var until = Until();
        var step = new Option<string>("--step") { Description = "Time between samples.", DefaultValueFactory = _ => "60s" };
        var labels = new Option<string[]>("--label") { Description = "NAME=VALUE added to every series, e.g. job=postal; may be repeated." };
        var output = new Option<FileInfo?>("--output") { Description = "File to write; standard output when left out." };
        var command = new Command("openmetrics", "Writes the history's counters as the exporter would have exposed them, for promtool tsdb create-blocks-from openmetrics.")
        {
            ScenarioOption, weeks, until, step, labels, output,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var text = arguments.GetRequiredValue(step);
            if (!Durations.TryParse(text, out var duration) || duration < TimeSpan.FromSeconds(1))
                throw new ArgumentException($"--step: '{text}' is not a duration of at least 1s");
            var (from, end) = Period(arguments, weeks, until);
            await using var stream = arguments.GetValue(output) is { } file ? file.Create() : Console.OpenStandardOutput();
            var writer = new BaselineWriter(Scenario(arguments), [.. (arguments.GetValue(labels) ?? []).Select(Label)]);
            var (series, samples) = await writer.WriteAsync(stream, from, end, duration, cancellationToken);
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{samples} samples of {series} series"));
        });
        return command;
    }

    private static Command MariaDb()
    {
        var directory = new Option<string?>("--directory") { Description = "Folder in which the server's temporary folder is made." };
        var port = new Option<int>("--port") { Description = "Port on the loopback address; free choice when left out." };
        var command = new Command("mariadb", "Runs a private MariaDB with a temporary folder until it is told to end.") { directory, port };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var options = new MariaDbServerOptions { ParentDirectory = arguments.GetValue(directory), Port = arguments.GetValue(port) };
            await using var server = await MariaDbServer.StartAsync(options, TimeProvider.System, cancellationToken);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"listening on 127.0.0.1:{server.Port}"));
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        return command;
    }

    private static Option<double> Weeks() => new("--weeks") { Description = "Length of the history.", DefaultValueFactory = _ => 3 };

    private static Option<string?> Until() => new("--until")
    {
        Description = "End of the history, as unix seconds; now when left out. Histories and counters of the same end and length are the same.",
    };

    private static (DateTimeOffset From, DateTimeOffset Until) Period(ParseResult arguments, Option<double> weeks, Option<string?> until)
    {
        var end = TimeProvider.System.GetUtcNow();
        if (arguments.GetValue(until) is { } text)
            end = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? DateTimeOffset.FromUnixTimeSeconds(seconds) : throw new ArgumentException($"--until: '{text}' is not a number of unix seconds");
        return (end.AddDays(-7 * arguments.GetValue(weeks)), end);
    }

    private static KeyValuePair<string, string> Label(string text) => text.IndexOf('=', StringComparison.Ordinal) is var at and > 0
        ? KeyValuePair.Create(text[..at], text[(at + 1)..]) : throw new ArgumentException($"--label: '{text}' is not NAME=VALUE");

    private static HistoryResult Total(IReadOnlyList<HistoryResult> results) => new("all servers", results.Sum(result => result.Messages),
        results.Sum(result => result.Deliveries), TimeSpan.FromTicks(results.Sum(result => result.Elapsed.Ticks)));

    private static void Report(HistoryResult result) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{result.Server}: {result.Messages} messages and {result.Deliveries} deliveries in {result.Elapsed.TotalSeconds:0.0} s, {result.Messages / result.Elapsed.TotalSeconds:0} messages a second"));

    private sealed class Reporter : IProgress<HistoryResult>
    {
        public void Report(HistoryResult value) => Verbs.Report(value);
    }
}
