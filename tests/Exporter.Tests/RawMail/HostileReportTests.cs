using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PostalExporter.RawMail;
using static PostalExporter.Tests.RawMail.ReportTexts;

namespace PostalExporter.Tests.RawMail;

/// <summary>Messages made to break or to occupy whoever reads them.</summary>
public sealed class HostileReportTests
{
    // What reading one message may allocate: a few times the bytes that are looked at.
    private const long MaxAllocatedBytes = 40L * 1024 * 1024;

    private static readonly string Megabyte = new('x', 1024 * 1024);

    [Fact]
    public void A_report_cut_anywhere_is_read_as_far_as_it_goes()
    {
        var report = Report("Feedback-Type: abuse\r\nReporting-MTA: dns; mx.provider.example", Original);

        var types = Enumerable.Range(0, report.Length).Select(length => Parse(report[..length])).ToList();

        Assert.Null(types[0]);
        Assert.All(types.OfType<FeedbackReport>(), found => Assert.True(found.Type is FeedbackType.Other or FeedbackType.Abuse));
        Assert.Equal([Token], types[^1]!.Tokens);
    }

    [Fact]
    public void Ten_thousand_parts_within_one_another_are_looked_at_to_the_limit()
    {
        var nested = new StringBuilder("From: a@b.example\r\n");
        for (var depth = 0; depth < 10_000; depth++)
            nested.Append($"Content-Type: multipart/mixed; boundary={depth}\r\n\r\n--{depth}\r\n");

        AssertBounded(nested + "Content-Type: message/rfc822\r\n\r\n" + Original);
    }

    [Fact]
    public void Ten_thousand_messages_within_one_another_are_looked_at_to_the_limit()
    {
        var nested = new StringBuilder();
        for (var depth = 0; depth < 10_000; depth++)
            nested.Append($"Message-ID: <{depth}@b.example>\r\nContent-Type: message/rfc822\r\n\r\n");

        var report = AssertBounded(nested + Original);

        Assert.Equal(FeedbackReport.MaxMessages, report!.MessageIds.Count);
    }

    [Theory]
    [InlineData("--b\r\n\r\n")]
    [InlineData("--b\n\n")]
    [InlineData("--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: x\r\n")]
    [InlineData("--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nRnJvbTogYQ0KDQo=\r\n")]
    [InlineData("--b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n")]
    public void Parts_beyond_the_limit_are_left_out(string part)
    {
        var many = string.Concat(Enumerable.Repeat(part, FeedbackReport.MaxBytes / part.Length));

        AssertBounded($"Content-Type: multipart/mixed; boundary=b\r\n\r\n{many}--b\r\nContent-Type: message/rfc822\r\n\r\n{Original}");
    }

    [Fact]
    public void A_report_in_front_of_parts_beyond_the_limit_is_read()
    {
        var report = Report("Feedback-Type: abuse", Original);
        var end = report.LastIndexOf("--report--", StringComparison.Ordinal);

        var read = AssertBounded(report[..end] + string.Concat(Enumerable.Repeat("--report\r\n\r\n", 50_000)));

        Assert.Equal((FeedbackType.Abuse, Token), (read!.Type, read.Tokens[0]));
    }

    [Fact]
    public void Messages_encoded_within_one_another_are_looked_at_to_the_limit()
    {
        var nested = Original;
        for (var depth = 0; depth < 12; depth++)
            nested = $"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{Convert.ToBase64String(Encoding.Latin1.GetBytes(nested))}\r\n";

        Assert.Null(AssertBounded(nested));
    }

    [Theory]
    [InlineData("Content-Type: multipart/mixed; boundary={0}\r\n\r\n--x")]
    [InlineData("Content-Type: {0}")]
    [InlineData("Content-Disposition: attachment; filename={0}")]
    [InlineData("Content-Transfer-Encoding: {0}")]
    [InlineData("From: {0}")]
    [InlineData("{0}")]
    [InlineData("{0}: x")]
    [InlineData("Message-ID: <{0}>\r\nX-Postal-MsgID: {0}")]
    public void A_field_of_a_megabyte_is_passed_over(string field)
    {
        AssertBounded($"{string.Format(null, field, Megabyte)}\r\n\r\nText");
        AssertBounded(Report($"Feedback-Type: abuse\r\n{string.Format(null, field, Megabyte[..500_000])}", Original));
        AssertBounded(Report("Feedback-Type: abuse", $"{string.Format(null, field, Megabyte[..500_000])}\r\n{Original}"));
    }

