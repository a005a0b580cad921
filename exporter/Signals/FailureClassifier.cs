using System.Globalization;

namespace PostalExporter.Signals;

/// <summary>
/// Says why an outgoing delivery failed, from what Postal wrote: first by Postal's own sentence, then by the cause
/// that the reply's text states, then by its enhanced status code, then by its SMTP code. Pure; allocates nothing.
/// </summary>
internal static class FailureClassifier
{
    private static readonly (FailureReason Reason, string Phrase)[] Table =
        [.. Flatten(FailurePhrases.Causes), .. Flatten(FailurePhrases.Refusals)];
    private static readonly FailureReason[] Reasons = [.. Table.Select(entry => entry.Reason)];
    private static readonly PhraseMatcher Phrases = new(Table.Select(entry => entry.Phrase));
    private static readonly int CauseCount = Flatten(FailurePhrases.Causes).Count();

    // What Postal decides before it connects. The message never reached a receiver.
    private static readonly string[] InternalDetails =
    [
        "Maximum number of delivery attempts",
        "Raw message has been removed",
        "Message's domain no longer exist",
        "Message doesn't have an RCPT to",
        "Message is likely spam",
        "An internal error occurred",
    ];

    /// <summary>The reason of one delivery with status <c>SoftFail</c>, <c>HardFail</c> or <c>Bounced</c>.</summary>
    /// <param name="status"><c>deliveries.status</c>.</param>
    /// <param name="details"><c>deliveries.details</c>: Postal's own sentence, empty when NULL.</param>
    /// <param name="output"><c>deliveries.output</c>: the reply, or the text of an exception, empty when NULL.</param>
    public static FailureReason Classify(ReadOnlySpan<char> status, ReadOnlySpan<char> details, ReadOnlySpan<char> output)
    {
        // The sentence of a bounce only points at the notification that came in: the cause is not in this row.
        if (status.SequenceEqual("Bounced"))
            return FailureReason.Other;
        if (status.SequenceEqual("Error") || IsInternal(details))
            return FailureReason.Internal;
        if (TryReadHttpCode(details, out var httpCode))
            return ClassifyHttp(httpCode);

        var reason = ClassifyReply(output);
        if (reason is not null)
            return reason.Value;

        if (details.StartsWith("No SMTP servers were available", StringComparison.OrdinalIgnoreCase))
        {
            // Without a host to try the domain has neither MX nor address; with one, no connection came about.
            return details.Contains("No hosts to try", StringComparison.OrdinalIgnoreCase)
                ? FailureReason.DnsError
                : FailureReason.Connection;
        }

        return FailureReason.Other;
    }

    private static bool IsInternal(ReadOnlySpan<char> details)
    {
        foreach (var text in InternalDetails)
        {
            if (details.StartsWith(text, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    // Null when the reply states nothing.
    private static FailureReason? ClassifyReply(ReadOnlySpan<char> reply)
    {
        if (reply.IsWhiteSpace())
            return null;

        Span<byte> symbols = stackalloc byte[ReplyText.MaxLength + 2];
        var length = ReplyText.Reduce(reply, symbols);
        var phrase = Phrases.FirstIn(symbols[..length]);
        if (phrase < CauseCount)
            return Reasons[phrase];
        if (ReplyText.TryReadEnhancedCode(reply, out var subject, out var detail) && ByEnhancedCode(subject, detail) is { } byCode)
            return byCode;
        return phrase == PhraseMatcher.None ? BySmtpCode(reply) : Reasons[phrase];
    }

    // RFC 3463 and the registry of enhanced status codes. Null where a code says no more than "failed".
    private static FailureReason? ByEnhancedCode(int subject, int detail) => (subject, detail) switch
    {
        (1, 7) => FailureReason.Policy,
        (1, 8 or 10) => FailureReason.DnsError,
        (1, 9) => FailureReason.Content,
        (1, _) => FailureReason.RecipientUnknown,
        (2, 1) => FailureReason.RecipientUnknown,
        (2, 2) => FailureReason.MailboxFull,
        (2, 3) => FailureReason.Content,
        (2, 4) => FailureReason.SystemTrouble,
        (3, 4) => FailureReason.Content,
        (3, 1 or 2 or 3 or 5) => FailureReason.SystemTrouble,
        (4, 1 or 2) => FailureReason.Connection,
        (4, 3 or 4 or 6) => FailureReason.DnsError,
        (4, 5 or 7) => FailureReason.SystemTrouble,
        (5, 3) => FailureReason.RateLimited,
        (5, _) => FailureReason.Other,
        (6, _) => FailureReason.Content,
        (7, 8 or 9 or 13 or 14 or 20 or 21 or 22 or 23 or 24 or 26 or 29) => FailureReason.AuthFailed,
        (7, 10 or 30) => FailureReason.Connection,
        (7, 17 or 18) => FailureReason.RecipientUnknown,
        (7, 25) => FailureReason.IpReputation,
        (7, 27) => FailureReason.DnsError,
        (7, 28) => FailureReason.RateLimited,
        (7, _) => FailureReason.Policy,
        _ => null,
    };

    // RFC 5321 and 7504. 550 and 554 are used for everything and say nothing by themselves.
    private static FailureReason? BySmtpCode(ReadOnlySpan<char> reply)
    {
        if (reply.Length < 3 || !int.TryParse(reply[..3], NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            return null;
        return code switch
        {
            421 or 450 or 451 or 452 => FailureReason.SystemTrouble,
            454 => FailureReason.Connection,
            521 or 556 => FailureReason.DnsError,
            530 or 535 or 538 => FailureReason.AuthFailed,
            551 or 553 => FailureReason.RecipientUnknown,
            552 => FailureReason.MailboxFull,
            _ => FailureReason.Other,
        };
    }

    private static FailureReason ClassifyHttp(int code) => code switch
    {
        < 0 => FailureReason.Connection,
        429 => FailureReason.RateLimited,
        401 or 403 => FailureReason.Policy,
        404 or 410 => FailureReason.RecipientUnknown,
        413 or 415 => FailureReason.Content,
        >= 500 => FailureReason.SystemTrouble,
        _ => FailureReason.Other,
    };

    // "Received a CODE from URL" by the HTTP sender; -1 timeout, -2 connection, -3 TLS.
    private static bool TryReadHttpCode(ReadOnlySpan<char> details, out int code)
    {
        const string Start = "Received a ";
        code = 0;
        if (!details.StartsWith(Start, StringComparison.OrdinalIgnoreCase))
            return false;
        var rest = details[Start.Length..];
        var end = rest.IndexOf(' ');
        return end > 0 && int.TryParse(rest[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out code);
    }

    private static IEnumerable<(FailureReason Reason, string Phrase)> Flatten((FailureReason Reason, string[] Phrases)[] groups) =>
        groups.SelectMany(group => group.Phrases.Select(phrase => (group.Reason, phrase)));
}
