using System.Globalization;

namespace PostalSimulator.Installations;

/// <summary>The text of messages: as Postal stores it at arrival, and what its first processing puts into it.</summary>
internal static class RawMessage
{
    public const string SmtpHost = "smtp.postal.example";
    public const string WebHost = "postal.example";

    private const string LineEnd = "\r\n";

    /// <summary>Header block without the line end of its last line, as it remains when Postal splits a message at the first blank line.</summary>
    /// <param name="draft">What is handed over.</param>
    /// <param name="messageId">Its <c>Message-ID</c> without angle brackets; null for none.</param>
    /// <param name="receivedAt">Arrival.</param>
    /// <param name="isPrivate">Whether the server hides its clients.</param>
    public static string Headers(MessageDraft draft, string? messageId, DateTimeOffset receivedAt, bool isPrivate)
    {
        var own = Received(draft, receivedAt, isPrivate && draft.Scope == "outgoing");
        // The API's own line is put behind those of the caller, and all of them in front of the rest.
        var before = draft.ReceivedKind == ReceivedKind.Api ? draft.ExtraHeaders.Where(IsReceived) : [];
        var after = draft.ReceivedKind == ReceivedKind.Api ? draft.ExtraHeaders.Where(line => !IsReceived(line)) : draft.ExtraHeaders;
        IEnumerable<string?> lines =
        [
            .. before, own, .. after, draft.TagHeader is { } tag ? $"X-Postal-Tag: {tag}" : null, $"From: {draft.Sender ?? "MAILER-DAEMON"}",
            $"To: {draft.Recipient}", $"Subject: {draft.Subject}", messageId is null ? null : $"Message-ID: <{messageId}>",
            draft.Links.Count > 0 ? "Content-Type: text/html; charset=UTF-8" : null,
        ];
        return string.Join(LineEnd, lines.OfType<string>());
    }

    /// <summary>The body as received; null when the message has none.</summary>
    public static string? Body(MessageDraft draft) =>
        draft.Links.Count == 0 ? draft.Body : Html(draft.Body, draft.Links);

    /// <summary>The text with links, as it is received or as it becomes when each is replaced.</summary>
    public static string Html(string? text, IEnumerable<string> links) =>
        $"<html><body><p>{text?.TrimEnd()}</p>{LineEnd}{string.Join(LineEnd, links.Select(link => $"<p><a href='{link}'>{link}</a></p>"))}{LineEnd}</body></html>{LineEnd}";

    /// <summary>The lines put in front of an outgoing message before it is sent for the first time.</summary>
    public static string OutgoingHeaders(string token, string? domain, DateTimeOffset now) =>
        (domain is null ? "" : string.Create(CultureInfo.InvariantCulture,
            $"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=postal-AbCdEf; t={now.ToUnixTimeSeconds()}; bh={Signature}; h=from:to:subject; b={Signature}{LineEnd}"))
        + $"X-Postal-MsgID: {token}{LineEnd}";

    /// <summary>The lines put in front of an incoming message when it was scanned.</summary>
    public static string IncomingHeaders() => string.Join(
        LineEnd, "X-Postal-Spam: no", "X-Postal-Spam-Threshold: 5.0", "X-Postal-Spam-Score: 0.0", "X-Postal-Threat: no", "");

    /// <summary>A moment as Ruby writes it into mail: <c>Tue, 03 Mar 2026 07:05:09 -0000</c>, for times that are UTC.</summary>
    public static string Rfc2822(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '-0000'", CultureInfo.InvariantCulture);

    // Nobody checks it here; it only has to look like one.
    private static string Signature { get; } = Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(i => (byte)(i * 41))]);

    private static bool IsReceived(string line) => line.StartsWith("Received:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Postal's own line; null where it writes none.</summary>
    private static string? Received(MessageDraft draft, DateTimeOffset receivedAt, bool isPrivate)
    {
        if (draft.ReceivedKind == ReceivedKind.ApiRaw)
            return null;
        var isSmtp = draft.ReceivedKind == ReceivedKind.Smtp;
        var name = draft.ReceivedKind switch { ReceivedKind.Api => "api", ReceivedKind.WebUi => "web-ui", _ => draft.Helo };
        var client = isPrivate ? "" : $"from {name} ({draft.ReverseDns ?? draft.ClientAddress} [{draft.ClientAddress}]) ";
        // The library that builds the API's messages writes the zone of UTC in its other form.
        var date = isSmtp ? Rfc2822(receivedAt) : Rfc2822(receivedAt).Replace("-0000", "+0000", StringComparison.Ordinal);
        return $"Received: {client}by {(isSmtp ? SmtpHost : WebHost)} with {(isSmtp ? "SMTP" : "HTTP")}; {date}";
    }
}