    [Theory]
    [InlineData("Content-Type: multipart/mixed{0}\r\n\r\n", "; a=b")]
    [InlineData("Content-Type: multipart/mixed{0}\r\n\r\n", "; a*0=b")]
    [InlineData("Content-Type: multipart/mixed; boundary={0}\r\n\r\n--", "\"")]
    [InlineData("Content-Type: text/plain{0}\r\n\r\n", "(")]
    [InlineData("From: {0}", "a:")]
    [InlineData("From: {0}", "(")]
    [InlineData("From: {0}", "<a@b>,")]
    [InlineData("From: {0}", "=?utf-8?q?a?=")]
    [InlineData("Message-ID: {0}", "<")]
    [InlineData("{0}", "a: b\r\n")]
    [InlineData("{0}", "X-Postal-MsgID: a\r\n")]
    [InlineData("X: y{0}", "\r\n z")]
    public void A_field_that_repeats_itself_costs_no_more(string header, string repeated)
    {
        var many = string.Concat(Enumerable.Repeat(repeated, FeedbackReport.MaxBytes / repeated.Length));
        AssertBounded(string.Format(null, header, many) + "\r\n\r\nText");
        AssertBounded(string.Format(null, header, many[..4000]) + "\r\n\r\nText");
    }

    [Theory]
    [InlineData("X-Postal-MsgID:")]
    [InlineData("X-Postal-MsgID: > ")]
    [InlineData("> ")]
    [InlineData(">\r\n")]
    [InlineData("Message-ID: <a")]
    [InlineData("Message-ID: <a>\r\n")]
    [InlineData(" ")]
    [InlineData("\r\n")]
    public void A_text_that_repeats_itself_is_searched_to_the_limit(string repeated)
    {
        var many = string.Concat(Enumerable.Repeat(repeated, FeedbackReport.MaxBytes / repeated.Length));

        AssertBounded($"Subject: x\r\n\r\n{many}");
        AssertBounded($"Subject: x\r\n\r\nX-Postal-MsgID:{many}");
    }

    [Fact]
    public void A_message_of_any_size_is_looked_at_to_the_limit()
    {
        var large = new byte[64 * 1024 * 1024];
        Array.Fill(large, (byte)'x');
        "X-Postal-MsgID: AbC\r\n"u8.CopyTo(large.AsSpan(^30..));

        Assert.Null(FeedbackReport.Parse("Subject: x"u8.ToArray(), large));
        Assert.Null(FeedbackReport.Parse(large, "X-Postal-MsgID: AbC"u8.ToArray()));
    }

    [Fact]
    public void Random_bytes_are_no_report() =>
        Prop.ForAll<byte[], byte[]>((headers, body) => FeedbackReport.Parse(headers, body) is null or { Tokens.Count: 0 }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_report_with_bytes_changed_anywhere_is_read_without_an_error()
    {
        var report = Encoding.Latin1.GetBytes(Mixed(
            "From: a@b.example",
            "mixed",
            ("text/plain", "quoted-printable", "=3D text"),
            ("message/rfc822", "base64", Convert.ToBase64String(Encoding.Latin1.GetBytes(Report("Feedback-Type: abuse", Original)))),
            ("message/rfc822", "7bit", Report("Feedback-Type: fraud", Original))));
        var changes = Gen.Choose(0, report.Length - 1).Zip(Gen.Choose(0, 255)).ArrayOf();

        Prop.ForAll(changes.ToArbitrary(), places =>
        {
            var changed = report.ToArray();
            foreach (var (place, value) in places)
                changed[place] = (byte)value;
            var split = changed.AsSpan().IndexOf("\r\n\r\n"u8);
            return FeedbackReport.Parse(changed.AsMemory(0, Math.Max(split, 0)), changed.AsMemory(Math.Max(split, 0)))
                is null or { Tokens.Count: <= FeedbackReport.MaxMessages };
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    private static FeedbackReport? AssertBounded(string message)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var report = Parse(message);
        // The text itself is turned into bytes on the way.
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before - (4L * message.Length);

        Assert.InRange(allocated, long.MinValue, MaxAllocatedBytes);
        Assert.True(report is null or { Tokens.Count: <= FeedbackReport.MaxMessages, MessageIds.Count: <= FeedbackReport.MaxMessages });
        return report;
    }
}
