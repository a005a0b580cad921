using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.State;

namespace PostalExporter.Tail;

/// <summary>Follows <c>messages</c> and <c>deliveries</c> of every live server of an installation.</summary>
internal sealed partial class InstallationTail : IAsyncDisposable
{
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly CounterTable counters;
    private readonly MessageDatabaseOptions database;
    private readonly LimitOptions limits;
    private readonly SignalOptions signals;
    private readonly DatabaseSession session;
    private readonly HeadReader heads;
    private readonly EpochGuard guard;
    private readonly TableTail tables;
    private readonly LostRowWatch lostRows;
    private readonly SortedDictionary<int, ServerTail> servers = [];
    private readonly Dictionary<int, ServerState> saved;
    private readonly HashSet<(string Organization, string Server)> sharedNames = [];
    private DomainNames domainNames = new([]);
    private long lastRead;

    /// <summary>Goes on from what was saved.</summary>
    public InstallationTail(
        ExporterConfiguration configuration,
        Dictionary<int, ServerState> saved,
        CounterTable counters,
        TimeProvider time,
        ILogger<InstallationTail> logger)
    {
        this.saved = saved;
        this.counters = counters;
        this.time = time;
        this.logger = logger;
        database = configuration.MessageDatabase;
        limits = configuration.Limits;
        signals = configuration.Signals;
        session = new DatabaseSession(database, database: null);
        heads = new HeadReader(session, database.DatabaseNamePrefix);
        guard = new EpochGuard(session, database.DatabaseNamePrefix);
        tables = new TableTail(session, database.DatabaseNamePrefix, counters, guard, logger);
        lostRows = new LostRowWatch(session, database.DatabaseNamePrefix, counters, time, logger);
    }

    /// <summary>The servers that are followed, by id.</summary>
    public IReadOnlyCollection<ServerTail> Servers => servers.Values;

    /// <summary>The connection to the message databases.</summary>
    public DatabaseSession Session => session;

    /// <summary>Rows not read yet, over all servers.</summary>
    public long Backlog(TailStream stream) => servers.Values.Sum(server => server.Backlog(stream));

    /// <summary>Begins to follow servers that appeared, and leaves those that went.</summary>
    /// <param name="installation">As discovered.</param>
    /// <param name="first">Whether nothing was ever collected: servers then are read from their tables' end.</param>
    public void Follow(Installation installation, bool first)
    {
        if (!domainNames.IsOf(installation.Domains))
            domainNames = new DomainNames(installation.Domains);
        NoteSharedNames(installation);
        foreach (var server in installation.Servers)
        {
            if (saved.TryGetValue(server.Id, out var state) && state.Uuid != server.Uuid && state.Uuid.Length > 0 && server.Uuid.Length > 0)
            {
                LogServerReplaced(server.Organization, server.Permalink, server.Id);
                servers.Remove(server.Id);
                state = null;
            }
            if (state is null)
                saved[server.Id] = state = new ServerState(server.Id, server.Uuid, fromEnd: first) { IsNew = true };
            state.Rename(server.Organization, server.Permalink);
            if (servers.TryGetValue(server.Id, out var tail))
            {
                tail.Update(server, domainNames);
                continue;
            }
            state.Scores.Use(signals.RecipientScore);
            servers.Add(server.Id, new ServerTail(server, domainNames, state, counters, limits, time));
            LogServerFollowed(server.Organization, server.Permalink, server.Id);
        }
        foreach (var gone in servers.Keys.Where(id => !installation.ServersById.ContainsKey(id)).ToList())
        {
            LogServerGone(servers[gone].Server.Organization, servers[gone].Server.Permalink, gone);
            servers.Remove(gone);
        }
    }

    /// <summary>Lets series of credentials and domains that are gone leave after a time of grace.</summary>
    public void DropGone(TimeSpan grace)
    {
        foreach (var server in servers.Values.Where(HasOwnSeries))
            server.DropGone(grace);
    }

