using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.Signals;
using PostalExporter.State;

namespace PostalExporter.Tail;

/// <summary>One mail server that is followed: its saved state, its signals, and how the last collection went.</summary>
internal sealed class ServerTail
{
    private readonly CounterTable counters;
    private readonly RecipientDomains recipientDomains;
    private IReadOnlyDictionary<int, string> domainNames = new Dictionary<int, string>();

    /// <summary>Follows a server.</summary>
    /// <param name="server">As discovered.</param>
    /// <param name="state">Its saved or new state.</param>
    /// <param name="counters">Where it counts.</param>
    /// <param name="limits">Bounds of label values.</param>
    public ServerTail(MailServer server, ServerState state, CounterTable counters, LimitOptions limits)
    {
        this.counters = counters;
        Server = server;
        State = state;
        recipientDomains = new RecipientDomains(limits.RecipientDomainsPerServer);
        foreach (var series in counters.OfServer(server.Organization, server.Permalink))
        {
            if (series.Family == Families.RecipientDomainDeliveries)
                recipientDomains.Restore(series.Labels[2]);
        }
        Signals = CreateSignals();
    }

    /// <summary>As discovered last.</summary>
    public MailServer Server { get; private set; }

    /// <summary>What is saved.</summary>
    public ServerState State { get; }

    /// <summary>The signals of this server.</summary>
    public SignalSet Signals { get; private set; }

    /// <summary>Last ids by <see cref="TailStream"/> at this collection; null when they could not be read.</summary>
    public long[]? Heads { get; set; }

    /// <summary>Time stamps of the rows with these ids, Unix seconds, 0 when NULL or when there is none.</summary>
    public decimal[] HeadTimestamps { get; set; } = new decimal[2];

    /// <summary>Heads at which a table that is shorter than its cursor was found to be the same table still.</summary>
    public long?[] SameTableAt { get; } = new long?[2];

    /// <summary>Monotonic time until which the missing ids of each stream have aged.</summary>
    public long[] AgedUntil { get; } = new long[2];

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

    /// <summary>Takes over what a newer discovery says.</summary>
    public void Update(MailServer server, IReadOnlyDictionary<int, string> domains)
    {
        var renamed = server.Organization != Server.Organization || server.Permalink != Server.Permalink
            || !SameLabels(server.Credentials, Server.Credentials) || !ReferenceEquals(domains, domainNames);
        Server = server;
        domainNames = domains;
        if (renamed)
            Signals = CreateSignals();
    }

    /// <summary>Lets time pass for what weighs less with it.</summary>
    public void Elapse(TimeSpan elapsed) => recipientDomains.Elapse(elapsed);

    /// <summary>Gives series of their own to other recipient domains, if some are much busier than those that have them.</summary>
    public void RebalanceRecipientDomains()
    {
        var lost = recipientDomains.Rebalance().Select(domain => domain.Name).ToHashSet();
        if (lost.Count == 0)
            return;
        foreach (var series in counters.OfServer(Server.Organization, Server.Permalink))
        {
            if (series.Family == Families.RecipientDomainDeliveries && lost.Contains(series.Labels[2]))
                counters.Retire(series);
        }
        // The signals may keep series that are about to go.
        Signals = CreateSignals();
    }

    private SignalSet CreateSignals()
    {
        var view = new ServerView(Server, domainNames, State, recipientDomains, counters);
        foreach (var credential in Server.Credentials.Values)
            KnownCredential.Declare(view, credential);
        return new SignalSet(view);
    }

    private static bool SameLabels(IReadOnlyDictionary<int, Credential> left, IReadOnlyDictionary<int, Credential> right) =>
        left.Count == right.Count
        && left.Values.All(credential => right.TryGetValue(credential.Id, out var other) && other.Label == credential.Label);
}
