using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Signals;
using PostalExporter.State;

namespace PostalExporter.Tail;

/// <summary>One mail server that is followed: its saved state, its signals, and how the last collection went.</summary>
internal sealed class ServerTail
{
    private readonly CounterTable counters;
    private readonly BoundedLabel credentials;
    private readonly BoundedLabel senderDomains;
    private readonly BoundedLabel recipientDomains;
    private readonly BoundedLabel[] labels;
    private readonly PlacesById credentialPlaces;
    private readonly PlacesById domainPlaces;
    private Dictionary<string, int> credentialIds = [];
    private List<int> namedCredentials = [];
    private readonly SignalContext context;
    private DomainNames domainNames;
    private IReadOnlyDictionary<int, Credential>? usesKnownOf;
    private ServerView? view;
    private SignalSet? signals;

    /// <summary>Follows a server.</summary>
    /// <param name="server">As discovered.</param>
    /// <param name="domains">Names of the domains.</param>
    /// <param name="state">Its saved or new state.</param>
    /// <param name="counters">Where it counts.</param>
    /// <param name="context">What the signals of all servers share.</param>
    /// <param name="time">The clock.</param>
    public ServerTail(MailServer server, DomainNames domains, ServerState state, CounterTable counters, SignalContext context, TimeProvider time)
    {
        this.counters = counters;
        this.context = context;
        var limits = context.Configuration.Limits;
        Server = server;
        State = state;
        domainNames = domains;
        credentials = new BoundedLabel("credential", limits.CredentialsPerServer, [], RankOfCredential, counters, time);
        senderDomains = new BoundedLabel("domain", limits.SenderDomainsPerServer, [], name => domainNames.Has(Server, name) ? 1 : 0, counters, time);
        recipientDomains = new BoundedLabel("recipient_domain", limits.RecipientDomainsPerServer, DomainFile.FeedbackProviders, _ => 0, counters, time);
        labels = [credentials, senderDomains, recipientDomains];
        credentialPlaces = new PlacesById(credentials.Places, id => Server.Credentials.GetValueOrDefault(id)?.Label);
        domainPlaces = new PlacesById(senderDomains.Places, id => domainNames.NameOf(id));
        NoteCredentials();
        foreach (var label in labels)
            label.Restore(server);
        PlaceDomains();
        PlaceCredentials();
        foreach (var label in labels)
            label.LeaveUnplaced(server);
        DeclareSeries();
    }

    /// <summary>As discovered last.</summary>
    public MailServer Server { get; private set; }

    /// <summary>What is saved.</summary>
    public ServerState State { get; }

    /// <summary>The signals of this server.</summary>
    /// <remarks>Made with the first row: most of many servers are idle.</remarks>
    public SignalSet Signals => signals ??= new SignalSet(View, context.Signals);

    /// <summary>What its signals know of it, until names or places change.</summary>
    public ServerView View => view ??= CreateView();

    /// <summary>Last ids by <see cref="TailStream"/> at this collection; null when they could not be read.</summary>
    public long[]? Heads { get; set; }

    /// <summary>Last ids as they were asked last: not every table is asked at every collection.</summary>
    public long[] LastHeads { get; } = new long[TailStreams.Count];

    /// <summary>Time stamps of the rows with these ids, Unix seconds, 0 when NULL or when there is none.</summary>
    public decimal[] HeadTimestamps { get; } = new decimal[TailStreams.Count];

    /// <summary>Whether the server was followed before this collection.</summary>
    public bool IsKnown => !State.IsNew;

    /// <summary>Heads at which a table that is shorter than its cursor was found to be the same table still.</summary>
    public long?[] SameTableAt { get; } = new long?[TailStreams.Count];

    /// <summary>Monotonic time until which the missing ids of each stream have aged.</summary>
    public long[] AgedUntil { get; } = new long[TailStreams.Count];

    /// <summary>Whether its last ids are asked apart from the others': its database failed the statement it was part of.</summary>
    public bool AskedAlone { get; set; }

    /// <summary>Why the message database cannot be read; null when it can.</summary>
    public string? Problem { get; set; }

    /// <summary>Whether new rows were read at this collection.</summary>
    public bool Moved { get; set; }

    /// <summary>Rows not read yet, by difference of ids.</summary>
    /// <param name="stream">The table.</param>
    public long Backlog(TailStream stream) =>
        Heads is { } heads && State.Cursors[(int)stream] is { } cursor ? Math.Max(0, heads[(int)stream] - cursor.Position) : 0;

    /// <summary>
    /// Whether messages are read up to their end before deliveries: their table was replaced, and only a message that was
    /// read tells whether what is known of its id belongs to it.
    /// </summary>
    public bool MessagesFirst => State.Cursors[(int)TailStream.Messages] is { } messages && messages.IsInRestored;

    /// <summary>A row appeared under an id that another row may have had before the table was replaced.</summary>
    public void ReuseId(TailStream stream, long id)
    {
        var cursor = State.Cursors[(int)stream]!;
        cursor.Start = Math.Min(cursor.Start, id - 1);
        if (stream == TailStream.Messages)
            State.Marks.Remove(id);
    }

    /// <summary>The credentials that have series of their own.</summary>
    public IEnumerable<Credential> NamedCredentials => namedCredentials.Select(id => Server.Credentials[id]);

    /// <summary>The sending domains that have series of their own.</summary>
    public IEnumerable<string> SenderDomains => senderDomains.Places.Taken.Select(place => place.Name);

