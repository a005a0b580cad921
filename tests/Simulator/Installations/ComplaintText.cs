namespace PostalSimulator.Installations;

/// <summary>Writes complaints: headers and body of the mail by which somebody complains about a message.</summary>
internal static class ComplaintText
{
    private const string LineEnd = "\r\n";
    private const string Boundary = "=_feedback_3f1c";

    /// <summary>Header lines besides those every message has.</summary>
    public static IReadOnlyList<string> Headers(ComplaintForm form) => form switch
    {
        // Folded, as most programs write it.
        ComplaintForm.Report => ["MIME-Version: 1.0", $"Content-Type: multipart/report; report-type=feedback-report;{LineEnd}\tboundary=\"{Boundary}\""],
        ComplaintForm.Forwarded => ["MIME-Version: 1.0", $"Content-Type: multipart/mixed; boundary=\"{Boundary}\""],
        _ => ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"],
    };

    /// <summary>The body.</summary>
    /// <param name="original">The message complained about.</param>
    /// <param name="shape">How.</param>
    /// <param name="sentAt">About when the original was sent.</param>
    public static string Body(Message original, ComplaintShape shape, DateTimeOffset sentAt) => shape.Form switch
    {
        ComplaintForm.Report => Lines(
        [
            .. Part("text/plain; charset=us-ascii"), $"This is an email abuse report for a message received on {RawMessage.Rfc2822(sentAt)}.", "",
            .. Part("message/feedback-report"), .. FeedbackFields(original, shape, sentAt), "",
            .. Part(shape.HasHeadersOnly ? "text/rfc822-headers" : "message/rfc822"), .. Original(original, shape, sentAt), "", $"--{Boundary}--", "",
        ]),
        ComplaintForm.Forwarded => Lines(
        [
            .. Part("text/plain; charset=utf-8"), "I never asked for this. Make it stop!", "",
            .. Part("message/rfc822"), .. Original(original, shape, sentAt), "", $"--{Boundary}--", "",
        ]),
        _ => Lines(["I never asked for this. Make it stop! It came with these headers:", "", .. Original(original, shape, sentAt).Select(line => $"> {line}"), ""]),
    };

    private static IEnumerable<string> FeedbackFields(Message original, ComplaintShape shape, DateTimeOffset sentAt)
    {
        yield return $"Feedback-Type: {shape.FeedbackType}";
        yield return "User-Agent: FeedbackLoop/1.4";
        yield return "Version: 1";
        if (original.Sender is { } sender)
            yield return $"Original-Mail-From: <{sender}>";
        if (!shape.IsRedacted)
            yield return $"Original-Rcpt-To: <{original.Recipient}>";
        yield return $"Arrival-Date: {RawMessage.Rfc2822(sentAt)}";
        yield return "Source-IP: 198.51.100.25";
        yield return $"Reported-Domain: {original.Sender?[(original.Sender.LastIndexOf('@') + 1)..] ?? "acme.example"}";
    }

    /// <summary>The original as the receiver had it: its own line on top, then what Postal sent.</summary>
    private static IEnumerable<string> Original(Message original, ComplaintShape shape, DateTimeOffset sentAt)
    {
        var domain = original.Recipient[(original.Recipient.LastIndexOf('@') + 1)..];
        var recipient = shape.IsRedacted ? $"redacted@{domain}" : original.Recipient;
        yield return $"Received: from {RawMessage.SmtpHost} ({RawMessage.SmtpHost} [198.51.100.25]) by mx1.{domain} with ESMTPS for <{recipient}>; {RawMessage.Rfc2822(sentAt)}";
        if (shape.HasToken)
            yield return $"X-Postal-MsgID: {original.Token}";
        yield return $"From: {original.Sender}";
        yield return $"To: {recipient}";
        yield return $"Subject: {original.Subject}";
        if (shape.HasMessageId && original.MessageId is { } id)
            yield return $"Message-ID: <{id}>";
        if (shape.HasHeadersOnly || shape.Form == ComplaintForm.Quoted)
            yield break;
        yield return "";
        yield return "This is the text of the message.";
    }

    private static IEnumerable<string> Part(string type) => [$"--{Boundary}", $"Content-Type: {type}", ""];

    private static string Lines(IEnumerable<string> lines) => string.Join(LineEnd, lines);
}
