using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using MySqlConnector;

namespace PostalExporter.Benchmarks;

/// <summary>
/// Debian's <c>prometheus-sql-exporter</c> with the queries that an operator would write for one message database. It runs them
/// at its start and then once in an interval, on one connection, whether it is scraped or not; its page shows the last results.
/// </summary>
internal sealed partial class SqlExporter : IAsyncDisposable
{
    private const string Account = "sql_exporter";
    private const string Program = "prometheus-sql-exporter";

    // The last one of a collection: its result is on the page when the others are.
    private const string LastQuery = "delivery_failures";

    // Far longer than a benchmark: there is one collection.
    private const string Configuration = """
        jobs:
          - name: postal
            interval: 24h
            connections: ['CONNECTION']
            queries:
              - name: messages
                help: Messages by scope and credential.
                labels: [scope, credential]
                values: [messages]
                query: >-
                  SELECT scope, COALESCE(credential_id, 0) AS credential, COUNT(*) AS messages
                  FROM messages GROUP BY scope, credential_id
              - name: message_bytes
                help: Sizes of messages by scope.
                labels: [scope]
                values: [bytes]
                query: >-
                  SELECT scope, COALESCE(SUM(size), 0) AS bytes FROM messages GROUP BY scope
              - name: deliveries
                help: Deliveries by scope, credential and status.
                labels: [scope, credential, status]
                values: [deliveries]
                query: >-
                  SELECT m.scope, COALESCE(m.credential_id, 0) AS credential, d.status, COUNT(*) AS deliveries
                  FROM deliveries d JOIN messages m ON m.id = d.message_id GROUP BY m.scope, m.credential_id, d.status
              - name: recipient_domain_deliveries
                help: Outgoing deliveries by recipient domain and status.
                labels: [recipient_domain, status]
                values: [deliveries]
                query: >-
                  SELECT SUBSTRING_INDEX(m.rcpt_to, '@', -1) AS recipient_domain, d.status, COUNT(*) AS deliveries
                  FROM deliveries d JOIN messages m ON m.id = d.message_id WHERE m.scope = 'outgoing' GROUP BY recipient_domain, d.status
              - name: delivery_failures
                help: Failed outgoing deliveries by credential and status.
                labels: [credential, status]
                values: [deliveries]
                query: >-
                  SELECT COALESCE(m.credential_id, 0) AS credential, d.status, COUNT(*) AS deliveries
                  FROM deliveries d JOIN messages m ON m.id = d.message_id
                  WHERE m.scope = 'outgoing' AND d.status IN ('SoftFail', 'HardFail', 'Bounced') GROUP BY m.credential_id, d.status
        """;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly string directory;
    private readonly Process process;
    private readonly List<string> log = [];
    private readonly HttpClient client;

    private SqlExporter(string directory, Process process, Uri address)
    {
        this.directory = directory;
        this.process = process;
        client = new HttpClient { BaseAddress = address };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Starts it, waits for its first collection and ends it.</summary>
    /// <param name="administrator">To MariaDB, for making the account.</param>
    /// <param name="mariaDbPort">On the loopback address.</param>
    /// <param name="messageDatabase">What it reads.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>What the collection had MariaDB do.</returns>
    /// <exception cref="InvalidOperationException">It is not installed, ended, or could not run a query; the message holds its log.</exception>
    public static async Task<MariaDbWork> CollectOnceAsync(
        MySqlConnection administrator, int mariaDbPort, string messageDatabase, CancellationToken cancellationToken)
    {
        var before = await MariaDbWork.OfAsync(administrator, Account, messageDatabase, cancellationToken);
        await using (var exporter = await StartAsync(administrator, mariaDbPort, messageDatabase, cancellationToken))
        {
            var series = await exporter.CollectedAsync(cancellationToken);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Program} has {series} series of {messageDatabase}"));
        }
        return await MariaDbWork.OfAsync(administrator, Account, messageDatabase, cancellationToken) - before;
    }

    private static async Task<SqlExporter> StartAsync(
        MySqlConnection administrator, int mariaDbPort, string messageDatabase, CancellationToken cancellationToken)
    {
        var password = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var grant = $"CREATE OR REPLACE USER '{Account}' IDENTIFIED BY '{password}'; GRANT SELECT ON `{messageDatabase}`.* TO '{Account}'";
        await using (var command = new MySqlCommand(grant, administrator))
            await command.ExecuteNonQueryAsync(cancellationToken);
        var directory = Directory.CreateTempSubdirectory("postal-exporter-bench-").FullName;
        try
        {
            var file = Path.Combine(directory, "config.yml");
            var connection = string.Create(CultureInfo.InvariantCulture, $"mysql://{Account}:{password}@tcp(127.0.0.1:{mariaDbPort})/{messageDatabase}");
            await File.WriteAllTextAsync(file, Configuration.Replace("CONNECTION", connection, StringComparison.Ordinal), cancellationToken);
            var address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{FreePort()}");
            var command = new ProcessStartInfo(Program, ["-config.file", file, "-web.listen-address", address])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            return new SqlExporter(directory, Process.Start(command)!, new Uri($"http://{address}"));
        }
        catch (Exception exception)
        {
            Directory.Delete(directory, recursive: true);
            if (exception is Win32Exception)
                throw new InvalidOperationException($"cannot start {Program} ({exception.Message}): apt-get install {Program}", exception);
            throw;
        }
    }

    /// <summary>Scrapes it until its first collection is complete.</summary>
    /// <returns>Series that its queries gave.</returns>
    private async Task<int> CollectedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var written = Log;
            if (process.HasExited || written.Contains("\"msg\":\"Failed", StringComparison.Ordinal))
                throw new InvalidOperationException($"{Program} did not collect:\n{written}");
            var page = await ScrapeAsync(cancellationToken);
            if (page.Contains($"\nsql_{LastQuery}{{", StringComparison.Ordinal))
                return Series().Count(page);
            // It does not say when it has collected: it is asked again.
            await Task.Delay(PollInterval, cancellationToken);
        }
    }

    /// <summary>Ends the process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        client.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private string Log
    {
        get
        {
            lock (log)
                return string.Join('\n', log);
        }
    }

    /// <summary>Its page; empty before it listens.</summary>
    private async Task<string> ScrapeAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return "";
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (log)
            log.Add(line);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex("^sql_(?!exporter_)", RegexOptions.Multiline)]
    private static partial Regex Series();
}
