using MySqlConnector;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Networks;
using PostalExporter.Postal;
using PostalExporter.Signals;
using PostalExporter.State;

namespace PostalExporter.Tail;

/// <summary>Follows <c>messages</c> and <c>deliveries</c> of every live server of an installation.</summary>
internal sealed partial class InstallationTail : IAsyncDisposable
{
    private static readonly TimeSpan TrackingInterval = TimeSpan.FromMinutes(1);

    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly CounterTable counters;
    private readonly MessageDatabaseOptions database;
    private readonly DatabaseSession session;
    private readonly HeadReader heads;
    private readonly EpochGuard guard;
    private readonly TableTail rows;
    private readonly StreamTurns turns;
    private readonly HistoryReader history;
    private readonly SignalContext context;
    private readonly List<TableReader> inspected;
    private readonly LostRowWatch lostRows;
    private readonly SortedDictionary<int, ServerTail> servers = [];
    private readonly Dictionary<int, ServerState> saved;
    private readonly HashSet<(string Organization, string Server)> sharedNames = [];
    private DomainNames domainNames = new([]);
    private long lastRead;
    private long lastTracking;
    private StreamException? trackingProblem;

    /// <summary>Goes on from what was saved. Fewer signals than all are for measurements; what is replayed is so from a moment of the past on.</summary>
    public InstallationTail(
        ExporterConfiguration configuration,
        Dictionary<int, ServerState> saved,
        CounterTable counters,
        KeyedHash hash,
        TimeProvider time,
        ILogger<InstallationTail> logger,
        IReadOnlyList<Func<ServerView, ISignal?>>? signals = null,
        DateTimeOffset? replayedFrom = null)
    {
        this.saved = saved;
        this.counters = counters;
        this.time = time;
        this.logger = logger;
        database = configuration.MessageDatabase;
        session = new DatabaseSession(database, database: null);
        heads = new HeadReader(session, database.DatabaseNamePrefix);
        guard = new EpochGuard(session, database.DatabaseNamePrefix);
        rows = new TableTail(session, database.DatabaseNamePrefix, counters, guard, logger);
        turns = new StreamTurns(session, rows, guard, time);
        history = new HistoryReader(session, database.DatabaseNamePrefix, counters, configuration.Collection.PageRows, configuration.Signals.LookBack, time);
        var sources = configuration.Sources;
        context = new SignalContext
        {
            Configuration = configuration,
            Hash = hash,
            Signals = signals ?? SignalSet.All,
            Needs = Needs(configuration),
            UsesUntil = replayedFrom?.ToUnixTimeSeconds() ?? long.MaxValue,
            Countries = OpenDatabase(sources.Enabled ? sources.CountryDatabase : null, GeoData.Country),
            Systems = OpenDatabase(sources.Enabled ? sources.AsnDatabase : null, GeoData.Asn),
        };
        inspected = Inspected(context.Needs);
        Streams = [.. TableReader.Mail, .. TableReader.Tracking, .. inspected];
        lostRows = new LostRowWatch(session, database.DatabaseNamePrefix, counters, Streams, time, logger);
        foreach (var table in Streams)
        {
            foreach (var family in new[] { Families.Rows, Families.RowsLate, Families.RowsLost })
                counters.Get(family, table.Name);
        }
        RetireOthers(Families.ListedRecipientMessages, [.. configuration.Lists.All.Select(list => list.Name)]);
    }

    /// <summary>The tables whose rows are replayed.</summary>
    public static IReadOnlyList<TableReader> Replayed { get; } = [.. TableReader.Mail, .. TableReader.Tracking];

    /// <summary>The servers that are followed, by id.</summary>
    public IReadOnlyCollection<ServerTail> Servers => servers.Values;

    /// <summary>The connection to the message databases.</summary>
    public DatabaseSession Session => session;

    /// <summary>What is read of every server.</summary>
    public IReadOnlyList<TableReader> Streams { get; }

    /// <summary>Whether messages are read a second time, with their raw text.</summary>
    public bool Inspects => inspected.Count > 0;

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
            {
                saved[server.Id] = state = new ServerState(server.Id, server.Uuid, fromEnd: first) { IsNew = true };
                // All that it has is yet to be counted.
                if (!first)
                    state.Memories.History.Next = 0;
            }
            state.Rename(server.Organization, server.Permalink);
            if (servers.TryGetValue(server.Id, out var tail))
            {
                tail.Update(server, domainNames);
                continue;
            }
            state.Scores.Use(context.Configuration.Signals.RecipientScore);
            state.Memories.MailedDomains.Use(context.Configuration.Signals.LookBack);
            state.Memories.RepeatedRecipients.Use(context.Configuration.Signals.RepeatedRecipients.Window);
            state.Memories.Habits.Use(context.Configuration.Signals);
            servers.Add(server.Id, new ServerTail(server, domainNames, state, counters, context, time));
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
        context.Countries?.Refresh();
        context.Systems?.Refresh();
        context.Now = time.GetUtcNow().ToUnixTimeSeconds();
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
            var complete = await turns.ReadAsync(servers.Values.Where(server => server.Heads is not null), TableReader.Mail, settings, until, MailFailed, cancellationToken);
            foreach (var server in servers.Values.Where(server => server.Moved && HasOwnSeries(server)))
                server.Rebalance();
            await lostRows.LookAsync(servers.Values, settings.Settle, cancellationToken);
            return complete;
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

