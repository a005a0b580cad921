using System.Text;
using PostalExporter.RawMail;
using static PostalExporter.Tests.RawMail.ReportTexts;

namespace PostalExporter.Tests.RawMail;

public sealed class FeedbackReportTests
{
    [Theory]
    [InlineData("abuse", "abuse")]
    [InlineData("Abuse", "abuse")]
    [InlineData("abuse (reported by a user)", "abuse")]
    [InlineData("fraud", "fraud")]
    [InlineData("virus", "virus")]
    [InlineData("auth-failure", "auth_failure")]
    [InlineData("not-spam", "not_spam")]
    [InlineData("opt-out", "opt_out")]
    [InlineData("opt-out-list", "opt_out")]
    [InlineData("miscategorized", "other")]
    [InlineData("x-anything; \u00ff", "other")]
    [InlineData("", "other")]
    public void The_type_of_a_report_is_one_of_a_closed_set(string stated, string label)
    {
        var report = Parse(Report($"Feedback-Type: {stated}\r\nUser-Agent: Loop/1.0\r\nVersion: 1", Original));

        Assert.NotNull(report);
        Assert.Equal(label, report.Type.Label());
        Assert.True(report.IsReport);
        Assert.Equal([Token], report.Tokens);
        Assert.Equal([MessageId], report.MessageIds);
    }

    [Fact]
    public void The_report_of_an_authentication_failure_may_bring_headers_only()
    {
        var report = Parse(Report(
            "Feedback-Type: auth-failure\r\nAuth-Failure: dmarc\r\nReported-Domain: customer.example\r\nVersion: 1",
            OriginalHeaders,
            "text/rfc822-headers"));

        AssertReport(FeedbackType.AuthFailure, report);
    }

    [Theory]
    [InlineData("Feedback-Type: abuse\r\nReporting-MTA: dns; MX.Provider.example.", "mx.provider.example")]
    [InlineData("Feedback-Type: abuse\r\nReported-Domain: customer.example", "fbl.provider.example")]
    [InlineData("Feedback-Type: abuse\r\nReporting-MTA: dns; <someone@provider.example>", "fbl.provider.example")]
    public void The_provider_is_the_one_that_the_report_states_or_its_sender(string fields, string domain) =>
        Assert.Equal(domain, Parse(Report(fields, Original))!.ReporterDomain);

    [Theory]
    [InlineData("\r\nFeedback-Type: abuse\r\nUser-Agent: Loop/1.0")]
    [InlineData("User-Agent: Loop/1.0\r\nSource-IP: 192.0.2.1\r\nfeedback-type:\r\n abuse\r\nIncidents: 1000000\r\nFeedback-Type: fraud")]
    [InlineData("Feedback-Type: abuse\nUser-Agent: Loop/1.0\n")]
    public void The_fields_of_a_report_are_found_in_any_order_and_form(string fields) => AssertReport(FeedbackType.Abuse, Parse(Report(fields, Original)));

    [Fact]
    public void A_report_with_an_encoded_part_is_read()
    {
        var fields = Convert.ToBase64String("Feedback-Type: fraud\r\nVersion: 1\r\n"u8);

        AssertReport(FeedbackType.Fraud, Parse(Mixed(
            "From: fbl@provider.example",
            "report; report-type=feedback-report",
            ("message/feedback-report", "base64", fields),
            ("message/rfc822", "base64", Base64(Original)))));
    }

    [Fact]
    public void A_report_part_makes_a_report_whatever_it_is_in() =>
        AssertReport(FeedbackType.Abuse, Parse(Mixed(
            "From: fbl@provider.example", "mixed", ("message/feedback-report", "7bit", "Feedback-Type: abuse"), ("message/rfc822", "7bit", Original))));

    [Fact]
    public void A_report_whose_own_part_is_missing_is_of_no_known_type() =>
        AssertReport(FeedbackType.Other, Parse(Mixed(
            "From: fbl@provider.example", "report; report-type=\"feedback-report\"", ("message/rfc822", "7bit", Original))));

    [Fact]
    public void A_report_that_names_no_message_is_a_report_all_the_same()
    {
        var report = Parse(Report("Feedback-Type: abuse", "From: somebody@customer.example\r\nSubject: Offer\r\n\r\nBuy."));

        Assert.Equal(FeedbackType.Abuse, report!.Type);
        Assert.Empty(report.Tokens);
        Assert.Empty(report.MessageIds);
    }

    [Fact]
    public void Microsofts_report_is_the_message_with_a_header_of_its_own()
    {
        var report = Parse(Mixed(
            "From: staff@provider.example\r\nSubject: complaint about message from 192.0.2.1",
            "mixed",
            ("message/rfc822", "7bit", "X-HmXmrOriginalRecipient: someone@mailbox.example\r\n" + Original)));

        AssertReport(FeedbackType.Abuse, report);
        Assert.Equal("provider.example", report!.ReporterDomain);
    }

