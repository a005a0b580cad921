using System.CommandLine;
using MySqlConnector;
using PostalSimulator.Databases;
using PostalSimulator.Installations;
using PostalSimulator.Scenarios;

namespace PostalSimulator.Cli;

/// <summary>Where the installation is. Each flag may be given as an environment variable instead; passwords are never printed.</summary>
internal sealed class ConnectionOptions
{
    private readonly Option<string?> main = Text("--main", "POSTAL_SIMULATOR_MAIN", "Connection string of the MariaDB of the main database; instead of --host, --port and --user.");
    private readonly Option<string?> message = Text("--message", "POSTAL_SIMULATOR_MESSAGE", "Connection string of the MariaDB of the message databases; the main one's when left out.");
    private readonly Option<string?> host = Text("--host", "POSTAL_SIMULATOR_HOST", "Host of MariaDB; 127.0.0.1 when left out.");
    private readonly Option<string?> port = Text("--port", "POSTAL_SIMULATOR_PORT", "Port of MariaDB; 3306 when left out.");
    private readonly Option<string?> user = Text("--user", "POSTAL_SIMULATOR_USER", "User; root when left out. The password is taken from POSTAL_SIMULATOR_PASSWORD or --password-file.");
    private readonly Option<string?> passwordFile = Text("--password-file", "POSTAL_SIMULATOR_PASSWORD_FILE", "File that holds the password.");
    private readonly Option<string?> prefix = Text("--database-prefix", "POSTAL_SIMULATOR_DATABASE_PREFIX", "Name of the main database and beginning of the others' names; postal when left out.");

    public void AddTo(Command command)
    {
        foreach (var option in (Option<string?>[])[main, message, host, port, user, passwordFile, prefix])
            command.Options.Add(option);
    }

    public Task<Installation> OpenAsync(ParseResult arguments, CancellationToken cancellationToken) =>
        Installation.OpenAsync(Main(arguments), Message(arguments), Prefix(arguments), TimeProvider.System, cancellationToken);

    public async Task<Installation> CreateAsync(ParseResult arguments, Scenario scenario, bool replace, CancellationToken cancellationToken)
    {
        if (replace)
        {
            await using var former = new Database(Main(arguments));
            if (await former.ValueAsync<long>("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = @name",
                new { name = Prefix(arguments) }, cancellationToken) > 0)
            {
                await using var installation = await OpenAsync(arguments, cancellationToken);
                await installation.DropAsync(cancellationToken);
            }
        }
        var created = await Installation.CreateAsync(
            Main(arguments), Message(arguments), scenario.Describe(Prefix(arguments)), TimeProvider.System, cancellationToken);
        created.KeepDatabases = true;
        return created;
    }

    private string Main(ParseResult arguments)
    {
        if (arguments.GetValue(main) is { } connectionString)
            return connectionString;
        var text = arguments.GetValue(port) ?? "3306";
        return new MySqlConnectionStringBuilder
        {
            Server = arguments.GetValue(host) ?? "127.0.0.1",
            Port = ushort.TryParse(text, out var number) ? number : throw new ArgumentException($"--port: '{text}' is not a port"),
            UserID = arguments.GetValue(user) ?? "root",
            Password = arguments.GetValue(passwordFile) is { } file ? File.ReadAllText(file).Trim() : Environment.GetEnvironmentVariable("POSTAL_SIMULATOR_PASSWORD") ?? "",
        }.ConnectionString;
    }

    private string Message(ParseResult arguments) => arguments.GetValue(message) ?? Main(arguments);

    private string Prefix(ParseResult arguments) => arguments.GetValue(prefix) ?? "postal";

    private static Option<string?> Text(string name, string variable, string description) => new(name)
    {
        Description = $"{description} Environment: {variable}.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable),
    };
}
