using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PostalExporter.RawMail;

namespace PostalExporter.Tests.RawMail;

public sealed class ReceivedLineTests
{
    private const string Date = "Tue, 06 Jan 2026 09:08:07 -0000";
    private const string Smtp = $"Received: from client.example (host.example [192.0.2.7]) by postal.example with SMTP; {Date}\r\n";
    private const string Api = $"Received: from api (host.example [192.0.2.9]) by web.example with HTTP; {Date}\r\n";
    private const string Rest = "From: a@example.com\r\nSubject: Hello";

    [Theory]
    [InlineData("host.example [192.0.2.7]", "192.0.2.7")]
    [InlineData("192.0.2.7 [192.0.2.7]", "192.0.2.7")]
    [InlineData("2001:db8::1 [2001:db8::1]", "2001:db8::1")]
    [InlineData("host [::ffff:192.0.2.7]", "192.0.2.7")]
    [InlineData("host [::FFFF:C000:0207]", "192.0.2.7")]
    [InlineData("host [fe80::1%eth0]", "fe80::1")]
    [InlineData("a name (with [203.0.113.1]) by x with SMTP; in it [192.0.2.7]", "192.0.2.7")]
    public void The_address_of_an_smtp_client_is_read_in_all_its_spellings(string client, string expected)
    {
        var line = $"Received: from client.example ({client}) by postal.example with SMTP; {Date}\r\n{Rest}";

        Assert.Equal(Found(Submission.Smtp, expected), Read(line));
        Assert.Equal(Found(Submission.Smtp, expected), Read(line, Submission.Smtp));
    }

    [Theory]
    [InlineData("x (y [203.0.113.1]) by postal.example with SMTP; Tue, 06 Jan 2026 09:08:07 -0000")]
    [InlineData("x (y [203.0.113.1]) by postal.example with SMTP; Tue, 06 Jan 2026 09:08:07 -0000\r")]
    [InlineData("x\rReceived: from x (y [203.0.113.1]) by postal.example with SMTP; Tue, 06 Jan 2026 09:08:07 -0000\rX: ")]
    [InlineData("api (y [203.0.113.1]) by web.example with HTTP; Tue, 06 Jan 2026 09:08:07 -0000")]
    [InlineData("by postal.example with SMTP; Tue, 06 Jan 2026 09:08:07 -0000")]
    [InlineData("")]
    [InlineData("\u00ff\u0000 [[ ]]) by")]
    public void What_a_client_says_in_HELO_is_not_believed(string helo) =>
        Assert.Equal(Found(Submission.Smtp, "192.0.2.7"), Read($"Received: from {helo} (host [192.0.2.7]) by postal.example with SMTP; {Date}\r\n{Rest}"));

    [Fact]
    public void A_HELO_of_any_length_does_not_hide_the_address() =>
        Assert.Equal(Found(Submission.Smtp, "192.0.2.7"), Read(Smtp.Replace("client.example", new string('x', 10_000), StringComparison.Ordinal) + Rest));

    [Fact]
    public void The_lines_that_Postal_puts_above_it_later_are_passed_over() =>
        Assert.Equal(
            Found(Submission.Smtp, "192.0.2.7"),
            Read($"DKIM-Signature: v=1; a=rsa-sha256;\r\n\th=received:from;\r\n b=Received: from\r\nX-Postal-MsgID: AbCdEf0123456789\r\n{Smtp}{Rest}"));

    [Theory]
    [InlineData("Received: from client.example (host.example [192.0.2.7])\r\n by postal.example with SMTP;\r\n Tue, 06 Jan 2026 09:08:07 +0000\r\n")]
    [InlineData("Received: from client.example (host.example\r\n\t[192.0.2.7]) by\r\n postal.example with SMTP; Tue, 06 Jan 2026\n 09:08:07 +0000\n")]
    [InlineData("received: from client.example (host.example [192.0.2.7]) by postal.example with SMTP; Tue, 6 Jan 2026 09:08:07 +0000  \r\n")]
    public void A_line_that_was_folded_anew_is_read_the_same(string line) =>
        Assert.Equal(Found(Submission.Smtp, "192.0.2.7"), Read(line + Rest));

    [Fact]
    public void Lines_that_an_smtp_client_sent_along_stand_below_and_are_not_read() =>
        Assert.Equal(Found(Submission.Smtp, "192.0.2.7"), Read(Smtp + Smtp.Replace("192.0.2.7", "203.0.113.1", StringComparison.Ordinal) + Rest));

    [Theory]
    [InlineData("api")]
    [InlineData("web-ui")]
    public void An_api_message_has_Postals_line_last_of_those_at_its_head(string source)
    {
        var own = Api.Replace("api", source, StringComparison.Ordinal);
        var callers = $"Received: from api (x [203.0.113.1]) by web.example with HTTP; {Date}\r\n";

        Assert.Equal(Found(Submission.Http, "192.0.2.9"), Read(own + Rest));
        Assert.Equal(Found(Submission.Http, "192.0.2.9"), Read($"Return-Path: <a@example.com>\r\n{callers}{own}{Rest}\r\n{callers}"));
        Assert.Equal(Found(Submission.Http, "192.0.2.9"), Read($"{Smtp}{callers}{own}{Rest}", Submission.Http));
    }

