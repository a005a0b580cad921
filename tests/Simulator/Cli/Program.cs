using MySqlConnector;
using PostalSimulator.Cli;
using PostalSimulator.Scenarios;

try
{
    // The command line library's own handler would print a stack trace where one line says it.
    return await Verbs.Root().Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
}
catch (Exception e) when (e is ScenarioException or ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException or MySqlException)
{
    await Console.Error.WriteLineAsync($"postal-simulator: {e.Message}");
    return 1;
}
