using PostalExporter.Collectors;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.State;
using PostalExporter.Tail;
using PostalExporter.Web;

namespace PostalExporter.Collection;

/// <summary>
/// The work of a collection, in its order: discover, read state, read the tail, save, publish. One at a time.
/// </summary>
internal sealed partial class CollectionRun : IAsyncDisposable
{
    private static readonly TimeSpan SchemaLifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BacklogLogInterval = TimeSpan.FromMinutes(1);

    private readonly StateStore store;
    private readonly IReadOnlyList<IStateCollector> collectors;
    private readonly TimeProvider time;
    private readonly ILoggerFactory loggers;
    private readonly ILogger logger;
    private readonly Runner runner;
    private readonly InstallationReader installationReader = new();
    private readonly CounterTable counters;
    private readonly MetricsPage page;
    private readonly GaugePicture picture = new();
    private readonly Dictionary<int, ServerState> saved;
    private readonly GoneServers gone;
    private readonly ListWatch lists;
    private readonly CanaryWatch canaries;
    private ExporterConfiguration? configuration;
    private DatabaseSession? main;
    private InstallationTail? tail;
    private MessageDatabaseCollector? messageDatabases;
    private MainSchema? schema;
    private long schemaRead;
    private Installation installation = Installation.Empty;
    private bool first;
    private volatile bool discovered;
    private DateTimeOffset? lastCollection;
    private long? backlogLogged;

    /// <summary>Loads what the store holds and shows it.</summary>
    public CollectionRun(
        MetricsPage page, StateStore store, IReadOnlyList<IStateCollector> collectors, TimeProvider time, ILoggerFactory loggers)
    {
        this.store = store;
        this.collectors = collectors;
        this.time = time;
        this.loggers = loggers;
        logger = loggers.CreateLogger<CollectionRun>();
        runner = new Runner(time, loggers.CreateLogger<Runner>());
        this.page = page;
        counters = new CounterTable(page);
        store.LoadCounters(counters);
        saved = store.LoadServers();
        first = store.IsEmpty;
        gone = new GoneServers(time);
        lists = new ListWatch(time, loggers.CreateLogger<ListWatch>());
        canaries = new CanaryWatch(loggers.CreateLogger<CanaryWatch>());
        DeclareSelfCounters();
        counters.Show();
    }

    /// <summary>As of the last collection.</summary>
    public ExporterStatus Status { get; private set; } = new(false, false, null, [], []);

    /// <summary>Begins a collection.</summary>
    /// <returns>Takes gauges that the collection itself does not know.</returns>
    public IGaugeSink Begin()
    {
        picture.Begin();
        return picture;
    }

    /// <summary>Collects aside; what was counted is saved before this ends.</summary>
    /// <param name="current">The configuration in force.</param>
    /// <param name="budget">Time for everything.</param>
    /// <param name="stopping">The exporter ends.</param>
    public async Task CollectAsync(ExporterConfiguration current, TimeSpan budget, CancellationToken stopping)
    {
        var started = time.GetTimestamp();
        discovered = false;
        await ConfigureAsync(current);
        runner.Begin();

        // The main database gets a part of the time only: when it stands still, the message databases of another
        // host are still read.
        using var mainTime = new Deadline(time, budget * 0.45, stopping);
        main!.Deadline = mainTime;
        var up = await runner.RunAsync("discovery", "Servers, credentials and domains of the main database.", picture, _ => DiscoverAsync(mainTime.Token));
        picture.Set(Families.Up, up ? 1 : 0);
        discovered = up;
        if (current.Lists.All.Count > 0)
            await runner.RunAsync(ListWatch.Name, ListWatch.Description, picture, own => lists.LookAsync(current.Lists, own));
        await RunCollectorsAsync(up, mainTime.Token);

        using var allTime = new Deadline(time, budget - time.GetElapsedTime(started), stopping);
        tail!.Session.Deadline = allTime;
        var until = started + (long)(budget.TotalSeconds * 0.8 * time.TimestampFrequency);
        var read = await runner.RunAsync("tail", "New rows of messages and deliveries.", picture, _ => ReadTailAsync(until, allTime.Token));
        await ReadOthersAsync(up && read, until, allTime.Token);
        await runner.RunAsync(
            MessageDatabaseCollector.Name, MessageDatabaseCollector.Description, picture,
            _ => messageDatabases!.CollectAsync(tail!.Servers, picture, allTime.Token));
        await runner.RunAsync(
            CredentialEstimatesCollector.Name, CredentialEstimatesCollector.Description, picture,
            own => CredentialEstimatesCollector.Collect(tail!.Servers, own, configuration!, time.GetUtcNow()));
        DropGone(up);
        var stored = await runner.RunAsync("state", "Saves counters and cursors.", picture, _ => SaveAsync());

        if (up && read && stored)
            lastCollection = time.GetUtcNow();
        Report(up);
    }

