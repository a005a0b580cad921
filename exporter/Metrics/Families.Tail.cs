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
        "Outgoing deliveries by recipient domain; those of providers that send feedback and as many more of each server by name as limits allow, the rest as other. Source: deliveries, messages.rcpt_to.",
        "A failure of one provider shows in its domain alone; abuse shows in many.");

    /// <summary>Time until messages are sent.</summary>
    public static readonly Family MessageDeliveryDelay = Histogram(
        "postal_message_delivery_delay_seconds", ["organization", "server"],
        "Seconds from the acceptance of an outgoing message to its first delivery with status Sent. Source: deliveries.timestamp, messages.timestamp.",
        "Mail that is held up by receivers or by too few workers: a password reset that comes after an hour is of no use.");

    /// <summary>Outgoing messages to domains that are new for the server.</summary>
    public static readonly Family NewRecipientDomainMessages = Counter(
        "postal_new_recipient_domain_messages_total", ["organization", "server", "credential"],
        "Outgoing messages to a domain that the server had not mailed in the look-back: the first one to it. Nothing counts until retained messages were read. Source: messages.rcpt_to.",
        "Who writes to customers writes to the domains of before; a list from elsewhere is full of new ones. A new server knows no domain, so its first days say nothing.");

    /// <summary>Messages of credentials that woke.</summary>
    public static readonly Family DormantCredentialMessages = Counter(
        "postal_dormant_credential_messages_total", ["organization", "server", "credential"],
        "Outgoing messages of the 24 hours after a credential sent again that had not for signals.dormant_after; of one without retained messages its last use before counts. Source: messages.credential_id, messages.timestamp, credentials.last_used_at.",
        "A forgotten password that works again is as likely found as remembered. What counts is how much it sends.");

    /// <summary>Messages at hours at which the credential does not send.</summary>
    public static readonly Family UnusualHourMessages = Counter(
        "postal_unusual_hour_messages_total", ["organization", "server", "credential"],
        "Outgoing messages in an hour of the week (UTC) in which, as in both beside it, the credential had not sent in the look-back before this week; only of credentials whose first message is older than signals.hours_after. Source: messages.timestamp.",
        "An office that writes at night. Thieves work when nobody looks, and in other time zones.");

    /// <summary>Messages of sending domains that are new for the credential.</summary>
    public static readonly Family NewSenderDomainMessages = Counter(
        "postal_new_sender_domain_messages_total", ["organization", "server", "credential"],
        "Outgoing messages with a sending domain that the credential had not used in the look-back, in the 24 hours of the clock from its first use; only of credentials that had used another one, and that use at most 50. Source: messages.domain_id.",
        "Any credential may use all domains of its server: who steals one tries them.");

    /// <summary>Complaints about messages.</summary>
    public static readonly Family Complaints = Counter(
        "postal_complaints_total", ["organization", "server", "credential", "feedback_type"],
        "Outgoing messages that were complained about, each once, by type of the first report; only with complaints.routes. Source: incoming messages, linked by X-Postal-MsgID or Message-ID.",
        "Recipients call the mail spam. Divide by what was delivered to providers that send feedback: above 0.1 percent providers take measures, above 0.3 percent they block.");

    /// <summary>Complaints about unknown messages.</summary>
    public static readonly Family UnlinkedComplaints = Counter(
        "postal_unlinked_complaints_total", ["organization", "server", "feedback_type"],
        "Complaints that came in at a route of the server and name no message that Postal still has. Source: incoming messages.",
        "Reports whose provider strips what tells the message, or about mail older than its retention: look at them by hand.");

    /// <summary>Messages from networks that are new for the credential.</summary>
    public static readonly Family NewSourceNetworkMessages = Counter(
        "postal_new_source_network_messages_total", ["organization", "server", "credential"],
        "Outgoing messages from a network (/24, /48) that the credential was not used from in the look-back: the first one from it; only with sources.enabled. Source: Received line of the raw message.",
        "A stolen password is used from elsewhere. Several new networks within an hour are a botnet.");

    /// <summary>Messages from countries that are new for the credential.</summary>
    public static readonly Family NewSourceCountryMessages = Counter(
        "postal_new_source_country_messages_total", ["organization", "server", "credential"],
        "Outgoing messages from a country that the credential was not used from in the look-back: the first one from it; only with sources.country_database. Source: Received line of the raw message.",
        "A web shop does not move abroad over night.");

    /// <summary>Messages from autonomous systems that are new for the credential.</summary>
    public static readonly Family NewSourceAsnMessages = Counter(
        "postal_new_source_asn_messages_total", ["organization", "server", "credential"],
        "Outgoing messages from an autonomous system that the credential was not used from in the look-back: the first one from it; only with sources.asn_database. Source: Received line of the raw message.",
        "A new network of the same provider is a new lease; a new provider is a move, or a thief.");

    /// <summary>Messages by country of the client.</summary>
    public static readonly Family SourceCountryMessages = Counter(
        "postal_source_country_messages_total", ["organization", "server", "country"],
        "Outgoing messages by ISO 3166 country of the client's address; only with sources.country_database. Source: Received line of the raw message.",
        "Where a server's customers are, and where they are not.");

    /// <summary>Messages of which the client's address is not known.</summary>
    public static readonly Family MessagesWithoutSource = Counter(
        "postal_messages_without_source_total", ["organization", "server", "reason"],
        "Outgoing messages of a credential without a client's address: hidden (privacy mode), missing (API call send/raw, or raw text deleted), untrusted (the sender may have written the line); only with sources.enabled. Source: Received line of the raw message.",
        "The share of mail of which nobody can say where it came from.");

    /// <summary>Outgoing messages to an address that had many from the credential.</summary>
    public static readonly Family RepeatedRecipientMessages = Counter(
        "postal_repeated_recipient_messages_total", ["organization", "server", "credential"],
        "Outgoing messages to an address beyond so many from one credential in a window (signals.repeated_recipients); it counts anew after a restart. Source: messages.rcpt_to.",
        "A loop, or a flood meant for one mailbox. Many messages to few addresses look like ordinary volume everywhere else.");

    /// <summary>Outgoing messages by the recipient's country.</summary>
    public static readonly Family RecipientRegionMessages = Counter(
        "postal_recipient_region_messages_total", ["organization", "server", "region"],
        "Outgoing messages by ISO 3166 region of the recipient's country-code top-level domain; EU for eu, generic for the rest. Source: messages.rcpt_to.",
        "A shop of one country that begins to write to others has another list, or another sender.");

    /// <summary>Outgoing messages to free mailboxes.</summary>
    public static readonly Family FreeMailMessages = Counter(
        "postal_free_mail_messages_total", ["organization", "server", "credential"],
        "Outgoing messages to providers where anybody gets a mailbox for nothing. Source: messages.rcpt_to.",
        "Divided by outgoing messages it is the share of private people. Who writes to companies, and of a sudden to free mailboxes, has a list.");

    /// <summary>Messages that match rules of the operator.</summary>
    public static readonly Family ContentMatches = Counter(
        "postal_content_matches_total", ["organization", "server", "credential", "rule"],
        "Outgoing messages that match a rule of content.rules, each once for each rule; only with such rules. Source: messages.subject, messages.tag, links.url, raw messages.",
        "Mail that looks like what the rule's author has seen before: look at the messages before you act.");

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
