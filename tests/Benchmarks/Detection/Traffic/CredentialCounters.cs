using PostalExporter.Signals;

namespace PostalExporter.Benchmarks.Detection.Traffic;

/// <summary>The counters of a credential. Those that the exporter declares for known credentials are there from the begin.</summary>
internal sealed class CredentialCounters
{
    /// <summary>The statuses that deliveries of a trace have.</summary>
    public static readonly IReadOnlyList<string> Statuses =
        [DeliveryStatus.Sent, DeliveryStatus.SoftFail, DeliveryStatus.HardFail, DeliveryStatus.Bounced, DeliveryStatus.Held];

    private readonly Dictionary<string, Tally> deliveries = [];
    private readonly Dictionary<(string Status, FailureReason Reason), Tally> failures = [];
    private readonly Tally[] messageFailures;

    public CredentialCounters(SeriesBook book, string credential, int created)
    {
        var name = ("credential", credential);
        var scope = ("scope", "outgoing");
        foreach (var status in Statuses)
        {
            var isDeclared = status is DeliveryStatus.Sent or DeliveryStatus.SoftFail or DeliveryStatus.HardFail;
            deliveries[status] = book.Counter("postal_deliveries_total", isDeclared ? created : null, name, scope, ("status", status));
            if (status is DeliveryStatus.Sent or DeliveryStatus.Held)
                continue;
            foreach (var reason in Enum.GetValues<FailureReason>())
                failures[(status, reason)] = book.Counter("postal_delivery_failures_total", null, name, ("status", status), ("reason", reason.Label()));
        }
        messageFailures =
        [
            .. Enum.GetValues<FailureReason>().Select(reason => book.Counter(
                "postal_message_failures_total", reason == FailureReason.RecipientUnknown ? created : null, name, ("reason", reason.Label()))),
        ];
        HeldBySendLimit = book.Counter("postal_messages_held_total", null, name, ("cause", "send_limit"));
        HeldBySuppression = book.Counter("postal_messages_held_total", null, name, ("cause", "suppression"));
        Flagged = book.Counter("postal_messages_flagged_total", null, name, scope, ("flag", "spam"));
        NewDomains = book.Counter("postal_new_recipient_domain_messages_total", created, name);
        NewNetworks = book.Counter("postal_new_source_network_messages_total", created, name);
        Complaints = book.Counter("postal_complaints_total", created, name, ("feedback_type", "abuse"));
        Repeated = book.Counter("postal_repeated_recipient_messages_total", created, name);
        Dormant = book.Counter("postal_dormant_credential_messages_total", created, name);
        UnusualHours = book.Counter("postal_unusual_hour_messages_total", created, name);
        Messages = book.Counter("postal_messages_total", created, name, scope);
    }

    public Tally Messages { get; }

    public Tally HeldBySendLimit { get; }

    public Tally HeldBySuppression { get; }

    public Tally Flagged { get; }

    public Tally NewDomains { get; }

    public Tally NewNetworks { get; }

    public Tally Complaints { get; }

    public Tally Repeated { get; }

    public Tally Dormant { get; }

    public Tally UnusualHours { get; }

    /// <summary>Deliveries with a status.</summary>
    public Tally Deliveries(string status) => deliveries[status];

    /// <summary>Failed attempts.</summary>
    public Tally Failures(string status, FailureReason reason) => failures[(status, reason)];

    /// <summary>Messages by their first failure.</summary>
    public Tally MessageFailures(FailureReason reason) => messageFailures[(int)reason];
}
