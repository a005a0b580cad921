using System.Text;
using PostalExporter.RawMail;

namespace PostalExporter.Tests.RawMail;

/// <summary>Messages as they come to Postal, and the split that it stores them in.</summary>
internal static class ReportTexts
{
    public const string Token = "AbCdEf0123456789";

    public const string MessageId = "8a3a1f0e-0000-4000-8000-000000000001@rp.postal.example";

    public const string OriginalHeaders =
        "Received: from postal.example (postal.example [192.0.2.1])\r\n\tby mx.mailbox.example; Tue, 06 Jan 2026 09:08:07 +0000\r\n"
        + $"X-Postal-MsgID: {Token}\r\nFrom: Shop <news@customer.example>\r\nTo: someone@mailbox.example\r\nSubject: Offer\r\n"
        + $"Message-ID: <{MessageId}>";

    public const string Original = $"{OriginalHeaders}\r\n\r\nBuy now.\r\n";

    /// <summary>A report of RFC 5965.</summary>
    public static string Report(string fields, string original, string originalType = "message/rfc822", string boundary = "report") =>
        Mixed(
            "From: Feedback <staff@fbl.provider.example>\r\nMessage-ID: <report@provider.example>\r\nSubject: Abuse report",
            "report; report-type=feedback-report",
            boundary,
            ("text/plain", "7bit", "This is an abuse report."),
            ("message/feedback-report", "7bit", fields),
            (originalType, "7bit", original));

    /// <summary>A message with parts.</summary>
    public static string Mixed(string header, string subtype, params (string Type, string Encoding, string Content)[] parts) =>
        Mixed(header, subtype, $"part-{header.Length}-{parts.Length}", parts);

    /// <summary>Reads a message in the pieces that Postal stores: split at the first blank line.</summary>
    public static FeedbackReport? Parse(string message)
    {
        var split = message.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var (headers, body) = split < 0 ? (message, "") : (message[..split], message[(split + 4)..]);
        return FeedbackReport.Parse(Encoding.Latin1.GetBytes(headers), Encoding.Latin1.GetBytes(body));
    }

    private static string Mixed(string header, string subtype, string boundary, params (string Type, string Encoding, string Content)[] parts)
    {
        var text = new StringBuilder($"{header}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{subtype}; boundary=\"{boundary}\"\r\n\r\n");
        foreach (var (type, encoding, content) in parts)
            text.Append($"--{boundary}\r\nContent-Type: {type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{content}\r\n");
        return text.Append($"--{boundary}--\r\n").ToString();
    }
}