    /// <summary>Puts the gauges and everything that was saved on the page.</summary>
    public void Publish()
    {
        picture.Publish(page);
        counters.Show();
        if (saveSucceeded)
            counters.Publish();
    }

    /// <summary>Shows that the running collection has not ended in time. It may be another scrape's, with more of it.</summary>
    public void ShowStalled()
    {
        if (!discovered)
        {
            picture.Correct(page, Families.Up, 0);
            picture.Correct(page, Families.CollectorSuccess, 0, "discovery");
        }
        picture.Correct(page, Families.CollectorSuccess, 0, "tail");
    }

    /// <summary>Shows that a collection broke off where nothing should fail: everything on the page is old.</summary>
    public void ShowFailed()
    {
        picture.Correct(page, Families.Up, discovered ? 1 : 0);
        foreach (var name in Status.Collectors.Concat(runner.Statuses).Select(collector => collector.Name).Distinct())
            picture.Correct(page, Families.CollectorSuccess, 0, name);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (main is not null)
            await main.DisposeAsync();
        if (tail is not null)
            await tail.DisposeAsync();
    }

    private bool saveSucceeded;

    private async Task ConfigureAsync(ExporterConfiguration current)
    {
        if (ReferenceEquals(current, configuration))
            return;
        await DisposeAsync();
        schema = null;
        main = new DatabaseSession(current.MainDatabase, current.MainDatabase.Database);
        tail = new InstallationTail(current, saved, counters, store.Hash, time, loggers.CreateLogger<InstallationTail>());
        messageDatabases = new MessageDatabaseCollector(tail.Session, current.MessageDatabase.DatabaseNamePrefix, time);
        configuration = current;
    }

    private async Task DiscoverAsync(CancellationToken cancellationToken)
    {
        try
        {
            await main!.DropDeadAsync(cancellationToken);
            if (schema is null || time.GetElapsedTime(schemaRead) > SchemaLifetime)
            {
                schema = await MainSchema.ReadAsync(main, cancellationToken);
                schemaRead = time.GetTimestamp();
            }
            var whole = await installationReader.ReadAsync(main, schema, cancellationToken);
            canaries.Look(configuration!.CanaryCredentials, whole);
            installation = whole.Of(configuration.Shard);
            tail!.Follow(installation, first);
        }
        catch
        {
            schema = null;
            await main!.CloseAsync();
            throw;
        }
    }

    private async Task RunCollectorsAsync(bool up, CancellationToken cancellationToken)
    {
        foreach (var collector in collectors)
        {
            if (!up)
            {
                runner.Skip(collector.Name, collector.Description, picture);
                continue;
            }
            await runner.RunAsync(collector.Name, collector.Description, picture, own => collector.CollectAsync(
                new CollectionContext(main!, schema!, installation, tail!.Servers, configuration!, time.GetUtcNow()), own, cancellationToken));
        }
    }