    /// <summary>Reads openings and clicks, once in a while.</summary>
    /// <param name="settings">Settings of this collection.</param>
    /// <param name="until">Monotonic time stamp after which no page is begun.</param>
    /// <param name="cancellationToken">Breaks off a statement that does not end.</param>
    /// <exception cref="StreamException">The tables of some server cannot be read; the others' were.</exception>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public async Task ReadTrackingAsync(TableTail.Settings settings, long until, CancellationToken cancellationToken)
    {
        // Nothing is decided by them within a minute, and asking for their last rows would double what an idle collection costs.
        if (lastTracking == 0 || time.GetElapsedTime(lastTracking) >= TrackingInterval)
        {
            lastTracking = time.GetTimestamp();
            trackingProblem = null;
            try
            {
                await ReadOthersAsync(TableReader.Tracking, settings, until, cancellationToken);
            }
            catch (StreamException problem)
            {
                trackingProblem = problem;
            }
        }
        // Where tables are missing, each is asked alone: that is as seldom, and what was wrong is so until then.
        if (trackingProblem is { } still)
            throw new StreamException(still);
    }

    /// <summary>Reads messages a second time, with their raw text, and tracked links, as far as the configuration asks for them.</summary>
    /// <param name="settings">Settings of this collection.</param>
    /// <param name="until">Monotonic time stamp after which no page is begun.</param>
    /// <param name="cancellationToken">Breaks off a statement that does not end.</param>
    /// <exception cref="StreamException">The tables of some server cannot be read; the others' were.</exception>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public Task ReadInspectedAsync(TableTail.Settings settings, long until, CancellationToken cancellationToken) =>
        ReadOthersAsync(inspected, settings with { PageRows = Math.Min(settings.PageRows, InspectionReader.PageRows) }, until, cancellationToken);

    /// <summary>Reads on in what servers had before their first collection.</summary>
    /// <param name="until">Monotonic time stamp after which no page is begun.</param>
    /// <param name="cancellationToken">Breaks off a statement that does not end.</param>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public Task ReadHistoryAsync(long until, CancellationToken cancellationToken) =>
        history.ReadAsync(servers.Values.Where(server => server.Heads is not null), until, cancellationToken);

    /// <summary>Begins servers at a moment of the past, and learns what came before it.</summary>
    /// <param name="moment">The moment; it is the time of the clock.</param>
    /// <param name="failed">Takes a server of which a table cannot be read, and why: it is counted from its end.</param>
    /// <param name="cancellationToken">Breaks off a statement.</param>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public async Task BeginReplayAsync(DateTimeOffset moment, Action<ServerTail, string> failed, CancellationToken cancellationToken)
    {
        context.Now = moment.ToUnixTimeSeconds();
        var unreadable = new HashSet<ServerTail>();
        foreach (var server in await ReadHeadsAsync(failed, (server, _) => unreadable.Add(server), cancellationToken))
        {
            foreach (var table in unreadable.Contains(server) ? TableReader.Mail : Replayed)
            {
                var start = await guard.LastNotAfterAsync(server, table, moment.ToUnixTimeSeconds(), cancellationToken);
                server.State.Cursors[(int)table.Stream] = new StreamCursor { Position = start, Start = start, Changed = true };
                if (table.Stream == TailStream.Messages && start == 0)
                    server.State.Memories.History.Next = 0;
            }
        }
        await history.ReadAsync(servers.Values.Where(server => server.Heads is not null), long.MaxValue, cancellationToken);
        foreach (var server in servers.Values)
            server.Update(server.Server, domainNames);
    }

    /// <summary>Asks for the last ids of what is replayed.</summary>
    /// <param name="failed">Takes a server whose mail cannot be read, and why.</param>
    /// <param name="trackingFailed">Takes a server whose openings and clicks cannot be read, and why.</param>
    /// <param name="cancellationToken">Breaks off a statement.</param>
    /// <returns>The servers that can be read.</returns>
    /// <exception cref="MySqlException">The host does not answer.</exception>
    public async Task<IReadOnlyList<ServerTail>> ReadHeadsAsync(
        Action<ServerTail, string> failed, Action<ServerTail, string> trackingFailed, CancellationToken cancellationToken)
    {
        foreach (var server in servers.Values)
            server.Heads = null;
        await heads.ReadAsync(servers.Values, cancellationToken);
        foreach (var server in servers.Values.Where(server => server.Heads is null))
            failed(server, server.Problem ?? "");
        var readable = servers.Values.Where(server => server.Heads is not null).ToList();
        await heads.ReadOthersAsync(readable, TableReader.Tracking, trackingFailed, cancellationToken);
        return readable;
    }

