namespace PostalExporter.Metrics;

/// <content>Gauges read from current state.</content>
internal static partial class Families
{
    /// <summary>One per live mail server.</summary>
    public static readonly Family ServerInfo = Gauge(
        "postal_server_info", ["organization", "server", "server_id", "mode"],
        "Always 1: a mail server and its mode. Source: servers.",
        "Joins names with the id that Postal's databases use.");

    /// <summary>Suspension of a server or its organization.</summary>
    public static readonly Family ServerSuspended = Gauge(
        "postal_server_suspended", ["organization", "server"],
        "1 when the server or its organization is suspended. Source: servers.suspended_at, organizations.suspended_at.",
        "A suspended server holds its mail and refuses recipients, bounces for it included.");

    /// <summary>Hourly send limit.</summary>
    public static readonly Family ServerSendLimit = Gauge(
        "postal_server_send_limit_messages", ["organization", "server"],
        "Outgoing messages per hour allowed; absent when unlimited. Source: servers.send_limit.",
        "Above it Postal holds the server's mail.");

    /// <summary>Postal's own count of the last hour.</summary>
    public static readonly Family ServerSendVolume = Gauge(
        "postal_server_send_volume_messages", ["organization", "server"],
        "Outgoing messages of the last 60 minutes as Postal counts them against the limit. Source: live_stats.",
        "Compare with the limit: at 90 percent Postal warns, at 100 percent it holds.");

    /// <summary>Queue length by state.</summary>
    public static readonly Family QueueMessages = Gauge(
        "postal_queue_messages", ["organization", "server", "state"],
        "Messages in the queue: ready, delayed (waiting for a retry) or locked (being processed). Source: queued_messages.",
        "Many delayed messages mean that receivers defer; many ready ones that workers do not keep up.");

    /// <summary>Age of the queue.</summary>
    public static readonly Family QueueOldestMessage = Gauge(
        "postal_queue_oldest_message_timestamp_seconds", ["organization", "server"],
        "Unix time since when the longest waiting ready message is ready; absent when none is. Source: queued_messages.",
        "Age says more than length: minutes mean that workers stand still or are too few.");

    /// <summary>Messages on hold now.</summary>
    public static readonly Family HeldMessages = Gauge(
        "postal_held_messages", ["organization", "server"],
        "Messages on hold; read when the server's mail moves, at least hourly. Source: messages.held.",
        "Held mail waits for a decision and expires after seven days.");

    /// <summary>Suppression list length.</summary>
    public static readonly Family SuppressedRecipients = Gauge(
        "postal_suppressed_recipients", ["organization", "server"],
        "Recipients on the active suppression list; read every minute while the server's mail moves, else every four to six. Source: suppressions.",
        "Grows by every address that failed twice within a day.");

    /// <summary>One per credential.</summary>
    public static readonly Family CredentialInfo = Gauge(
        "postal_credential_info", ["organization", "server", "credential", "credential_id", "credential_type"],
        "Always 1: a credential that has series of its own, its id and its type (SMTP, API or SMTP-IP). Source: credentials.",
        "Joins a credential's name with the id that messages carry.");

    /// <summary>Hold flag of a credential.</summary>
    public static readonly Family CredentialHeld = Gauge(
        "postal_credential_held", ["organization", "server", "credential"],
        "1 when all messages of the credential are held. Source: credentials.hold.",
        "The least harmful containment is in force.");

    /// <summary>Last use of a credential.</summary>
    public static readonly Family CredentialLastUsed = Gauge(
        "postal_credential_last_used_timestamp_seconds", ["organization", "server", "credential"],
        "Unix time of the last authentication; absent when never used. Source: credentials.last_used_at.",
        "A credential that wakes after months deserves a look.");

    /// <summary>Distinct recipients of the last hour.</summary>
    public static readonly Family CredentialRecipients = Gauge(
        "postal_credential_recipients", ["organization", "server", "credential", "window"],
        "Different recipients that the credential wrote to within the window, an estimate with 4.6 percent standard error. Source: messages.rcpt_to.",
        "Far fewer recipients than messages is a loop; far more recipients than ever is a list.");

