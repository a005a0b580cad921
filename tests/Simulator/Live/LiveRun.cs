using System.Collections.Concurrent;
using System.Globalization;
using MySqlConnector;
using PostalSimulator.Health;
using PostalSimulator.Installations;
using PostalSimulator.Scenarios;
using PostalSimulator.Traffic;

namespace PostalSimulator.Live;

/// <summary>
/// Lets a scenario happen in real time. Several writers with a connection each accept and deliver, so that ids become visible out of
/// order as they do under Postal. Losing the database costs the messages of that time, not the run.
/// </summary>
public sealed class LiveRun
{
    private const int Writers = 8;

    // A worker of Postal without work looks again after so long.
    private static readonly TimeSpan IdlePeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TaskPeriod = TimeSpan.FromMinutes(1);

    private readonly Installation installation;
    private readonly Scenario scenario;
    private readonly TextWriter output;
    private readonly TextWriter errors;
    private readonly TimeProvider time;
    private readonly Agenda agenda;
    private readonly List<Feed> feeds = [];
    private readonly ConcurrentQueue<Episode> triggered = new();
    private readonly ConcurrentDictionary<Episode, bool> announced = new();
    private readonly ConcurrentDictionary<Episode, Lazy<Task>> created = new();
    private long accepted;
    private DateTimeOffset nextIdle;
    private DateTimeOffset nextTasks;

    /// <param name="installation">Must have the scenario's servers and credentials.</param>
    /// <param name="scenario">What happens.</param>
    /// <param name="output">Gets a line <c>first abusive message at UNIXTIME</c> for each episode of abuse.</param>
    /// <param name="errors">Gets a line for each failure.</param>
    public LiveRun(Installation installation, Scenario scenario, TextWriter output, TextWriter errors)
    {
        this.installation = installation;
        this.scenario = scenario;
        this.output = TextWriter.Synchronized(output);
        this.errors = TextWriter.Synchronized(errors);
        time = installation.Time;
        agenda = new Agenda(time);
    }

    /// <summary>Messages accepted so far.</summary>
    public long Accepted => Interlocked.Read(ref accepted);

    /// <summary>What Postal's processes say about themselves meanwhile.</summary>
    public PostalHealth Health { get; } = new();

    /// <summary>Starts an episode of the scenario now.</summary>
    /// <param name="name">Its name; null for the first hijack there is.</param>
    /// <returns>Whether there is such an episode.</returns>
    public bool Trigger(string? name)
    {
        var episode = scenario.Episodes.FirstOrDefault(episode => name is null ? episode.Kind == EpisodeKind.Hijack : episode.Name == name);
        if (episode is not null)
            triggered.Enqueue(episode);
        return episode is not null;
    }

    /// <summary>Runs until cancelled, then returns.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var start = time.GetUtcNow();
        foreach (var (path, _) in scenario.Servers)
            feeds.Add(new Feed(scenario.PlanFor(path, start), installation.Server(path), start));
        foreach (var feed in feeds)
            await TakeOverQueueAsync(feed.Server, start, cancellationToken);
        var writers = Enumerable.Range(0, Writers).Select(_ => WriteAsync(cancellationToken)).ToArray();
        try
        {
            while (true)
            {
                Plan();
                Tick();
                await agenda.AdvanceAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAll(writers);
        }
    }

    private void Plan()
    {
        var now = time.GetUtcNow();
        while (triggered.TryDequeue(out var episode))
            // A seed of its own, or an episode started twice would send the same mail to the same people.
            feeds.Add(new Feed(TrafficPlan.Of(scenario.Seed + (ulong)feeds.Count, episode, now), installation.Server(episode.Server), now));
        foreach (var feed in feeds)
            foreach (var message in feed.Next(now))
                agenda.At(Moment(message.AtMicroseconds), token => AcceptAsync(feed.Server, message, token));
    }