    [Fact]
    public void Lines_of_both_kinds_are_told_apart_by_the_way_of_submission_only()
    {
        Assert.Equal(Nothing(AddressOutcome.Untrusted), Read(Smtp + Api + Rest));
        Assert.Equal(Found(Submission.Smtp, "192.0.2.7"), Read(Smtp + Api + Rest, Submission.Smtp));
        Assert.Equal(Found(Submission.Http, "192.0.2.9"), Read(Smtp + Api + Rest, Submission.Http));
    }

    [Fact]
    public void Privacy_mode_is_told()
    {
        Assert.Equal(new SubmittedFrom(AddressOutcome.Hidden, Submission.Smtp, null), Read($"Received: by postal.example with SMTP; {Date}\r\n{Rest}"));
        Assert.Equal(new SubmittedFrom(AddressOutcome.Hidden, Submission.Http, null), Read($"Received: by web.example with HTTP;\r\n {Date}\r\n{Rest}"));
    }

    [Fact]
    public void An_smtp_client_cannot_lift_privacy_mode_with_a_line_of_its_own() =>
        Assert.Equal(new SubmittedFrom(AddressOutcome.Hidden, Submission.Smtp, null), Read($"Received: by postal.example with SMTP; {Date}\r\n{Smtp}{Rest}"));

    [Theory]
    [InlineData("")]
    [InlineData(Rest)]
    [InlineData("Received: from relay.example (relay.example [203.0.113.1]) by mx.example with ESMTPS id 1; Tue, 06 Jan 2026 09:08:07 -0000\r\n")]
    [InlineData("Received: from cron (host [203.0.113.1]) by web.example with HTTP; Tue, 06 Jan 2026 09:08:07 -0000\r\n")]
    [InlineData("Received : from a (host [203.0.113.1]) by postal.example with SMTP; Tue, 06 Jan 2026 09:08:07 -0000\r\n")]
    [InlineData("Received: from a (host [203.0.113.1]) by postal.example with SMTP; Tue, 06 Jan 2026 09:08:07 -0000 (comment)\r\n")]
    [InlineData("\r\n\r\nReceived: from a (host [203.0.113.1]) by postal.example with SMTP; Tue, 06 Jan 2026 09:08:07 -0000\r\n")]
    public void A_message_without_Postals_line_has_none(string headers) => Assert.Equal(Nothing(AddressOutcome.Missing), Read(headers));

    [Fact]
    public void A_line_of_the_other_way_of_submission_is_not_Postals()
    {
        Assert.Equal(Nothing(AddressOutcome.Missing), Read(Smtp + Rest, Submission.Http));
        Assert.Equal(Nothing(AddressOutcome.Missing), Read(Api + Rest, Submission.Smtp));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("010.0.0.1")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("300.1.1.1")]
    [InlineData("192.0.2.7%1")]
    [InlineData("unknown")]
    public void What_is_no_address_is_not_trusted(string address) =>
        Assert.Equal(
            new SubmittedFrom(AddressOutcome.Untrusted, Submission.Smtp, null),
            Read(Smtp.Replace("192.0.2.7", address, StringComparison.Ordinal) + Rest));

    [Fact]
    public void A_header_beyond_the_limit_is_read_as_far_as_it_is_certain()
    {
        var megabyte = new string('x', 1024 * 1024);

        Assert.Equal(Found(Submission.Smtp, "192.0.2.7"), Read($"{Smtp}Received: {megabyte}\r\n{Rest}"));
        Assert.Equal(Nothing(AddressOutcome.Missing), Read($"{Api}Received: {megabyte}\r\n{Rest}", Submission.Http));
        Assert.Equal(Nothing(AddressOutcome.Missing), Read($"Received: from {megabyte} (host [192.0.2.7]) by postal.example with SMTP; {Date}\r\n"));
        Assert.Equal(Nothing(AddressOutcome.Missing), Read($"X: {megabyte}\r\n{Smtp}"));
    }

    [Fact]
    public void A_line_in_pieces_yields_the_address_or_nothing()
    {
        var text = $"X-Postal-MsgID: AbCdEf0123456789\r\n{Smtp}{Rest}";

        Assert.All(
            Enumerable.Range(0, text.Length),
            length => Assert.True(Read(text[..length]) is { Outcome: AddressOutcome.Missing } or { Address: not null }, text[..length]));
    }

    [Fact]
    public void Bytes_of_any_kind_in_front_do_not_change_what_the_end_of_the_line_says() =>
        Prop.ForAll<byte[]>(helo =>
        {
            byte[] line =
            [
                .. "Received: from "u8, .. helo.Where(value => value != '\n'), .. Encoding.ASCII.GetBytes($" (host [192.0.2.7]) by postal.example with SMTP; {Date}\r\n"),
            ];
            return ReceivedLine.ClientAddress(line) == Found(Submission.Smtp, "192.0.2.7");
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Random_bytes_are_no_line() =>
        Prop.ForAll<byte[]>(bytes => ReceivedLine.ClientAddress(bytes).Address is null
            && ReceivedLine.ClientAddress((byte[])[.. "Received:"u8, .. bytes]).Address is null).QuickCheckThrowOnFailure();

    private static SubmittedFrom Read(string headers, Submission via = Submission.Unknown) =>
        ReceivedLine.ClientAddress(Encoding.Latin1.GetBytes(headers), via);

    private static SubmittedFrom Found(Submission via, string address) => new(AddressOutcome.Found, via, IPAddress.Parse(address));

    private static SubmittedFrom Nothing(AddressOutcome outcome) => new(outcome, Submission.Unknown, null);
}
