namespace PostalExporter.Metrics;

/// <content>Counters fed by the tail of <c>messages</c> and <c>deliveries</c>.</content>
internal static partial class Families
{
    /// <summary>Message rows accepted.</summary>
    public static readonly Family Messages = Counter(
        "postal_messages_total", ["organization", "server", "scope", "credential"],
        "Messages accepted by Postal, one per recipient; as many credentials of each server by name as limits allow, the rest as other. Source: messages.",
        "The volume that a credential hands in. A jump above what is usual for the hour is the first sign of abuse.");

    /// <summary>Bytes of accepted messages.</summary>
    public static readonly Family MessageBytes = Counter(
        "postal_message_bytes_total", ["organization", "server", "scope"],
        "Bytes of accepted messages as received, once per recipient. Source: messages.size.",
        "Divided by messages it gives the mean size; campaigns and loops show as a change of it.");

    /// <summary>Delivery rows.</summary>
    public static readonly Family Deliveries = Counter(
        "postal_deliveries_total", ["organization", "server", "scope", "credential", "status"],
        "Delivery attempts and decisions by Postal's status. Source: deliveries.",
        "What became of the mail. HardFail and Bounced are failures; SoftFail repeats for up to 18 attempts.");

    /// <summary>Failed delivery attempts by reason.</summary>
    public static readonly Family DeliveryFailures = Counter(
        "postal_delivery_failures_total", ["organization", "server", "credential", "status", "reason"],
        "Outgoing deliveries that ended in SoftFail, HardFail or Bounced, by class of the reply. Source: deliveries.",
        "Why attempts fail. Every retry counts, so use message failures for ratios.");

    /// <summary>Failed messages by the reason of their first failure.</summary>
    public static readonly Family MessageFailures = Counter(
        "postal_message_failures_total", ["organization", "server", "credential", "reason"],
        "Outgoing messages that failed, each once, by the class of the first failure. Source: deliveries.",
        "recipient_unknown rising with volume is what a bought or stolen list looks like.");

    /// <summary>Held messages by cause.</summary>
    public static readonly Family MessagesHeld = Counter(
        "postal_messages_held_total", ["organization", "server", "credential", "cause"],
        "Messages put on hold, by cause; held again after a release counts again. Source: deliveries with status Held.",
        "suppression rises while abuse goes on, as Postal stops sending to addresses that failed twice.");

    /// <summary>Messages marked by inspection.</summary>
    public static readonly Family MessagesFlagged = Counter(
        "postal_messages_flagged_total", ["organization", "server", "scope", "credential", "flag"],
        "Messages that Postal's inspection marked as spam or threat, each once. Source: messages.spam, messages.threat.",
        "Outgoing mail flagged as spam or as a threat comes from a hijacked account or from a sick sender.");

    /// <summary>Outgoing messages by sending domain.</summary>
    public static readonly Family SenderDomainMessages = Counter(
        "postal_sender_domain_messages_total", ["organization", "server", "domain"],
        "Outgoing messages by verified sending domain; as many of each server by name as limits allow, the rest as other. Source: messages.domain_id.",
        "Whose name the mail carries, and whose reputation it spends.");

    /// <summary>Outgoing deliveries by recipient domain.</summary>
    public static readonly Family RecipientDomainDeliveries = Counter(
        "postal_recipient_domain_deliveries_total", ["organization", "server", "recipient_domain", "status"],
        "Outgoing deliveries by recipient domain; as many of each server by name as limits allow, the rest as other. Source: deliveries, messages.rcpt_to.",
        "A failure of one provider shows in its domain alone; abuse shows in many.");

    /// <summary>Messages to recipients on a list.</summary>
    public static readonly Family ListedRecipientMessages = Counter(
        "postal_listed_recipient_messages_total", ["organization", "server", "credential", "list"],
        "Outgoing messages to domains or addresses on a list of the operator. Source: messages.rcpt_to and the files of lists.",
        "Nobody who asked for mail has the address of a trap: one message to it says that the recipients were bought, harvested or guessed.");

    /// <summary>Openings of messages.</summary>
    public static readonly Family Opens = Counter(
        "postal_opens_total", ["organization", "server"],
        "Openings of outgoing messages that Postal tracked; read at most once a minute. Source: loads.",
        "Mail that nobody opens any more goes to spam folders, or to people who never asked for it.");

    /// <summary>Clicks on links.</summary>
    public static readonly Family Clicks = Counter(
        "postal_clicks_total", ["organization", "server"],
        "Clicks on links of outgoing messages that Postal tracked; read at most once a minute. Source: clicks.",
        "Many clicks on mail of a server that hardly gets any: a lure, or scanners of receivers that follow its links.");
}