    /// <summary>Takes over what a newer discovery says.</summary>
    public void Update(MailServer server, DomainNames domains)
    {
        var before = Server;
        var renamed = server.Organization != before.Organization || server.Permalink != before.Permalink;
        var relabelled = !SameLabels(server.Credentials, before.Credentials);
        Server = server;
        if (!ReferenceEquals(domains, domainNames) || renamed)
        {
            domainNames = domains;
            PlaceDomains();
        }
        if (relabelled)
        {
            var idsBefore = credentialIds;
            NoteCredentials();
            HandOver(idsBefore);
            PlaceCredentials();
        }
        if (renamed || relabelled)
            DeclareSeries();
        KnowUses();
    }

    /// <summary>Lets time pass for what weighs less with it.</summary>
    public void Elapse(TimeSpan elapsed)
    {
        foreach (var label in labels)
            label.Places.Elapse(elapsed);
    }

    /// <summary>Gives series of their own to other values of labels, if some are much busier than those that have them.</summary>
    public void Rebalance() => Refresh(label => label.Rebalance(Server));

    /// <summary>Lets series of credentials and domains that are gone leave after a time of grace.</summary>
    public void DropGone(TimeSpan grace) => Refresh(label => label.DropGone(Server, grace));

    private void Refresh(Predicate<BoundedLabel> change)
    {
        if (Array.FindAll(labels, change).Length == 0)
            return;
        PlaceDomains();
        PlaceCredentials();
        // The signals may keep series that are about to go.
        DeclareSeries();
    }

    private double RankOfCredential(string label) =>
        credentialIds.TryGetValue(label, out var id) ? Server.Credentials[id].LastUsed ?? 0 : double.NegativeInfinity;

    // A credential whose last message is beyond retention is not new when it sends again: it was used before.
    private void KnowUses()
    {
        if (State.Memories.History.IsOpen || ReferenceEquals(usesKnownOf, Server.Credentials))
            return;
        usesKnownOf = Server.Credentials;
        foreach (var credential in NamedCredentials)
        {
            if (credential.LastUsed is { } used && used <= context.UsesUntil)
                State.Memories.Habits.Know(credential.Id, (long)used);
        }
    }

    private void NoteCredentials()
    {
        credentialIds = Server.Credentials.Values.ToDictionary(credential => credential.Label, credential => credential.Id, StringComparer.Ordinal);
        // A trap that nobody used yet would be the first to lose its place, and its first message would be counted as other.
        foreach (var canary in context.Configuration.CanaryCredentials)
        {
            if (canary.Organization == Server.Organization && canary.Server == Server.Permalink && credentialIds.ContainsKey(canary.Credential))
                credentials.Places.Pin(canary.Credential);
        }
    }

    // A credential keeps its place when it gets another name, or its label an id because another one has the name now.
    private void HandOver(Dictionary<string, int> idsBefore)
    {
        foreach (var place in credentials.Places.Taken.Where(place => !credentialIds.ContainsKey(place.Name)).ToList())
        {
            if (idsBefore.TryGetValue(place.Name, out var id) && Server.Credentials.TryGetValue(id, out var renamed) && !credentials.Places.Has(renamed.Label))
                credentials.Rename(Server, place, renamed.Label);
        }
    }

    // Free places go to the credentials that were used last: a flood of new ones takes none from those at work.
    private void PlaceCredentials()
    {
        var places = credentials.Places;
        credentialPlaces.Clear();
        if (!places.IsFull)
        {
            var byUse = Server.Credentials.Values.OrderByDescending(credential => credential.LastUsed ?? 0).ThenBy(credential => credential.Id);
            foreach (var credential in byUse.TakeWhile(_ => !places.IsFull))
                places.Of(credential.Label);
        }
        var named = new List<int>();
        foreach (var place in places.Taken)
        {
            place.IsLive = credentialIds.TryGetValue(place.Name, out var id);
            if (place.IsLive)
                named.Add(id);
        }
        namedCredentials = named;
        State.Scores.KeepOnly(named);
        State.Windows.KeepOnly(named);
        State.Memories.KeepOnly(named);
    }

    // A domain gets its place with its first message: most of an organization's are used by one of its servers.
    private void PlaceDomains()
    {
        domainPlaces.Clear();
        foreach (var place in senderDomains.Places.Taken)
            place.IsLive = domainNames.Has(Server, place.Name);
    }

    private ServerView CreateView() =>
        new(Server, State, credentialPlaces, domainPlaces, new RecipientDomains(recipientDomains.Places), counters, context);

    // After a change of names or places; signals keep series, so they are made anew too.
    private void DeclareSeries()
    {
        view = CreateView();
        // What counted nothing is in no store: where places are short, those who have one would lose it at a restart.
        var isShort = Server.Credentials.Count > namedCredentials.Count;
        foreach (var credential in NamedCredentials)
        {
            var messages = KnownCredential.Declare(view, credential);
            if (isShort)
                counters.Keep(messages);
        }
        signals = null;
    }

    private static bool SameLabels(IReadOnlyDictionary<int, Credential> left, IReadOnlyDictionary<int, Credential> right) =>
        ReferenceEquals(left, right)
        || (left.Count == right.Count
            && left.Values.All(credential => right.TryGetValue(credential.Id, out var other) && other.Label == credential.Label));
}