    [Theory]
    [InlineData("7bit")]
    [InlineData("base64")]
    public void A_report_that_was_forwarded_is_that_report(string encoding)
    {
        var inner = Report("Feedback-Type: abuse", Original);
        var forward = Mixed("From: postmaster@customer.example", "mixed", ("text/plain", "7bit", "See below."), ("message/rfc822", encoding, Encoded(inner, encoding)));
        var twice = Mixed("From: a@customer.example", "mixed", ("message/rfc822", encoding, Encoded(forward, encoding)));

        AssertReport(FeedbackType.Abuse, Parse(forward));
        AssertReport(FeedbackType.Abuse, Parse(twice));
        Assert.Equal("fbl.provider.example", Parse(twice)!.ReporterDomain);
    }

    [Fact]
    public void Reports_side_by_side_name_all_their_messages()
    {
        var report = Parse(Mixed(
            "From: postmaster@customer.example",
            "digest",
            ("message/rfc822", "7bit", Report("Feedback-Type: abuse", Original, boundary: "one")),
            ("message/rfc822", "7bit", Report("Feedback-Type: fraud", Original.Replace(Token, "second", StringComparison.Ordinal), boundary: "two"))));

        Assert.Equal(FeedbackType.Abuse, report!.Type);
        Assert.Equal([Token, "second"], report.Tokens);
        Assert.Equal([MessageId], report.MessageIds);
    }

    [Fact]
    public void A_report_within_the_reported_message_is_its_senders()
    {
        var reported = Report("Feedback-Type: not-spam", "X-Postal-MsgID: other\r\n\r\n", boundary: "inner")
            .Replace("Message-ID: <report@provider.example>", $"Message-ID: <{MessageId}>\r\nX-Postal-MsgID: {Token}", StringComparison.Ordinal);

        var report = Parse(Report("Feedback-Type: abuse", reported));

        Assert.Equal(FeedbackType.Abuse, report!.Type);
        Assert.Equal(MessageId, report.MessageIds[0]);
        Assert.Equal(Token, report.Tokens[0]);
    }

    [Theory]
    [InlineData("message/rfc822", "7bit", "")]
    [InlineData("message/rfc822", "base64", "")]
    [InlineData("message/rfc822", "quoted-printable", "")]
    [InlineData("application/octet-stream; name=\"spam.eml\"", "base64", "")]
    [InlineData("application/octet-stream", "base64", "Content-Disposition: attachment; filename=\"SPAM.EML\"")]
    [InlineData("application/octet-stream; name=spam.eml", "8bit", "")]
    public void A_person_may_attach_the_message(string type, string encoding, string disposition)
    {
        var header = disposition.Length == 0 ? type : $"{type}\r\n{disposition}";

        var report = Parse(Mixed(
            "From: someone@mailbox.example\r\nMessage-ID: <outer@mailbox.example>\r\nX-Postal-MsgID: outer",
            "mixed",
            ("text/plain", "7bit", "Please stop this."),
            (header, encoding, Encoded(Original, encoding))));

        AssertReport(FeedbackType.AbuseMail, report);
        Assert.False(report!.IsReport);
        Assert.Null(report.ReporterDomain);
        Assert.Equal("abuse_mail", report.Type.Label());
    }

    [Theory]
    [InlineData("> ")]
    [InlineData(">> ")]
    [InlineData("> > ")]
    [InlineData("")]
    [InlineData("| ")]
    public void A_person_may_quote_its_headers(string mark)
    {
        var quoted = string.Concat(OriginalHeaders.Split("\r\n").Select(line => $"{mark}{line}\r\n"));
        var text = $"Your customer sends me spam:\r\n\r\n{quoted}{mark}\r\n{mark}Buy now.\r\n";

        AssertReport(FeedbackType.AbuseMail, Parse($"From: someone@mailbox.example\r\n\r\n{text}"));
        AssertReport(FeedbackType.AbuseMail, Parse($"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{Base64(text)}"));
        AssertReport(FeedbackType.AbuseMail, Parse(Mixed("From: a@b.example", "alternative", ("text/plain", "quoted-printable", Encoded(text, "quoted-printable")))));
    }

    [Fact]
    public void Quoted_headers_may_go_on_in_the_next_line() =>
        AssertReport(FeedbackType.AbuseMail, Parse($"Subject: spam\r\n\r\n> Message-ID:\r\n>   <{MessageId}>\r\n> X-Postal-MsgID:\r\n>  {Token}\r\n"));

    [Fact]
    public void What_a_reported_message_quotes_is_not_reported()
    {
        var report = Parse(Report("Feedback-Type: abuse", Original + "\r\n> X-Postal-MsgID: innocent\r\n> Message-ID: <innocent@customer.example>\r\n"));

        AssertReport(FeedbackType.Abuse, report);
    }