    /// <summary>Sequential test of a credential's recipients.</summary>
    public static readonly Family CredentialRecipientScore = Gauge(
        "postal_credential_recipient_score", ["organization", "server", "credential"],
        "Evidence that recipients fail as unknown like a bad list's rather than an honest one's: CUSUM of the log-likelihood ratio over first outcomes, from 0 to signals.recipient_score.ceiling. Source: deliveries.",
        "8 deserves a look, 12 a page, as long as the built-in shares are in force. Read it as a rise over its minimum of the last hours.");

    /// <summary>First message of a credential.</summary>
    public static readonly Family CredentialFirstMessage = Gauge(
        "postal_credential_first_message_timestamp_seconds", ["organization", "server", "credential"],
        "Unix time of the credential's first outgoing message that is known, at the first start from retained messages of the look-back, or else of its last use before; absent when there is none, and until these were read. Source: messages.timestamp, credentials.last_used_at.",
        "What a credential sends in its first days has no baseline: a new one that sends much was made to send much.");

    /// <summary>Networks of the last hour.</summary>
    public static readonly Family CredentialSourceNetworks = Gauge(
        "postal_credential_source_networks", ["organization", "server", "credential", "window"],
        "Different networks (/24, /48) that the credential was used from within the window, an estimate with 4.6 percent standard error; only with sources.enabled. Source: Received line of the raw message.",
        "A program sends from one or two; hundreds are a botnet.");

    /// <summary>How alike a credential's subjects are.</summary>
    public static readonly Family CredentialSimilarSubjects = Gauge(
        "postal_credential_similar_subjects_ratio", ["organization", "server", "credential"],
        "Share of the credential's last 100 outgoing messages whose subjects are almost the same as the most frequent one, but for names and numbers; absent below 20 since the start; only with content.similar_subjects. Source: messages.subject.",
        "A newsletter and a shop's confirmations are near 1 all their life. A mailbox of a person that rises to it sends a campaign.");

    /// <summary>Credentials that are traps.</summary>
    public static readonly Family CredentialCanary = Gauge(
        "postal_credential_canary", ["organization", "server", "credential"],
        "1 for a credential that the configuration names as a trap, absent for all others. Source: configuration.",
        "Nobody uses it rightly: a message of it, or a login, means that whoever did has seen where it was laid out.");

    /// <summary>What the installation cannot see.</summary>
    public static readonly Family MonitoringBlindSpot = Gauge(
        "postal_monitoring_blind_spot", ["organization", "server", "check"],
        "1 where a setting keeps abuse from being seen or limited: outbound_scan_off, privacy_mode, no_send_limit, no_feedback_route, no_source_networks; no_source_address when mail of the last day had none; learning while retained messages are still to be read, so that nothing is called new. Source: servers, configuration.",
        "Each is a decision to take, not an incident; check-config says what to do about each.");

    /// <summary>DNS checks of a domain.</summary>
    public static readonly Family DomainDnsOk = Gauge(
        "postal_domain_dns_ok", ["organization", "server", "domain", "check"],
        "1 when Postal's last check of the record was OK; absent before the first check; server is empty for an organization's domain; as many of each owner as limits allow. Source: domains.",
        "Missing or invalid SPF, DKIM, MX or return path records make receivers refuse mail.");

    /// <summary>Webhook queue length.</summary>
    public static readonly Family WebhookQueueRequests = Gauge(
        "postal_webhook_queue_requests", ["organization", "server"],
        "Webhook requests waiting to be sent. Source: webhook_requests of the main database.",
        "Grows when a customer's endpoint is down.");

    /// <summary>Raw mail storage.</summary>
    public static readonly Family RawStorageBytes = Gauge(
        "postal_raw_storage_bytes", ["organization", "server"],
        "Bytes of raw messages kept; read when the server's mail moves, else every four to six minutes. Source: raw_message_sizes.",
        "Evidence of an incident is pruned when this reaches the server's retention size.");

    /// <summary>Resolved thresholds.</summary>
    public static readonly Family Threshold = Gauge(
        "postal_threshold", ["organization", "server", "signal", "severity"],
        "Limit of a signal for a server in the signal's own unit, resolved from defaults, organization and server; +Inf for what is off. Source: configuration.",
        "Alert rules compare with it; change it in the exporter's configuration.");

    /// <summary>Planned campaigns.</summary>
    public static readonly Family PlannedCampaign = Gauge(
        "postal_planned_campaign", ["organization", "server", "campaign"],
        "1 while a planned campaign is running, 0 before and after. Source: configuration.",
        "Mutes volume alerts of the server and keeps its hours out of baselines.");
}