    /// <summary>What a worker does without any mail.</summary>
    private void Tick()
    {
        var now = time.GetUtcNow();
        if (now >= nextIdle)
        {
            nextIdle = now + IdlePeriod;
            Health.Idle();
        }
        if (now >= nextTasks)
        {
            nextTasks = now + TaskPeriod;
            Health.TasksRun();
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var work in agenda.DueAsync(cancellationToken))
                await TryAsync(work);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    /// <summary>Does one piece of work to its end even when the run is being stopped: half of it would leave a locked queue row.</summary>
    private async Task TryAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(CancellationToken.None);
        }
        catch (MySqlException e)
        {
            // The server's text can quote a row, hence the code alone.
            await errors.WriteLineAsync($"a statement failed: {e.ErrorCode}");
        }
    }

    private async Task AcceptAsync(MailServer server, PlannedMessage planned, CancellationToken cancellationToken)
    {
        if (planned.IsRejectedLogin)
        {
            Health.LoginRejected();
            return;
        }
        if (planned.Episode is { IsNewCredential: true } newcomer)
            await created.GetOrAdd(newcomer, episode => new Lazy<Task>(() => CreateCredentialAsync(server, episode.Credential))).Value;
        var credential = planned.Credential is { } name ? server.Credentials.FirstOrDefault(candidate => candidate.Name == name) : null;
        // A deleted credential can no longer log in.
        if (planned.Credential is not null && credential is null)
        {
            Health.LoginRejected();
            return;
        }
        var receivedAt = time.GetUtcNow();
        var message = await StoreAsync(server, Draft(server, planned, credential, receivedAt), cancellationToken);
        Interlocked.Increment(ref accepted);
        if (planned.Episode is { IsAbuse: true } episode && announced.TryAdd(episode, true))
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"first abusive message at {receivedAt.ToUnixTimeMilliseconds() / 1000m:0.000}"));
        agenda.At(receivedAt.AddMicroseconds(planned.QueueMicroseconds), token => AttemptAsync(server, message, planned, receivedAt, 0, token));
    }

    private async Task<Message> StoreAsync(MailServer server, MessageDraft draft, CancellationToken cancellationToken)
    {
        if (draft.ReceivedKind == ReceivedKind.Smtp)
            Health.MessageTaken(draft.Scope);
        try
        {
            return await server.AcceptAsync(draft, cancellationToken);
        }
        catch (MySqlException) when (draft.ReceivedKind == ReceivedKind.Smtp)
        {
            Health.StoringFailed();
            throw;
        }
    }

    private static async Task CreateCredentialAsync(MailServer server, string name)
    {
        if (server.Credentials.All(known => known.Name != name))
            await server.AddCredentialAsync(new CredentialDescription(name), CancellationToken.None);
    }

    private static MessageDraft Draft(MailServer server, PlannedMessage planned, Credential? credential, DateTimeOffset receivedAt)
    {
        var episode = planned.Episode;
        var domain = episode?.SenderDomain is { } name
            ? server.Domains.First(known => known.Name == name) : server.Domains.Count > 0 ? server.Domains[0] : null;
        var draft = new MessageDraft(planned.Recipient)
        {
            Scope = planned.Credential is null ? "incoming" : "outgoing", Credential = credential, Domain = domain, SizeBytes = planned.SizeBytes,
            Sender = planned.Credential is null ? "someone@company-7.example" : $"hello@{domain?.Name ?? "postal.example"}", ReceivedAt = receivedAt,
            ReceivedKind = credential?.Type == "API" ? ReceivedKind.Api : ReceivedKind.Smtp,
            Links = episode is { Links.Count: > 0 } ? episode.Links
                : planned.Reaction?.ClicksAfter is not null ? [$"https://{domain?.Name ?? "postal.example"}/offer"] : [],
        };
        return draft with { Subject = episode?.Subject ?? draft.Subject, ClientAddress = planned.ClientAddress ?? draft.ClientAddress };
    }

    private async Task AttemptAsync(
        MailServer server, Message message, PlannedMessage planned, DateTimeOffset queuedAt, int attempt, CancellationToken cancellationToken)
    {
        var outcome = await ProcessAsync(server, message, planned.Attempt(attempt), queuedAt, cancellationToken);
        var now = time.GetUtcNow();
        if (outcome?.Status == "SoftFail")
            agenda.At(now + RetrySchedule.After(attempt + 1) + RetrySchedule.WorkerDelay,
                token => AttemptAsync(server, message, planned, queuedAt, attempt + 1, token));
        if (outcome?.Status != "Sent")
            return;
        if (planned.BounceAfterSeconds > 0)
            agenda.At(now.AddSeconds(planned.BounceAfterSeconds), token =>
            {
                Health.MessageTaken("bounce");
                return server.BounceAsync(message, token);
            });
        if (planned.Reaction is not { } reaction)
            return;
        if (reaction.OpensAfter is { } opens)
            agenda.At(now + opens, token => server.LoadAsync(message, token));
        if (reaction.ClicksAfter is { } clicks)
            agenda.At(now + clicks, token => server.ClickAsync(message, token));
        if (reaction.ComplainsAfter is { } complains)
            agenda.At(now + complains, token =>
            {
                Health.MessageTaken("incoming");
                return server.ComplainAsync(message, new ComplaintShape(), token);
            });
    }

    private async Task<DeliveryOutcome?> ProcessAsync(
        MailServer server, Message message, DeliveryOutcome attempt, DateTimeOffset queuedAt, CancellationToken cancellationToken)
    {
        var begun = time.GetUtcNow();
        try
        {
            var outcome = await server.ProcessAsync(message, attempt, cancellationToken);
            Health.MessageProcessed(begun - queuedAt, time.GetUtcNow() - begun);
            return outcome;
        }
        catch (MySqlException)
        {
            Health.WorkFailed();
            throw;
        }
    }

    /// <summary>Goes on with what a history or an earlier run left in the queue; what was refused for now is accepted at the next attempt.</summary>
    private async Task TakeOverQueueAsync(MailServer server, DateTimeOffset start, CancellationToken cancellationToken)
    {
        foreach (var queued in await server.QueuedAsync(cancellationToken))
        {
            var isDeadDomain = queued.Message.Recipient.Contains(TrafficPlan.DeadDomainPrefix, StringComparison.Ordinal);
            var planned = new PlannedMessage
            {
                AtMicroseconds = 0, QueueMicroseconds = 0, SizeBytes = 0, Recipient = queued.Message.Recipient,
                Credential = queued.Message.Scope == "outgoing" ? "" : null, Deferrals = isDeadDomain ? MailServer.MaximumAttempts : 0,
            };
            var due = queued.RetryAfter is { } after ? after + RetrySchedule.WorkerDelay : start;
            agenda.At(due, token => AttemptAsync(server, queued.Message, planned, start, queued.Attempts, token));
        }
    }

    private static DateTimeOffset Moment(long microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds);

    /// <summary>A plan and how far it has been put on the agenda.</summary>
    private sealed class Feed(TrafficPlan plan, MailServer server, DateTimeOffset start)
    {
        private readonly long startMicroseconds = TrafficPlan.Microseconds(start);
        private long nextMinute = start.ToUnixTimeSeconds() / 60;

        public MailServer Server => server;

        /// <summary>The messages of the minute that begins, or has begun; none while the last one given is still running.</summary>
        public IEnumerable<PlannedMessage> Next(DateTimeOffset now)
        {
            // A machine that slept does not catch up on what was not sent meanwhile.
            var minute = now.ToUnixTimeSeconds() / 60;
            if (nextMinute > minute)
                return [];
            nextMinute = minute + 1;
            return plan.Minute(minute).Where(message => message.AtMicroseconds >= startMicroseconds);
        }
    }
}