    /// <summary>Replays rows with a clock of their time.</summary>
    public Replay ReplayWith(VirtualClock clock) => new(session, rows, context, clock);

    /// <summary>Lets what is read beside mail begin where mail was read up to.</summary>
    public void BeginInspection()
    {
        foreach (var server in servers.Values.Where(_ => Inspects))
        {
            if (server.State.Cursors[(int)TailStream.Messages] is { } messages)
            {
                server.State.Cursors[(int)TailStream.Inspection] = new StreamCursor
                {
                    Position = messages.Position, Start = messages.Position, Anchor = messages.Anchor, Latest = messages.Latest, Changed = true,
                };
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        context.Countries?.Dispose();
        context.Systems?.Dispose();
        return session.DisposeAsync();
    }

    // The configuration was refused if it could not be opened. It may have gone since: then countries are not known.
    private GeoDatabase? OpenDatabase(string? path, GeoData data)
    {
        try
        {
            return path is null ? null : GeoDatabase.Open(path, data, logger);
        }
        catch (GeoDatabaseException exception)
        {
            LogNoGeoDatabase(exception.Message);
            return null;
        }
    }

    // What is not configured any more has nobody who would count it, and nobody who waits for it.
    private void RetireOthers(Family family, HashSet<string> configured)
    {
        foreach (var series in counters.All.Where(series => series.Family == family && !configured.Contains(series.Labels[^1])))
            counters.Retire(series);
    }

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

    private async Task ReadOthersAsync(IReadOnlyList<TableReader> tables, TableTail.Settings settings, long until, CancellationToken cancellationToken)
    {
        var problems = new List<(ServerTail Server, string Problem)>();
        try
        {
            var readable = servers.Values.Where(server => server.Heads is not null).ToList();
            await heads.ReadOthersAsync(readable, tables, (server, problem) => problems.Add((server, problem)), cancellationToken);
            await turns.ReadAsync(
                readable.Where(server => !problems.Exists(problem => problem.Server == server)), tables, settings, until,
                (server, _, exception) => problems.Add((server, DatabaseSession.Describe(exception))), cancellationToken);
        }
        catch
        {
            await session.CloseAsync();
            throw;
        }
        if (problems is [var first, ..])
            throw new StreamException(first.Server.Server, first.Problem, problems.Count);
    }

    private static InspectionNeeds Needs(ExporterConfiguration configuration)
    {
        var needs = InspectionNeeds.None;
        if (configuration.Complaints.Routes.Count > 0)
            needs |= InspectionNeeds.Complaints;
        if (configuration.Sources.Enabled)
            needs |= InspectionNeeds.OutgoingHeaders;
        var content = configuration.Content;
        if (content.SimilarSubjects || content.Has(ContentPart.Subject))
            needs |= InspectionNeeds.Subject;
        // A tag given in the header is in the row only when Postal has processed the message.
        if (content.Has(ContentPart.Tag))
            needs |= InspectionNeeds.OutgoingHeaders;
        if (content.Has(ContentPart.Text))
            needs |= InspectionNeeds.OutgoingHeaders | InspectionNeeds.OutgoingBody;
        if (content.Has(ContentPart.LinkDomain))
            needs |= InspectionNeeds.Links;
        return needs;
    }

    private List<TableReader> Inspected(InspectionNeeds needs)
    {
        var readers = new List<TableReader>();
        var complaints = context.Configuration.Complaints;
        if ((needs & InspectionNeeds.Messages) != 0)
        {
            readers.Add(new InspectionReader(needs,
            [
                new RawTextReader(
                    session,
                    message => message.Outgoing ? needs.HasFlag(InspectionNeeds.OutgoingHeaders) : complaints.IsRoute(message.Recipient),
                    message => message.Outgoing ? needs.HasFlag(InspectionNeeds.OutgoingBody) : complaints.IsRoute(message.Recipient)),
                new ComplaintReader(session, database.DatabaseNamePrefix, complaints, () => servers.Values),
            ]));
        }
        if (needs.HasFlag(InspectionNeeds.Links))
            readers.Add(TableReader.Links);
        return readers;
    }

    private void MailFailed(ServerTail server, TableReader table, Exception exception)
    {
        server.Problem = DatabaseSession.Describe(exception);
        if (exception is not MySqlException)
            LogUnexpected(exception, server.Server.Organization, server.Server.Permalink);
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

    [LoggerMessage(2011, LogLevel.Warning, "Countries or providers of clients are not known until the next reload: {Problem}")]
    private partial void LogNoGeoDatabase(string problem);

    [LoggerMessage(2006, LogLevel.Error, "Unexpected failure while reading {Organization}/{Server}; its rows are read again at the next collection")]
    private partial void LogUnexpected(Exception exception, string organization, string server);
}
