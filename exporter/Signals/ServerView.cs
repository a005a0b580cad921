using System.Net;
using PostalExporter.Configuration;
using PostalExporter.Metrics;
using PostalExporter.Postal;
using PostalExporter.RawMail;
using PostalExporter.State;

namespace PostalExporter.Signals;

/// <summary>What a signal knows of its server: places, marks and where to count.</summary>
/// <param name="server">The server.</param>
/// <param name="state">What is kept of the server.</param>
/// <param name="credentials">Which credentials have series of their own.</param>
/// <param name="senderDomains">Which sending domains have.</param>
/// <param name="recipientDomains">Which recipient domains have.</param>
/// <param name="counters">Where to count.</param>
/// <param name="context">What the signals of all servers share.</param>
internal sealed class ServerView(
    MailServer server,
    ServerState state,
    PlacesById credentials,
    PlacesById senderDomains,
    RecipientDomains recipientDomains,
    CounterTable counters,
    SignalContext context)
{
    // Incoming mail, test messages of the web interface and Postal's own bounces.
    private static readonly LabelPlace NoCredential = new("") { IsLive = false };

    /// <summary>What was counted once per message.</summary>
    public MessageMarks Marks => state.Marks;

    /// <summary>Sequential tests of the credentials.</summary>
    public RecipientScores Scores => state.Scores;

    /// <summary>Recipients of the last hour.</summary>
    public RecipientWindows Windows => state.Windows;

    /// <summary>What signals remember.</summary>
    public SignalMemories Memories => state.Memories;

    /// <summary>Hashes with the secret of the installation.</summary>
    public KeyedHash Hash => context.Hash;

    /// <summary>The recipient of the message that is shown.</summary>
    public RecipientAddress Recipient => context.Recipient;

    /// <summary>Whether it is not yet known what the server did before it was first seen, so that nothing can be called new.</summary>
    public bool IsLearning => state.Memories.History.IsOpen;

    /// <summary>Says why a delivery failed.</summary>
    public FailureClassifier FailureReasons => context.Configuration.FailureReasons;

    /// <summary>The configuration in force.</summary>
    public ExporterConfiguration Configuration => context.Configuration;

    /// <summary>Which credentials have series of their own.</summary>
    public PlacesById Credentials => credentials;

    /// <summary>Which sending domains have series of their own.</summary>
    public PlacesById SenderDomains => senderDomains;

    /// <summary>Which recipient domains have series of their own.</summary>
    public RecipientDomains RecipientDomains => recipientDomains;

    /// <summary>The label <c>scope</c>.</summary>
    public static string Scope(bool outgoing) => outgoing ? "outgoing" : "incoming";

    /// <summary>Whose series count a row of a credential; the one of an empty name for 0.</summary>
    public LabelPlace Credential(int id) => id == 0 ? NoCredential : credentials[id];

    /// <summary>When a message was accepted, Unix seconds, but not after now: a clock that is ahead must not make anything known, or old, for years. 0 when NULL.</summary>
    public long TimeOf(in MessageEvent message) => Math.Min(message.UnixSeconds, context.Now);

    /// <summary>As <see cref="TimeOf(in MessageEvent)"/>, of a time stamp.</summary>
    public long TimeOf(long unixSeconds) => Math.Min(unixSeconds, context.Now);

    /// <summary>How mail of a credential comes to Postal, by its type.</summary>
    public Submission SubmissionOf(int credentialId) => server.Credentials.GetValueOrDefault(credentialId)?.Type switch
    {
        "API" => Submission.Http,
        "SMTP" or "SMTP-IP" => Submission.Smtp,
        _ => Submission.Unknown,
    };

    /// <summary>Country of an address by the operator's database: its ISO 3166 code, or null.</summary>
    public string? CountryOf(IPAddress address) => context.Countries?.Country(address);

    /// <summary>Autonomous system of an address by the operator's database, or null.</summary>
    public long? AsnOf(IPAddress address) => context.Systems?.Asn(address);

    /// <summary>A series of this server.</summary>
    /// <param name="family">A counter whose first labels are organization and server.</param>
    /// <param name="labels">The labels after these two.</param>
    public CounterSeries Series(Family family, params ReadOnlySpan<string> labels) =>
        counters.Get(family, [server.Organization, server.Permalink, .. labels]);

    /// <summary>A series of the exporter itself.</summary>
    public CounterSeries SelfSeries(Family family, string label) => counters.Get(family, label);
}
