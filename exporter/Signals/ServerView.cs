using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.State;

namespace PostalExporter.Signals;

/// <summary>What a signal knows of its server: names, marks and where to count.</summary>
/// <param name="server">The server.</param>
/// <param name="domainNames">Names of domains by <c>domains.id</c>.</param>
/// <param name="state">What is kept of the server.</param>
/// <param name="recipientDomains">Which recipient domains of this server have a series of their own.</param>
/// <param name="counters">Where to count.</param>
internal sealed class ServerView(
    MailServer server,
    IReadOnlyDictionary<int, string> domainNames,
    ServerState state,
    RecipientDomains recipientDomains,
    CounterTable counters)
{
    /// <summary>What was counted once per message.</summary>
    public MessageMarks Marks => state.Marks;

    /// <summary>Sequential tests of the credentials.</summary>
    public RecipientScores Scores => state.Scores;

    /// <summary>Recipients of the last hour.</summary>
    public RecipientWindows Windows => state.Windows;

    /// <summary>Which recipient domains have a series of their own.</summary>
    public RecipientDomains RecipientDomains => recipientDomains;

    /// <summary>The label <c>scope</c>.</summary>
    public static string Scope(bool outgoing) => outgoing ? "outgoing" : "incoming";

    /// <summary>The label <c>credential</c> of an id; empty for 0.</summary>
    public string Credential(int id) =>
        id == 0 ? "" : server.Credentials.TryGetValue(id, out var credential) ? credential.Label : CredentialLabels.Gone(id);

    /// <summary>The name of a sending domain, or <c>id:ID</c> when its row is gone.</summary>
    public string Domain(int id) => domainNames.TryGetValue(id, out var name) ? name : CredentialLabels.Gone(id);

    /// <summary>A series of this server.</summary>
    /// <param name="family">A counter whose first labels are organization and server.</param>
    /// <param name="labels">The labels after these two.</param>
    public CounterSeries Series(Family family, params ReadOnlySpan<string> labels) =>
        counters.Get(family, [server.Organization, server.Permalink, .. labels]);

    /// <summary>A series of the exporter itself.</summary>
    public CounterSeries SelfSeries(Family family, string label) => counters.Get(family, label);
}