    /// <summary>Reads what is new, one page a server and turn, until all is read or the time is up.</summary>
    /// <param name="settings">Settings of this collection.</param>
    /// <param name="until">Monotonic time stamp after which no page is begun.</param>
    /// <param name="cancellationToken">Breaks off a statement that does not end.</param>
    /// <returns>Whether every server was read up to its end.</returns>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public async Task<bool> ReadAsync(TableTail.Settings settings, long until, CancellationToken cancellationToken)
    {
        var problems = servers.Values.ToDictionary(server => server, server => server.Problem);
        var elapsed = lastRead == 0 ? TimeSpan.Zero : time.GetElapsedTime(lastRead);
        lastRead = time.GetTimestamp();
        foreach (var server in servers.Values)
        {
            server.Moved = false;
            server.Heads = null;
            server.Elapse(elapsed);
        }
        try
        {
            await session.DropDeadAsync(cancellationToken);
            await heads.ReadAsync(servers.Values, cancellationToken);
            var turns = new Queue<(ServerTail Server, TableReader Table)>();
            foreach (var server in servers.Values.Where(server => server.Heads is not null))
            {
                foreach (var table in TableReader.All)
                {
                    if (NeedsReading(server, table))
                        turns.Enqueue((server, table));
                }
            }
            while (turns.TryPeek(out var turn) && time.GetTimestamp() < until)
            {
                turns.Dequeue();
                if (turn.Table.Stream == TailStream.Deliveries && turn.Server.MessagesFirst)
                {
                    var messagesToCome = turns.Any(other => other.Server == turn.Server);
                    if (messagesToCome)
                        turns.Enqueue(turn);
                    if (messagesToCome || turn.Server.Problem is not null)
                        continue;
                }
                if (await TryReadAsync(turn.Server, turn.Table, settings, cancellationToken))
                    turns.Enqueue(turn);
            }
            foreach (var server in servers.Values.Where(server => server.Moved && HasOwnSeries(server)))
                server.Rebalance();
            await lostRows.LookAsync(servers.Values, settings.Settle, cancellationToken);
            return turns.Count == 0;
        }
        catch (Exception exception)
        {
            await session.CloseAsync();
            foreach (var server in servers.Values.Where(server => server.Heads is null))
                server.Problem ??= DatabaseSession.Describe(exception);
            throw;
        }
        finally
        {
            foreach (var server in servers.Values)
                LogTransition(server, problems[server]);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => session.DisposeAsync();

    private void NoteSharedNames(Installation installation)
    {
        sharedNames.Clear();
        var names = new HashSet<(string, string)>();
        foreach (var server in installation.Servers)
        {
            if (!names.Add((server.Organization, server.Permalink)))
                sharedNames.Add((server.Organization, server.Permalink));
        }
    }

    // What two servers of one name count is in the same series: neither knows what the other still needs.
    private bool HasOwnSeries(ServerTail server) => sharedNames.Count == 0 || !sharedNames.Contains((server.Server.Organization, server.Server.Permalink));

    private bool NeedsReading(ServerTail server, TableReader table)
    {
        var stream = (int)table.Stream;
        var head = server.Heads![stream];
        ref var cursor = ref server.State.Cursors[stream];
        if (cursor is null)
        {
            // The heads of the first collection are the place to begin, whatever happens before the rows are read.
            var start = server.State.FromEnd ? head : 0;
            cursor = new StreamCursor { Position = start, Start = start, Changed = true };
            server.AgedUntil[stream] = time.GetTimestamp();
            return start > 0 || head > 0;
        }
        return head != cursor.Position || !cursor.Missing.IsEmpty || EpochGuard.EndsOtherwise(server, table);
    }

    private async Task<bool> TryReadAsync(ServerTail server, TableReader table, TableTail.Settings settings, CancellationToken cancellationToken)
    {
        var stream = (int)table.Stream;
        var cursor = server.State.Cursors[stream]!;
        try
        {
            if (cursor is { Anchor: null, Start: > 0 } && cursor.Position == cursor.Start)
                await tables.BeginAsync(server, table, settings, cancellationToken);
            // Without the main database, a table that was replaced may belong to another server that has the same id now.
            if (!settings.Discovered && !await guard.IsSameAsync(server, table, cancellationToken))
                return false;
            var now = time.GetTimestamp();
            var aged = server.AgedUntil[stream] == 0 ? TimeSpan.Zero : time.GetElapsedTime(server.AgedUntil[stream], now);
            if (await tables.ReadPageAsync(server, table, settings, aged, cancellationToken))
                return true;
            if (!cursor.Missing.IsEmpty)
                await tables.ReadMissingAsync(server, table, settings, aged, cancellationToken);
            server.AgedUntil[stream] = now;
            return false;
        }
        catch (Exception exception) when (!session.IsConnectionFailure(exception) && exception is not OperationCanceledException)
        {
            server.Problem = DatabaseSession.Describe(exception);
            if (exception is not MySqlException)
                LogUnexpected(exception, server.Server.Organization, server.Server.Permalink);
            return false;
        }
    }

    private void LogTransition(ServerTail server, string? before)
    {
        var (organization, name) = (server.Server.Organization, server.Server.Permalink);
        if (server.Problem is { } problem && before is null)
            LogServerDown(organization, name, server.Server.Id, problem);
        else if (server.Problem is null && before is not null)
            LogServerUp(organization, name, server.Server.Id);
    }

    [LoggerMessage(2001, LogLevel.Information, "Following mail server {Organization}/{Server} (id {ServerId})")]
    private partial void LogServerFollowed(string organization, string server, int serverId);

    [LoggerMessage(2002, LogLevel.Information, "Mail server {Organization}/{Server} (id {ServerId}) is gone; its counters stay for the grace time")]
    private partial void LogServerGone(string organization, string server, int serverId);

    [LoggerMessage(2003, LogLevel.Information, "Mail server {Organization}/{Server} took over id {ServerId} of another one and is read from its first row")]
    private partial void LogServerReplaced(string organization, string server, int serverId);

    [LoggerMessage(2004, LogLevel.Warning, "Cannot read the message database of {Organization}/{Server} (id {ServerId}): {Problem}")]
    private partial void LogServerDown(string organization, string server, int serverId, string problem);

    [LoggerMessage(2005, LogLevel.Information, "The message database of {Organization}/{Server} (id {ServerId}) is read again")]
    private partial void LogServerUp(string organization, string server, int serverId);

    [LoggerMessage(2006, LogLevel.Error, "Unexpected failure while reading {Organization}/{Server}; its rows are read again at the next collection")]
    private partial void LogUnexpected(Exception exception, string organization, string server);
}