    [Theory]
    [InlineData(Token)]
    [InlineData("-")]
    public void Spam_that_dresses_up_as_a_report_is_what_is_reported(string token)
    {
        var spam = Report("Feedback-Type: not-spam", "Message-ID: <innocent@customer.example>\r\n\r\n", boundary: "inner")
            .Replace("Message-ID: <report@provider.example>", $"X-Postal-MsgID: {token}\r\nMessage-ID: <{MessageId}>", StringComparison.Ordinal);
        var wrapped = $"X-Postal-MsgID: {token}\r\nMessage-ID: <{MessageId}>\r\nContent-Type: message/rfc822\r\n\r\n{spam}";

        foreach (var reported in (string[])[spam, wrapped])
        {
            var mail = Parse(Mixed("From: someone@mailbox.example", "mixed", ("message/rfc822", "7bit", reported)));
            Assert.Equal((FeedbackType.AbuseMail, MessageId), (mail!.Type, mail.MessageIds[0]));

            var microsoft = Parse(Mixed("From: staff@provider.example", "mixed", ("message/rfc822", "7bit", "X-HmXmrOriginalRecipient: a@b.example\r\n" + reported)));
            Assert.Equal((FeedbackType.Abuse, MessageId), (microsoft!.Type, microsoft.MessageIds[0]));
        }
    }

    [Fact]
    public void Header_fields_of_a_reported_message_may_be_folded() =>
        AssertReport(FeedbackType.Abuse, Parse(Report("Feedback-Type: abuse", $"Message-Id:\r\n <{MessageId}>\r\nx-postal-msgid:\r\n\t{Token}\r\n\r\n")));

    [Fact]
    public void Several_messages_are_told_once_each_and_no_more_than_the_limit()
    {
        (string, string, string)[] parts =
        [
            .. Enumerable.Range(0, 30).Select(number => ("message/rfc822", "7bit", $"X-Postal-MsgID: token{number / 2}\r\nMessage-ID: <{number / 2}@x.example>\r\n\r\nText")),
        ];

        var report = Parse(Mixed("From: a@b.example", "mixed", parts));

        Assert.Equal(Enumerable.Range(0, FeedbackReport.MaxMessages).Select(number => $"token{number}"), report!.Tokens);
        Assert.Equal(Enumerable.Range(0, FeedbackReport.MaxMessages).Select(number => $"{number}@x.example"), report.MessageIds);
    }

    [Theory]
    [InlineData("From: a@b.example\r\nMessage-ID: <1@b.example>\r\nX-Postal-MsgID: outer\r\n\r\nA question.")]
    [InlineData("From: a@b.example")]
    [InlineData("\r\n\r\n")]
    [InlineData("")]
    public void Ordinary_mail_is_nothing(string message) => Assert.Null(Parse(message));

    [Fact]
    public void A_note_of_delivery_is_no_complaint()
    {
        Assert.Null(Parse(Mixed(
            "From: mailer-daemon@mailbox.example",
            "report; report-type=delivery-status",
            ("text/plain", "7bit", "Not delivered."),
            ("message/delivery-status", "7bit", "Reporting-MTA: dns; mx.example\r\n\r\nAction: failed"),
            ("message/rfc822", "7bit", Original))));
        Assert.Null(Parse(Mixed("From: a@b.example", "mixed", ("message/delivery-status", "7bit", "Action: failed"), ("message/rfc822", "7bit", Original))));
        Assert.Null(Parse(Mixed("From: a@b.example\r\nX-Failed-Recipients: c@d.example", "mixed", ("message/rfc822", "7bit", Original))));
    }

    [Fact]
    public void An_automatic_reply_that_quotes_the_message_is_no_complaint() =>
        Assert.Null(Parse(Mixed("From: a@b.example\r\nAuto-Submitted: auto-replied (vacation)", "mixed", ("message/rfc822", "7bit", Original))));

    [Theory]
    [InlineData("<a@b>", "a@b")]
    [InlineData(" <a@b> (comment)", "a@b")]
    [InlineData("a@b", "a@b")]
    [InlineData("x <y <a@b>> ", "a@b")]
    [InlineData("<>", null)]
    public void A_Message_ID_is_taken_as_Postal_stores_it(string value, string? expected) =>
        Assert.Equal(expected, QuotedHeaders.MessageId(value));

    [Theory]
    [InlineData("abc DEF")]
    [InlineData("abc-def")]
    [InlineData("")]
    public void What_is_no_token_is_none(string value) =>
        Assert.Empty(Parse(Report("Feedback-Type: abuse", $"X-Postal-MsgID: {value}\r\n\r\n"))!.Tokens);

    private static void AssertReport(FeedbackType type, FeedbackReport? report)
    {
        Assert.NotNull(report);
        Assert.Equal(type, report.Type);
        Assert.Equal([Token], report.Tokens);
        Assert.Equal([MessageId], report.MessageIds);
    }

    private static string Encoded(string text, string encoding) => encoding switch
    {
        "base64" => Base64(text),
        "quoted-printable" => text.Replace("=", "=3D", StringComparison.Ordinal).Replace("MsgID", "Ms=\r\ngID", StringComparison.Ordinal),
        _ => text,
    };

    private static string Base64(string text) => Convert.ToBase64String(Encoding.Latin1.GetBytes(text), Base64FormattingOptions.InsertLineBreaks);
}
