using static PostalExporter.Signals.FailureReason;

namespace PostalExporter.Signals;

/// <summary>
/// What receivers write, and the reason it states. The order is the meaning: of several phrases in a reply the one
/// that stands first here decides, so specific causes come before general ones. Letters and digits count, the rest
/// is a blank; a blank at either end demands a whole word.
/// </summary>
internal static class FailurePhrases
{
    /// <summary>Phrases that state a cause. They decide before any status code.</summary>
    public static readonly (FailureReason Reason, string[] Phrases)[] Causes =
    [
        // Texts that also hold the words of another cause.
        (RateLimited,
        [
            "unusual rate of unsolicited mail", " tss04 ", " gl01 ", "too many invalid recipients", "too many unknown",
            "too many bad recipients", "sending quota", "daily quota", "hourly quota", "sending limit",
        ]),
        (AuthFailed,
        [
            "because it is unauthenticated", "sender is unauthenticated", "requires all senders to authenticate",
            "unauthenticated email", "required authentication level",
        ]),
        (Policy,
        [
            "sender address rejected user unknown", "sender address rejected unverified",
            "sender address rejected undeliverable", "sender verify failed", "sender verification",
            "sender address verification", "verify sender", "sender verify", "sender callout",
            "delivery restriction check failed", "resolver.rst", "recipient's block", "recipient's black", "user's block",
            "blocked by recipient", "blocked by user",
        ]),
        (DnsError,
        [
            "sender address rejected domain not found", "sender address domain not found", "sender domain not found",
            "sender domain does not exist", "sender domain does not resolve", "sender domain must exist",
            "sender domain must resolve", "domain of sender address", "dns domain", "helo command rejected host not found",
            "helo command rejected domain not found",
        ]),
        (RecipientUnknown,
        [
            "5.4.1 recipient address rejected access denied", "5.4.1 all recipient addresses rejected access denied",
        ]),
        (SystemTrouble,
        [
            "insufficient system storage", "insufficient system resources", "mailbox temporarily unavailable",
            "mailbox is temporarily unavailable", "requested mail action not taken mailbox unavailable",
            "temporary lookup failure", "user lookup failed temporarily",
        ]),
        (SpamBlock,
        [
            "uribl", "surbl", "url listed", "listed url", "blocked url", "contains a url", "contains a link",
            "link in the body", "urls in the message",
        ]),
        (DnsError,
        [
            "relevant mx records point to non-existent", "hop count", "too many hops", "too many received", "loop detected",
            "mail loop", "loops back", "routing loop", "mail forwarding loop", "null mx", "domain does not accept mail",
            "host does not accept mail",
        ]),

        (MailboxFull,
        [
            "over quota", "overquota", "quota exceed", "exceeded quota", "exceeds quota", "exceeded its quota",
            "exceeded their quota", "exceeded his quota", "exceeded the allowed quota", "over the quota",
            "over the maximum allowed quota", "mailbox quota", "storage quota", "disk quota", "quota full", "quota is full",
            "insufficient quota", "mailbox full", "mailbox is full", "mailbox too full", "full mailbox", "inbox is full",
            "inbox full", "user is full", "account is full", "out of storage", "exceeded storage allocation",
            "exceeded storage limit", "mailbox size limit", "mailbox limit", "mailbox has exceeded",
            "not enough space in mailbox", "not enough storage space", "postfach voll", "postfach ist voll", "buzon lleno",
            "boite pleine", "casella piena",
        ]),
        (RecipientUnknown,
        [
            "nosuchuser", "recipientnotfound", "user unknown", "unknown user", "user is unknown", "user not known",
            "recipient unknown", "unknown recipient", "recipient is unknown", "unknown address", "address unknown",
            "unknown mailbox", "mailbox unknown", "unknown account", "account unknown", "unknown local part",
            "unknown localpart", "unknown virtual", "unknown rcpt",
            "no such user", "no such recipient", "no such mailbox", "no such address", "no such account", "no such person",
            "no such domain", "no such customer", "no mailbox", "no account", "no valid recipient", "no recipients available",
            "not known at this", "not known here",
            "user not found", "user was not found", "recipient not found", "recipient was not found", "mailbox not found",
            "mailbox was not found", "address not found", "account not found", "domain not found", "unknown domain",
            "could not be found", "couldn't be found",
            "does not exist", "doesn't exist", "not exist", "no longer exists", "no longer available", "no longer in use",
            "no longer valid", "no longer active", "no longer on server", "no longer with", "no longer employed",
            "no longer works", "has left the",
            "invalid recipient", "invalid mailbox", "invalid address", "invalid user", "invalid rcpt", "recipient invalid",
            "recipient is invalid", "not a valid mailbox", "not a valid user", "not a valid recipient", "not a valid address",
            "address is not valid", "bad destination", "bad recipient address", "bad address", "5.1.0 address rejected",
            "doesn't have a yahoo", "does not have an account", "doesn't have an account", "does not have a mailbox",
            "account disabled", "account is disabled", "account has been disabled",
            "account that you tried to reach is disabled", "mailbox disabled", "mailbox is disabled", "user disabled",
            "user is disabled", "recipient disabled", "address disabled", "address is disabled", "account suspended",
            "account is suspended", "account has been suspended", "mailbox suspended", "mailbox is suspended",
            "user suspended", "is inactive", "account inactive", "mailbox inactive", "inactive mailbox", "inactive user",
            "inactive account", "user inactive", "deactivated", "account closed", "account has been closed",
            "account is closed", "account has expired", "account expired", "account locked", "mailbox locked", "discontinued",
            "has moved", "user moved", "mailbox moved", "user not local", "not a local", "not hosted", "not our customer",
            "unrouteable address", "unroutable address", "undeliverable address", "recipient address rejected undeliverable",
            "not accept mail for this domain", "not in my list of allowed", "isn't in my list of allowed", "not handled here",
            "existiert nicht", "unbekannt", "nicht gefunden", "n'existe pas", "inconnu", "no existe", "desconocido",
            "non esiste", "sconosciuto", "inesistente",
        ]),
        (AuthFailed,
        [
            "sender policy framework", " spf ", " spfcheck ", " dkim ", "domainkeys", " dmarc ", "sender id",
            "relaying denied", "relay denied", "relay access denied", "relay not permitted", "relaying not permitted",
            "relay not allowed", "relaying not allowed", "not permitted to relay", "not allowed to relay", "unable to relay",
            "cannot relay", "do not relay", "no relaying", "relaying disallowed", "relaying prohibited", "relay attempt",
            "open relay", "tenantattribution", "must authenticate", "not authenticated", "unauthenticated",
            "authenticate before", "authentication", "submitter failed to authenticate", "smtp auth",
        ]),
        (IpReputation,
        [
            "reputation", "senderscore", "sender score", "senderbase", "talosintelligence",
            "block list", "blocklist", "blockedlist", "black list", "blacklist", "denylist", "deny list", " rbl ", "dnsbl",
            " bl21 ", " ts03 ", " s3140 ", " s3150 ", "blocked using", "blocked by using", "spamhaus", "spamcop", "sorbs",
            "barracudacentral", "uceprotect", "invaluement", "abusix", "ipcheck.proofpoint", "csi.cloudmark",
            "proofpoint dynamic", "trendmicro", "listed in", "listed by", "listed at", "listed on", "is listed",
            "permanently deferred", "banned sending ip", "banned sender", "traffic not accepted from this ip",
            "connections will not be accepted from", "ip blocked", "blocked ip", "ip is blocked", "ip address is blocked",
            "ip has been blocked", "ip address has been blocked", "ip address blocked", "ip address rejected",
            "ip not allowed", "spam source", "abuse detected from ip", "spam from your ip", "spam from your network",
            "part of their network", "your network", "bad neighborhood",
            " ptr ", "reverse dns", " rdns ", " fcrdns ", "reverse lookup", "reverse hostname", "reverse mapping",
            "cannot find your hostname", "cannot find your reverse", "dynamic ip", "dynamic address", "dynamically assigned",
            "dialup", "dial up", "residential", "generic hostname", "to send email directly", "direct to mx",
        ]),
        (SpamBlock,
        [
            "likely unsolicited", "unsolicited", "likely suspicious", "suspicious", "identified as spam", "detected as spam",
            "classified as spam", "considered spam", "considered as spam", "rejected as spam", "looks like spam",
            "appears to be spam", "to be spam", "is spam", "spam message", "spam content", "spam detected", "spam score",
            "spam probability", "spam like", "spamassassin", "spammy", "junk mail", "junkmail", "is junk", "complaint",
            "phish", "fraud", " scam ", "content filter", "content restriction", "content policy", "message content",
            "content rejected", "content is not acceptable", "content not acceptable",
        ]),
        (Content,
        [
            "virus", "malware", "infected", "trojan", "attachment", "file type", "executable", "potential security issue",
            "message size", "size violation", "message too large", "message too big", "message is too large",
            "message is too big", "too large", "email size", "mail size", "exceeds size", "maximum size", "size limit",
            "fixed limit", "message length", "line too long", "lines too long", "line length", "rfc 5322", "rfc5322",
            "rfc 2822", "rfc2822", "rfc 822", "malformed", "bare lf", "bare cr", "bare newline", "message id header",
            "missing from", "from header", "multiple from", "header syntax", "headers missing", "missing header",
            "invalid header", "duplicate header", "date header", " mime ", "8bitmime", "smtputf8", "content conversion",
            "character set",
        ]),
        (RateLimited,
        [
            "greylist", "graylist", "grey list", "gray list", "postgrey", "too many", "rate limit", "ratelimit",
            "limit exceeded", "exceeded a limit", "exceeded limit", "permitted limits", "limit reached",
            "limit has been reached", "limits exceeded", "exceeded the limit", "exceeded the maximum", "maximum number of",
            "throttl", "concurrent", "too quickly", "too fast", "too frequent", "too much mail", "at a rate that",
            "unusual rate", "high rate", "message rate", "mail rate", "connection rate", "rate exceeded", "rate control",
            "excessive", "slow down", "slowdown", "unexpected volume", "volume of mail", "mail volume", "high volume", "flood",
            "per hour", "per minute", "first time sender", "please retry in", "deferred for",
        ]),
        (DnsError,
        [
            "no mx ", "mx record", "mx lookup", "host not found", "hostname not found", "host unknown", "unknown host",
            "name service error", "name server", "nameserver", "unable to resolve", "not resolve", "can't resolve",
            "unresolvable", "resolvable", "name resolution", "getaddrinfo", "name or service not known",
            "nodename nor servname", "nxdomain", "servfail", "dns query", "dns lookup", "dns error", "dns failure", "dns fail",
            "dns timeout", "dns record", "unrouteable mail domain", "unroutable mail domain", "unrouteable domain",
            "valid mail exchanger",
        ]),
        (SystemTrouble, ["retry timeout exceeded"]),
        (Connection,
        [
            "connection refused", "connection reset", "connection timed", "connection dropped", "connection closed",
            "connection aborted", "connection failed", "lost connection", "timed out", "timeout", "time out",
            "network is unreachable", "network unreachable", "no route to host", "host is down", "unreachable",
            "end of file reached", "eoferror", "execution expired", "broken pipe", "closed stream",
            "smtpsessionnotstartederror", "starttls", " tls ", " ssl ", "sslv3", "certificate", "handshake", "encryption",
            "encrypted",
        ]),
        (SystemTrouble,
        [
            "disk full", "out of disk", "disk space", "no space left", "local error", "local problem", "internal error",
            "internal server error", "internal software error", "system error", "server error", "configuration error",
            "configuration problem", "misconfig", "message expired", "delivery time expired", "time expired", "expired in",
            "queue file", "write error", "maintenance", "shutting down", "overload", "system load", "load average",
            "server busy", "system busy", "too busy", "is busy", "resources", "processing error",
        ]),
        (Other,
        [
            "bad sequence", "syntax error", "command not implemented", "not implemented", "unrecognized command",
            "command unrecognized", "unknown command", "out of order", "pipelining", "nested mail", "need rcpt", "need mail",
        ]),
        (SpamBlock, [" spam ", "antispam", "spamming", " uce ", " ube ", "bulk mail", "bulk email"]),
        (Policy,
        [
            "policy", "policies", "administrative prohibition", "administratively", "access denied",
            "access to this mail system", "access rejected", "not authorized", "not authorised", "unauthorized", "not allowed",
            "not permitted", "prohibited", "restriction", "restricted", "envelope blocked", "blocked by", "blocked sender",
            "sender blocked", "sender is blocked", "sender rejected", "sender denied", "sender refused",
            "sender address rejected", "client host rejected", "spoof", "impersonat", "banned", "fully qualified hostname",
            "invalid helo", "helo name", "permission", "only accept", "security", "service refused", "access list", "firewall",
        ]),
        (RecipientUnknown,
        [
            "requested action not taken mailbox unavailable", "mailbox unavailable", "mailbox not available",
            "address rejected by destination", "is unavailable user",
        ]),
        (SystemTrouble,
        [
            "try again later", "try again", "try later", "temporary failure", "temporary error", "temporary problem",
            "temporarily", "service unavailable", "service not available", "service currently unavailable",
            "service is unavailable", "server unavailable", "not available",
        ]),
    ];

    /// <summary>Phrases that only say no. They decide when the enhanced status code says nothing either.</summary>
    public static readonly (FailureReason Reason, string[] Phrases)[] Refusals =
    [
        (Policy,
        [
            "rejected", "refused", "denied", "blocked", "not accepted", "not accept", "disallowed", "forbidden", "reject",
        ]),
    ];
}