    private async Task ReadTailAsync(long until, CancellationToken cancellationToken)
    {
        if (!discovered)
            tail!.Follow(installation, first);
        var complete = await tail!.ReadAsync(Settings(), until, cancellationToken);
        if (complete && backlogLogged is not null)
        {
            backlogLogged = null;
            LogBacklogDone();
        }
        else if (!complete && (backlogLogged is not { } last || time.GetElapsedTime(last) >= BacklogLogInterval))
        {
            backlogLogged = time.GetTimestamp();
            LogBacklog(tail.Backlog(TailStream.Messages), tail.Backlog(TailStream.Deliveries));
        }
    }

    // What is not mail comes after it, in the time that is left: it must not keep a volume or a failure waiting.
    private async Task ReadOthersAsync(bool isReadable, long until, CancellationToken cancellationToken)
    {
        var settings = Settings();
        var isLearning = saved.Values.Any(server => server.Memories.History.IsOpen);
        foreach (var (name, description, isWanted, work) in new (string, string, bool, Func<Task>)[]
        {
            ("inspection", "Raw text of messages, and links, as far as the configuration asks for them.", tail!.Inspects, () => tail.ReadInspectedAsync(settings, until, cancellationToken)),
            ("tracking", "Openings and clicks.", true, () => tail.ReadTrackingAsync(settings, until, cancellationToken)),
            ("history", "What servers sent before they were first seen.", isLearning, () => tail.ReadHistoryAsync(until, cancellationToken)),
        })
        {
            if (!isWanted)
                continue;
            if (isReadable)
                await runner.RunAsync(name, description, picture, _ => work());
            else
                runner.Skip(name, description, picture);
        }
    }

    private TableTail.Settings Settings() => new(configuration!.Collection.PageRows, configuration.State.SettleTime, discovered);

    private void DropGone(bool discovered)
    {
        if (discovered)
            gone.Update(installation, counters, saved, configuration!.State.DeletedServerGrace);
        tail!.DropGone(configuration!.State.DeletedServerGrace);
    }

    private Task SaveAsync()
    {
        saveSucceeded = false;
        // Before the first discovery there is nothing to begin with, and the next collection is still the first.
        if (ReferenceEquals(installation, Installation.Empty) && first)
            return Task.CompletedTask;
        store.Commit(time.GetUtcNow(), saved.Values, gone.ServerIds, counters, counters.Dropped);
        saveSucceeded = true;
        first = false;
        return Task.CompletedTask;
    }

    private void Report(bool up)
    {
        if (saveSucceeded)
            gone.Drop(counters, saved);
        var servers = new List<ServerStatus>();
        foreach (var followed in tail!.Servers)
        {
            var server = followed.Server;
            var backlog = followed.Backlog(TailStream.Messages) + followed.Backlog(TailStream.Deliveries);
            picture.Set(Families.ServerUp, followed.Problem is null ? 1 : 0, server.Organization, server.Permalink);
            servers.Add(new ServerStatus(
                server.Organization, server.Permalink, server.Id, followed.Problem is null, server.Suspended, backlog, followed.Problem));
        }
        foreach (var stream in tail.Streams)
            picture.Set(Families.BacklogRows, tail.Backlog(stream.Stream), stream.Name);
        if (lastCollection is { } last)
            picture.Set(Families.LastCollection, last.ToUnixTimeMilliseconds() / 1000.0);
        Status = new ExporterStatus(
            true, up, lastCollection, [.. runner.Statuses],
            [.. servers.OrderBy(server => server.Organization, StringComparer.Ordinal).ThenBy(server => server.Server, StringComparer.Ordinal)]);
    }

    private void DeclareSelfCounters()
    {
        foreach (var bounded in new[] { Families.Messages, Families.SenderDomainMessages, Families.RecipientDomainDeliveries })
            counters.Get(Families.LabelValuesLimited, bounded.Name);
    }

    [LoggerMessage(1201, LogLevel.Information, "Working off a backlog: {Messages} messages and {Deliveries} deliveries to read")]
    private partial void LogBacklog(long messages, long deliveries);

    [LoggerMessage(1202, LogLevel.Information, "The backlog is worked off")]
    private partial void LogBacklogDone();
}
