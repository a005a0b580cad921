using System.Globalization;
using MySqlConnector;
using PostalExporter.State;
using PostalExporter.Tail;
using PostalSimulator.Databases;
using PostalSimulator.Installations;

namespace PostalExporter.Integration.Exactness;

/// <summary>Carries a program out: on the database, on the exporter and on the model, and holds the pages against the model.</summary>
internal sealed class ProgramRun : IAsyncDisposable
{
    /// <summary>How long the exporter of a program must wait for missing ids.</summary>
    public static readonly TimeSpan Settle = TimeSpan.FromMinutes(10);

    private static readonly string[] Statuses = ["Sent", "SoftFail", "HardFail", "Held"];
    private static readonly string[] RecipientDomains = ["example.com", "example.org"];
    private static readonly TimeSpan[] Waits = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(11)];

    private readonly MariaDbServer database;
    private readonly Installation installation;
    private readonly ITestedExporter exporter;
    private readonly ModelClock clock;
    private readonly CountingModel model = new(Settle);
    private readonly List<ModelServer> servers = [];
    private readonly List<OpenRow> open = [];
    private Task<Exposition>? scrape;
    private Exposition? last;
    private CountingModel.Knowledge? copiedKnowledge;
    private string? copiedState;
    private int step = 1;

    private ProgramRun(MariaDbServer database, Installation installation, ITestedExporter exporter, ModelClock clock)
    {
        this.database = database;
        this.installation = installation;
        this.exporter = exporter;
        this.clock = clock;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Runs a program on an installation that has no server.</summary>
    /// <param name="database">Where it is.</param>
    /// <param name="installation">Gets servers, and loses them again.</param>
    /// <param name="start">Starts an exporter with an empty state directory.</param>
    /// <param name="clock">The program's time.</param>
    /// <param name="program">What happens.</param>
    public static async Task RunAsync(
        MariaDbServer database, Installation installation, Func<Task<ITestedExporter>> start, ModelClock clock, Program program)
    {
        await using var exporter = await start();
        await using var run = new ProgramRun(database, installation, exporter, clock);
        await run.BeginAsync();
        foreach (var operation in program.Operations)
        {
            clock.Advance(TimeSpan.FromMilliseconds(250));
            await run.DoAsync(operation);
        }
        await run.EndAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var row in open)
            await row.DisposeAsync();
        if (scrape is not null)
            await scrape.ContinueWith(_ => { }, TaskScheduler.Default);
        foreach (var server in servers)
            await server.Mail.DestroyAsync(CancellationToken.None);
        if (copiedState is not null)
            Directory.Delete(copiedState, recursive: true);
    }

    /// <summary>Two servers with mail that was there before the exporter, and some that nobody sees yet when it starts.</summary>
    private async Task BeginAsync()
    {
        foreach (var name in (string[])["mail", "second"])
            servers.Add(await AddServerAsync(name, id: null));
        foreach (var server in servers)
        {
            foreach (var status in (string[])["SoftFail", "Sent"])
                await InsertDeliveryAsync(server, await InsertMessageAsync(server, pick: 0), status);
        }
        await BeginMessageAsync(servers[0], pick: 0);
        await BeginDeliveryAsync(servers[0], pick: 1);
        await InsertDeliveryAsync(servers[0], await InsertMessageAsync(servers[0], pick: 0), "Sent");
        last = await exporter.ScrapeAsync();
        model.BeginAtEnd(clock.Elapsed);
    }

    /// <summary>All is at rest: every counter equals the model.</summary>
    private async Task EndAsync()
    {
        await ScrapeAsync();
        while (open.Count > 0)
            await CommitAsync(0);
        await ScrapeAsync();
        // Nothing is read a second time.
        await ScrapeAsync();
    }

    private Task DoAsync(Operation operation)
    {
        var (act, pick) = operation;
        var server = servers[pick % 5 == 4 ? 1 : 0];
        pick /= 5;
        return act switch
        {
            Act.Message => InsertMessageAsync(server, pick),
            Act.Delivery => DeliverAsync(server, pick),
            Act.BeginMessage => BeginMessageAsync(server, pick),
            Act.BeginDelivery => BeginDeliveryAsync(server, pick),
            Act.Commit => CommitAsync(operation.Pick),
            Act.RollBack => RollBackAsync(operation.Pick),
            Act.FillGap => FillGapAsync(server, pick),
            Act.SkipIds => SkipIdsAsync(server, pick),
            Act.Step => SetStepAsync(),
            Act.Retention => RetainAsync(server, pick),
            Act.Recreate => RecreateAsync(server, pick),
            Act.Backup => BackUpAsync(server),
            Act.Restore => RestoreAsync(server, server.Backup, pick),
            Act.Empty => EmptyAsync(server),
            Act.Scrape => ScrapeAsync(),
            Act.CutScrape => CutScrapeAsync(operation.Pick),
            Act.BlindScrape => BlindScrapeAsync(),
            Act.ScrapeBeside => BeginScrapeAsync(),
            Act.Wait => WaitAsync(operation.Pick),
            Act.Restart => RestartAsync(),
            Act.Reload => exporter.ReloadAsync(),
            Act.CopyState => CopyStateAsync(),
            Act.PutStateBack => PutStateBackAsync(),
            Act.RestartDatabase => RestartDatabaseAsync(operation.Pick),
            _ => throw new InvalidOperationException($"{act} is not known"),
        };
    }

    private async Task<ModelRow> InsertMessageAsync(ModelServer server, int pick)
    {
        var row = NewMessage(server, pick);
        await InsertAsync(row, id: null);
        return row;
    }

    private async Task DeliverAsync(ModelServer server, int pick)
    {
        if (PickMessage(server, pick) is { } message)
            await InsertDeliveryAsync(server, message, Statuses[pick % Statuses.Length]);
    }

    private Task InsertDeliveryAsync(ModelServer server, ModelRow message, string status) => InsertAsync(NewDelivery(server, message, status), id: null);

    private Task BeginMessageAsync(ModelServer server, int pick) => BeginAsync(NewMessage(server, pick));

    private async Task BeginDeliveryAsync(ModelServer server, int pick)
    {
        if (PickMessage(server, pick) is { } message)
            await BeginAsync(NewDelivery(server, message, Statuses[pick % Statuses.Length]));
    }

    private async Task CommitAsync(int pick)
    {
        if (open.Count == 0)
            return;
        var row = open[pick % open.Count];
        open.Remove(row);
        await row.CommitAsync(Cancel);
        model.Show(row.Row, clock.Elapsed);
        await row.DisposeAsync();
    }

    private async Task RollBackAsync(int pick)
    {
        if (open.Count == 0)
            return;
        var row = open[pick % open.Count];
        open.Remove(row);
        await row.DisposeAsync();
    }

    // Only ids that were never given: no cluster gives one twice.
    private async Task FillGapAsync(ModelServer server, int pick)
    {
        var message = PickMessage(server, pick);
        var table = pick % 2 == 0 || message is null ? TailStream.Messages : TailStream.Deliveries;
        var used = server.UsedIds[table];
        var highest = used.Count == 0 ? 0 : used.Max();
        var free = Enumerable.Range(1, 8).Select(back => highest - back).Where(id => id > 0 && !used.Contains(id)).ToList();
        if (free.Count > 0)
            await InsertAsync(table == TailStream.Messages ? NewMessage(server, pick) : NewDelivery(server, message!, Statuses[pick % Statuses.Length]), free[pick % free.Count]);
    }

    private async Task SkipIdsAsync(ModelServer server, int pick)
    {
        var table = pick % 2 == 0 ? TailStream.Messages : TailStream.Deliveries;
        // Fewer than a look behind the first start reaches, more than that, more than the marks of a chunk.
        var skipped = new[] { 3, 700, 10_000 }[pick / 2 % 3];
        var id = await NextIdAsync(server, table) + skipped;
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, $"BEGIN; INSERT INTO {Table(server, table)} (id) VALUES ({id}); ROLLBACK");
    }

    private Task SetStepAsync()
    {
        step = step == 1 ? 3 : 1;
        return Task.CompletedTask;
    }

    private async Task RetainAsync(ModelServer server, int pick)
    {
        var messages = Visible(server, TailStream.Messages).OrderBy(row => row.Id).ToList();
        // The rows that nobody sees yet belong to younger messages.
        var young = open.Select(row => row.Row.Message ?? row.Row).Where(row => row.Server == server).Select(row => row.Id).DefaultIfEmpty(long.MaxValue).Min();
        messages.RemoveAll(row => row.Id >= young);
        if (messages.Count == 0)
            return;
        var gone = messages.Take(1 + (pick % messages.Count)).ToHashSet();
        var deliveries = Visible(server, TailStream.Deliveries).Where(row => gone.Contains(row.Message!)).ToList();
        await DeleteAsync(server, TailStream.Deliveries, deliveries);
        await DeleteAsync(server, TailStream.Messages, gone);
    }

    private async Task RecreateAsync(ModelServer server, int pick)
    {
        await JoinAsync();
        await TakeBackAsync(server);
        await server.Mail.DestroyAsync(Cancel);
        model.Delete(server);
        var place = servers.IndexOf(server);
        servers.RemoveAt(place);
        if (pick % 4 >= 2)
            await ScrapeAsync();
        servers.Insert(place, await AddServerAsync(server.Mail.Permalink, pick % 2 == 0 ? server.Mail.Id : null));
    }

    private async Task BackUpAsync(ModelServer server)
    {
        var next = new Dictionary<TailStream, long>();
        await using var connection = await OpenAsync();
        foreach (var table in Enum.GetValues<TailStream>())
        {
            next[table] = await NextIdAsync(server, table);
            // What is not committed is not in a backup, and does not hold it up.
            await ExecuteAsync(
                connection,
                $"""
                DROP TABLE IF EXISTS {BackupTable(server, table)}; CREATE TABLE {BackupTable(server, table)} LIKE {Table(server, table)};
                SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; INSERT INTO {BackupTable(server, table)} SELECT * FROM {Table(server, table)};
                """);
        }
        server.Backup = new ModelBackup(
            model.Rows.Where(row => row.Server == server && row.IsVisible).ToHashSet(), next,
            server.UsedIds.ToDictionary(used => used.Key, used => used.Value.Where(id => id < next[used.Key]).ToHashSet()));
    }

    private async Task RestoreAsync(ModelServer server, ModelBackup? backup, int pick)
    {
        if (backup is null)
            return;
        await TakeBackAsync(server);
        // A scrape may see the tables while they are empty, or while they are filled.
        var seen = pick % 3;
        await using var connection = await OpenAsync();
        foreach (var table in Enum.GetValues<TailStream>())
        {
            await ExecuteAsync(
                connection,
                $"""
                DROP TABLE {Table(server, table)}; CREATE TABLE {Table(server, table)} LIKE {BackupTable(server, table)};
                ALTER TABLE {Table(server, table)} AUTO_INCREMENT = {backup.NextIds[table]};
                """);
        }
        server.UsedIds = backup.UsedIds.ToDictionary(used => used.Key, used => used.Value.ToHashSet());
        foreach (var part in seen switch { 0 => (double[])[1], 1 => [0, 1], _ => [0.5, 1] })
        {
            var filled = backup.Rows.GroupBy(row => row.Table)
                .SelectMany(table => table.OrderBy(row => row.Id).Take((int)(table.Count() * part))).ToHashSet();
            foreach (var table in filled.GroupBy(row => row.Table))
                await ExecuteAsync(connection, $"INSERT IGNORE INTO {Table(server, table.Key)} SELECT * FROM {BackupTable(server, table.Key)} WHERE id <= {table.Max(row => row.Id)}");
            model.Restore(server, filled, clock.Elapsed);
            if (part < 1)
                await ScrapeAsync();
        }
        // Mail is accepted again when the restore is done.
        clock.Advance(TimeSpan.FromSeconds(10));
    }

    private async Task EmptyAsync(ModelServer server)
    {
        await TakeBackAsync(server);
        await server.Mail.RecreateDatabaseAsync(Cancel);
        server.Backup = null;
        server.UsedIds = new() { [TailStream.Messages] = [], [TailStream.Deliveries] = [] };
        model.Restore(server, new HashSet<ModelRow>(), clock.Elapsed);
        clock.Advance(TimeSpan.FromSeconds(10));
    }

    private async Task ScrapeAsync()
    {
        await JoinAsync();
        var page = await exporter.ScrapeAsync();
        Check(page);
        model.Scraped(clock.Elapsed);
        foreach (var collector in (string[])["discovery", "tail", "state"])
            Assert.True(page.Find("postal_exporter_collector_success", ("collector", collector)) == 1, $"{collector} failed");
        var expected = model.Expected();
        foreach (var (series, (least, most)) in expected)
        {
            var value = page.Values.GetValueOrDefault(series);
            Assert.True(value >= least && value <= most, $"{series} is {value}, and must be {(least == most ? "" : $"from {least} to ")}{most}");
        }
        foreach (var (series, value) in page.Counters.Where(pair => pair.Value > 0 && CountingModel.Models(pair.Key)))
            Assert.True(expected.ContainsKey(series), $"{series} is {value}, and must not be there");
    }

    private async Task CutScrapeAsync(int pick)
    {
        await JoinAsync();
        model.Cut(clock.Elapsed);
        if (await exporter.CutScrapeAsync(pick) is { } page)
            Check(page);
    }

    private async Task BlindScrapeAsync()
    {
        await JoinAsync();
        var (there, hidden) = ($"`{installation.DatabasePrefix}`.servers", $"`{installation.DatabasePrefix}`.hidden");
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, $"RENAME TABLE {there} TO {hidden}");
        model.Cut(clock.Elapsed);
        Check(await exporter.ScrapeAsync());
        await ExecuteAsync(connection, $"RENAME TABLE {hidden} TO {there}");
    }

    private async Task BeginScrapeAsync()
    {
        await JoinAsync();
        model.BeginScrape(clock.Elapsed);
        scrape = exporter.ScrapeAsync();
    }

    private async Task JoinAsync()
    {
        if (scrape is null)
            return;
        Check(await scrape);
        model.EndScrape(clock.Elapsed);
        scrape = null;
    }

    private async Task WaitAsync(int pick)
    {
        await JoinAsync();
        clock.Advance(Waits[pick % Waits.Length]);
    }

    private async Task RestartAsync()
    {
        await JoinAsync();
        await exporter.RestartAsync(() => { });
    }

    private async Task CopyStateAsync()
    {
        await JoinAsync();
        if (copiedState is not null)
            Directory.Delete(copiedState, recursive: true);
        copiedState = Directory.CreateTempSubdirectory("postal-exporter-copy-").FullName;
        CopyStore(exporter.StateDirectory, copiedState);
        copiedKnowledge = model.CopyKnowledge();
    }

    /// <summary>Counters go back with the cursors they were saved with: this once a value may fall. Prometheus sees a reset.</summary>
    private async Task PutStateBackAsync()
    {
        if (copiedState is null)
            return;
        await JoinAsync();
        await exporter.RestartAsync(() => CopyStore(copiedState, exporter.StateDirectory));
        model.PutBack(copiedKnowledge!, servers);
        last = null;
    }

    private async Task RestartDatabaseAsync(int pick)
    {
        await JoinAsync();
        if (pick % 2 == 0)
            await database.KillAsync(Cancel);
        else
            await database.StopAsync(Cancel);
        if (pick % 4 >= 2)
            Check(await exporter.ScrapeAsync());
        await database.RestartAsync(Cancel);
        foreach (var row in open)
            await row.DisposeAsync();
        open.Clear();
    }

    // No value that was shown is ever lower on a later page. A series that is not there has counted nothing.
    private void Check(Exposition page)
    {
        foreach (var (series, value) in last?.Counters ?? [])
        {
            var now = page.Values.GetValueOrDefault(series);
            Assert.True(now >= value, $"{series} fell from {value} to {now}");
        }
        last = page;
    }

    private async Task<ModelServer> AddServerAsync(string name, long? id)
    {
        var description = new ServerDescription(name, name) { Id = id, Domains = [$"{name}.example"], Credentials = [new("app"), new("shop")] };
        return new ModelServer(await installation.AddServerAsync(installation.Organizations[0], description, Cancel));
    }

    private IEnumerable<ModelRow> Visible(ModelServer server, TailStream table) =>
        model.Rows.Where(row => row.Server == server && row.Table == table && row.IsVisible);

    private ModelRow? PickMessage(ModelServer server, int pick)
    {
        var messages = Visible(server, TailStream.Messages).OrderByDescending(row => row.Id).ToList();
        return messages.Count == 0 ? null : messages[pick / Statuses.Length % messages.Count];
    }

    private ModelRow NewMessage(ModelServer server, int pick) => new()
    {
        Server = server,
        Table = TailStream.Messages,
        Timestamp = clock.UnixSeconds,
        Credential = pick % 4 == 3 ? null : server.Mail.Credentials[pick % 2],
        RecipientDomain = RecipientDomains[pick / 4 % 2],
        // Each size is another one, so that a row that is counted for another shows.
        Bytes = 1000 + model.Rows.Count,
        IsSpam = pick % 3 == 2,
    };

    private ModelRow NewDelivery(ModelServer server, ModelRow message, string status) => new()
    {
        Server = server, Table = TailStream.Deliveries, Timestamp = clock.UnixSeconds, Message = message, Status = status,
    };

    private async Task InsertAsync(ModelRow row, long? id)
    {
        await using var connection = await OpenAsync();
        await InsertAsync(connection, transaction: null, row, id);
        model.Show(row, clock.Elapsed);
    }

    private async Task BeginAsync(ModelRow row)
    {
        var connection = await OpenAsync();
        var transaction = await connection.BeginTransactionAsync(Cancel);
        await InsertAsync(connection, transaction, row, id: null);
        open.Add(new OpenRow(row, connection, transaction));
    }

    private async Task InsertAsync(MySqlConnection connection, MySqlTransaction? transaction, ModelRow row, long? id)
    {
        (string Column, object? Value)[] cells = row.Message is { } message
            ?
            [
                ("id", id), ("message_id", message.Id), ("status", row.Status), ("timestamp", row.Timestamp),
                ("details", row.Status == "Held" ? "Recipient (someone@example.com) is on the suppression list (reason: too many hard fails)" : "details"),
                ("output", "550 5.1.1 User unknown"),
            ]
            :
            [
                ("id", id), ("scope", row.Scope), ("rcpt_to", $"someone@{row.RecipientDomain}"), ("timestamp", row.Timestamp),
                ("credential_id", row.Credential?.Id), ("domain_id", row.Server.Mail.Domains[0].Id), ("status", "Pending"), ("size", row.Bytes), ("spam", row.IsSpam),
            ];
        await using var command = new MySqlCommand(
            $"""
            SET SESSION auto_increment_increment = {step};
            INSERT INTO {Table(row.Server, row.Table)} ({string.Join(", ", cells.Select(cell => cell.Column))}) VALUES ({string.Join(", ", cells.Select(cell => "@" + cell.Column))})
            """,
            connection, transaction);
        foreach (var (column, value) in cells)
            command.Parameters.AddWithValue("@" + column, value);
        await command.ExecuteNonQueryAsync(Cancel);
        row.Id = id ?? command.LastInsertedId;
        row.Server.UsedIds[row.Table].Add(row.Id);
        model.Add(row);
    }

    private async Task DeleteAsync(ModelServer server, TailStream table, IReadOnlyCollection<ModelRow> rows)
    {
        if (rows.Count == 0)
            return;
        await using var connection = await OpenAsync();
        // One by one: a search among few rows takes the whole table, and would wait for those that are not committed.
        await ExecuteAsync(connection, string.Join(';', rows.Select(row => $"DELETE FROM {Table(server, table)} WHERE id = {row.Id}")));
        foreach (var row in rows)
            row.IsVisible = false;
    }

    // Writers whose database goes lose what they had not committed.
    private async Task TakeBackAsync(ModelServer server)
    {
        foreach (var row in open.Where(row => row.Row.Server == server).ToList())
        {
            open.Remove(row);
            await row.DisposeAsync();
        }
    }

    private async Task<long> NextIdAsync(ModelServer server, TailStream table)
    {
        await using var connection = await OpenAsync();
        await using var command = new MySqlCommand(
            "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = @schema AND TABLE_NAME = @table", connection);
        command.Parameters.AddWithValue("@schema", server.Mail.DatabaseName);
        command.Parameters.AddWithValue("@table", Name(table));
        return Convert.ToInt64(await command.ExecuteScalarAsync(Cancel), CultureInfo.InvariantCulture);
    }

    private async Task<MySqlConnection> OpenAsync()
    {
        var connection = new MySqlConnection(database.ConnectionString);
        await connection.OpenAsync(Cancel);
        return connection;
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private static string Name(TailStream table) => table == TailStream.Messages ? "messages" : "deliveries";

    private static string Table(ModelServer server, TailStream table) => $"`{server.Mail.DatabaseName}`.{Name(table)}";

    private static string BackupTable(ModelServer server, TailStream table) => $"`{server.Mail.DatabaseName}`.backup_{Name(table)}";

    // Without the index of the log, which SQLite makes anew.
    private static void CopyStore(string from, string to)
    {
        foreach (var name in (string[])[StateStore.FileName, StateStore.FileName + "-wal", StateStore.FileName + "-shm"])
        {
            File.Delete(Path.Combine(to, name));
            if (File.Exists(Path.Combine(from, name)) && !name.EndsWith("-shm", StringComparison.Ordinal))
                File.Copy(Path.Combine(from, name), Path.Combine(to, name));
        }
    }

    /// <summary>A row that nobody sees yet.</summary>
    private sealed record OpenRow(ModelRow Row, MySqlConnection Connection, MySqlTransaction Transaction) : IAsyncDisposable
    {
        public Task CommitAsync(CancellationToken cancellationToken) => Transaction.CommitAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            try
            {
                await Transaction.DisposeAsync();
            }
            catch (MySqlException)
            {
                // The database has ended, and the transaction with it.
            }
            await Connection.DisposeAsync();
        }
    }
}
