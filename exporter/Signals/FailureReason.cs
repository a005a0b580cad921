namespace PostalExporter.Signals;

/// <summary>Why a delivery failed: the label <c>reason</c> of the metric contract.</summary>
internal enum FailureReason
{
    /// <summary>SMTP protocol errors, and whatever states no cause.</summary>
    Other,

    /// <summary>User or domain not there, disabled, moved, closed, not hosted here.</summary>
    RecipientUnknown,

    /// <summary>The recipient's quota.</summary>
    MailboxFull,

    /// <summary>This message or its content judged spam, complaints about it, a listed URL in its body.</summary>
    SpamBlock,

    /// <summary>Sending address, network or domain listed, of low reputation, dynamic, or without PTR.</summary>
    IpReputation,

    /// <summary>Limits of volume, connections and recipients, and greylisting.</summary>
    RateLimited,

    /// <summary>SPF, DKIM, DMARC, SMTP authentication, relay denied.</summary>
    AuthFailed,

    /// <summary>Any other rule of the receiver.</summary>
    Policy,

    /// <summary>Size, malformed message, attachment type, virus.</summary>
    Content,

    /// <summary>Lookup, MX, routing, loops; a sender domain or HELO name that does not resolve.</summary>
    DnsError,

    /// <summary>Timeout, refused, reset, unreachable, TLS failed or demanded.</summary>
    Connection,

    /// <summary>Trouble of a system, "try again later" without a cause.</summary>
    SystemTrouble,

    /// <summary>What Postal decided itself; never held against recipients.</summary>
    Internal,
}

/// <summary>The label values of <see cref="FailureReason"/>.</summary>
internal static class FailureReasonLabels
{
    private static readonly string[] Labels =
    [
        "other", "recipient_unknown", "mailbox_full", "spam_block", "ip_reputation", "rate_limited", "auth_failed",
        "policy", "content", "dns_error", "connection", "system", "internal",
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All => Labels;

    /// <summary>The reason of one of these values.</summary>
    public static FailureReason Parse(string label) => (FailureReason)Array.IndexOf(Labels, label);

    /// <summary>The value of the label <c>reason</c>.</summary>
    public static string Label(this FailureReason reason) => Labels[(int)reason];
}
