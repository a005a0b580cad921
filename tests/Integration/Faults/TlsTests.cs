using System.Diagnostics;
using MySqlConnector;
using PostalExporter.Cli;
using PostalExporter.Configuration;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Faults;

/// <summary>A MariaDB with TLS, whose certificate is made out to 127.0.0.1, and an account that demands it.</summary>
public sealed class TlsTests(TlsTests.Postal postal) : IClassFixture<TlsTests.Postal>
{
    private const string Refused = "access denied: check username and password, and tls_mode if the account demands TLS";
    private const string WrongAuthority = "the certificate of the host is signed by no authority that is trusted: name the file of its authority in tls_ca_file";
    private const string WrongHost = "the certificate of the host is not made out to its name in the configuration: correct host, or set tls_mode to verify_ca";
    private const string NoFile = "tls_ca_file cannot be read: check the path and who may read it";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("preferred", null, "127.0.0.1")]
    [InlineData("required", null, "127.0.0.1")]
    [InlineData("verify_ca", "right", "127.0.0.1")]
    [InlineData("verify_ca", "right", "localhost")]
    [InlineData("verify_full", "right", "127.0.0.1")]
    public async Task Modes_that_fit_work(string mode, string? authority, string host)
    {
        await using var exporter = await ExporterUnderTest.StartAsync(postal.Configuration(mode, authority, host));

        var page = await exporter.ScrapeAsync();

        Assert.Equal(1, page.Find("postal_up"));
        Assert.Equal(1, page.Find("postal_exporter_server_up"));
        var (status, report) = await CheckAsync(postal.Yaml(mode, authority, host));
        Assert.Equal("0 problems", report[^1].Split(',')[0]);
        Assert.Equal(0, status);
    }

    [Theory]
    [InlineData("disabled", null, "127.0.0.1", Refused)]
    [InlineData("verify_ca", "other", "127.0.0.1", WrongAuthority)]
    [InlineData("verify_full", "other", "127.0.0.1", WrongAuthority)]
    [InlineData("verify_full", "right", "localhost", WrongHost)]
    public async Task Modes_that_do_not_fit_are_said_with_key_and_remedy(string mode, string? authority, string host, string problem)
    {
        var log = new TestLog();
        await using var exporter = await ExporterUnderTest.StartAsync(postal.Configuration(mode, authority, host), TimeProvider.System, TestLog.CreateFactory(log));

        var page = await exporter.ScrapeAsync();

        Assert.Equal(0, page.Find("postal_up"));
        Assert.Single(log.Lines, $"Warning Collector discovery failed: {problem}");
        var (status, report) = await CheckAsync(postal.Yaml(mode, authority, host));
        Assert.Equal(1, status);
        foreach (var database in (string[])["main database", "message databases"])
        {
            var line = Assert.Single(report, line => line.StartsWith($"problem  {database}: ", StringComparison.Ordinal));
            Assert.Contains(mode == "disabled" ? "tls_mode is disabled" : problem, line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Secure_transport_that_the_host_demands_of_everybody_is_said()
    {
        await using var administrator = await Administrator.ConnectAsync(postal.Server);
        await ExecuteAsync(administrator, "SET GLOBAL require_secure_transport = ON");
        try
        {
            var plain = ExporterUnderTest.ConfigurationFor(postal.Server, postal.Installation);
            var log = new TestLog();
            await using var exporter = await ExporterUnderTest.StartAsync(plain, TimeProvider.System, TestLog.CreateFactory(log));
            Assert.Equal(0, (await exporter.ScrapeAsync()).Find("postal_up"));
            Assert.Single(log.Lines, $"Warning Collector discovery failed: {Refused}");

            await using var secure = await ExporterUnderTest.StartAsync(postal.Configuration("required", null, "127.0.0.1"));
            Assert.Equal(1, (await secure.ScrapeAsync()).Find("postal_up"));
        }
        finally
        {
            await ExecuteAsync(administrator, "SET GLOBAL require_secure_transport = OFF");
        }
    }

    [Theory]
    [InlineData(null, NoFile)]
    [InlineData("garbage", WrongAuthority)]
    public async Task Authority_file_that_goes_bad_shows_at_the_next_connection_and_needs_no_restart_when_it_is_good_again(string? content, string problem)
    {
        var file = Path.Combine(postal.Folder, $"{Guid.NewGuid():N}.pem");
        File.Copy(postal.Authority("right"), file);
        var log = new TestLog();
        var good = postal.Configuration("verify_full", "right", "127.0.0.1");
        await using var exporter = await ExporterUnderTest.StartAsync(
            good with { MainDatabase = good.MainDatabase with { TlsCaFile = file }, MessageDatabase = good.MessageDatabase with { TlsCaFile = file } },
            TimeProvider.System, TestLog.CreateFactory(log));
        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_exporter_server_up"));

        if (content is null)
            File.Delete(file);
        else
            await File.WriteAllTextAsync(file, content, Cancel);
        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_exporter_server_up"));
        await Administrator.KillConnectionsAsync(postal.Server, Postal.Account);
        var bad = await exporter.ScrapeAsync();
        Assert.Equal(0, bad.Find("postal_up"));
        Assert.Equal(0, bad.Find("postal_exporter_server_up"));
        Assert.Single(log.Lines, $"Warning Collector discovery failed: {problem}");
        Assert.Single(log.Lines, $"Warning Collector tail failed: {problem}");

        File.Copy(postal.Authority("right"), file, overwrite: true);
        Assert.Equal(1, (await exporter.ScrapeAsync()).Find("postal_exporter_server_up"));
    }

    [Theory]
    [InlineData("garbage.pem", "the file holds no certificate; give a file in PEM format")]
    [InlineData("nowhere.pem", "the file does not exist; check the path")]
    [InlineData(".", "the file may not be read; let the exporter's user read it (and make sure that it is no directory)")]
    public async Task Authority_file_that_cannot_be_used_is_refused_at_the_start(string name, string problem)
    {
        await File.WriteAllTextAsync(Path.Combine(postal.Folder, "garbage.pem"), "garbage", Cancel);

        var (status, report) = await CheckAsync(
            ["main_db:", "  tls_mode: verify_full", $"  tls_ca_file: {Path.Combine(postal.Folder, name)}", "message_db:", "  tls_mode: verify_full"]);

        Assert.Equal(1, status);
        Assert.Contains(report, line => line.EndsWith($"exporter.yml:3: main_db.tls_ca_file: {problem}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_an_authority_file_those_that_the_system_trusts_decide()
    {
        var yaml = await WriteAsync(postal.Yaml("verify_full", null, "127.0.0.1"));

        Assert.NotEqual(0, await RunAsync(postal.Authority("other")));
        Assert.Equal(0, await RunAsync(postal.Authority("right")));

        async Task<int> RunAsync(string trusted)
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "postal-exporter.dll"), "check-config", "--config.file", yaml])
            {
                RedirectStandardOutput = true,
            };
            start.Environment["SSL_CERT_FILE"] = trusted;
            using var process = Process.Start(start)!;
            TestContext.Current.TestOutputHelper?.WriteLine(await process.StandardOutput.ReadToEndAsync(Cancel));
            await process.WaitForExitAsync(Cancel);
            return process.ExitCode;
        }
    }

    [Fact]
    public async Task A_page_that_stops_in_its_middle_is_given_up_with_TLS_too()
    {
        await using var proxy = StallingProxy.Start(postal.Server.Port);
        var direct = postal.Configuration("verify_full", "right", "127.0.0.1");
        await using var exporter = await ExporterUnderTest.StartAsync(direct with { MessageDatabase = direct.MessageDatabase with { Port = proxy.Port } });
        await exporter.ScrapeAsync();
        await Backlog.WriteAsync(postal.Server, postal.Installation.Servers[0], 2500);
        // What is encrypted can only be counted: the last ids come in less, the page in more.
        var held = proxy.HoldAt("", 30_000);

        var stalled = exporter.ScrapeAsync(TimeSpan.FromSeconds(2));
        await held.WaitAsync(Patience, Cancel);
        proxy.PassOthers();
        Assert.Equal(0, (await stalled).Find("postal_exporter_collector_success", ("collector", "tail")));

        await exporter.ScrapeAsync(Patience);
        var page = await exporter.ScrapeAsync(Patience);
        Assert.Equal(2500, page.Sum("postal_messages_total"));
    }

    private async Task<(int Status, IReadOnlyList<string> Report)> CheckAsync(IEnumerable<string> yaml)
    {
        using var output = new StringWriter();
        var verb = new CheckConfigVerb(new ConfigurationLoader(new EnvironmentReader(_ => null)));
        var status = await verb.RunAsync(await WriteAsync(yaml), null, output, Cancel);
        TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
        return (status, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private async Task<string> WriteAsync(IEnumerable<string> yaml)
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(postal.Folder, $"{Guid.NewGuid():N}")).FullName, "exporter.yml");
        await File.WriteAllLinesAsync(file, yaml, Cancel);
        return file;
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>The database, its authority and another one.</summary>
    public sealed class Postal : IAsyncLifetime
    {
        internal const string Account = "secure";

        private readonly Dictionary<string, TestAuthority> authorities = [];

        internal string Folder { get; } = Directory.CreateTempSubdirectory("postal-tls-").FullName;

        internal MariaDbServer Server { get; private set; } = null!;

        internal Installation Installation { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            // The server may run as another user than the test.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Folder, File.GetUnixFileMode(Folder) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            foreach (var name in (string[])["right", "other"])
                authorities.Add(name, new TestAuthority(Folder, name));
            var (certificate, key) = authorities["right"].SignServer();
            Server = await MariaDbServer.StartAsync(
                new MariaDbServerOptions { Arguments = [$"--ssl-cert={certificate}", $"--ssl-key={key}"] }, TimeProvider.System, CancellationToken.None);
            Installation = await Installation.CreateAsync(Server.ConnectionString, InstallationDescription.WithCredentials("app"), CancellationToken.None);
            await Administrator.ExecuteAsync(Server, $"CREATE USER {Account}@'127.0.0.1' IDENTIFIED BY 'secret-of-the-test' REQUIRE SSL; GRANT SELECT ON *.* TO {Account}@'127.0.0.1'");
        }

        public async ValueTask DisposeAsync()
        {
            Installation.KeepDatabases = true;
            await Installation.DisposeAsync();
            await Server.DisposeAsync();
            foreach (var authority in authorities.Values)
                authority.Dispose();
            Directory.Delete(Folder, recursive: true);
        }

        internal string Authority(string name) => authorities[name].File;

        internal ExporterConfiguration Configuration(string mode, string? authority, string host)
        {
            var plain = ExporterUnderTest.ConfigurationFor(Server, Installation);
            T Secure<T>(T options)
                where T : DatabaseOptions => options with
                {
                    Host = host, Username = Account, Password = "secret-of-the-test", TlsMode = mode, TlsCaFile = authority is null ? null : Authority(authority),
                };
            return plain with { MainDatabase = Secure(plain.MainDatabase), MessageDatabase = Secure(plain.MessageDatabase) };
        }

        internal IEnumerable<string> Yaml(string mode, string? authority, string host)
        {
            foreach (var (section, key) in new[] { ("main_db", "database"), ("message_db", "database_name_prefix") })
            {
                yield return $"{section}: {{host: {host}, port: {Server.Port}, username: {Account}, password: secret-of-the-test,";
                yield return authority is null ? "" : $"  tls_ca_file: {Authority(authority)},";
                yield return $"  tls_mode: {mode}, {key}: {Installation.DatabasePrefix}}}";
            }
        }
    }
}
