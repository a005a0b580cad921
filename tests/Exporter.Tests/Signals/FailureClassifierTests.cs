using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class FailureClassifierTests
{
    private const string Temporary = "Temporary SMTP delivery error when sending to 192.0.2.25:25 (mx1.example.com)";
    private const string Permanent = "Permanent SMTP delivery error when sending to 192.0.2.25:25 (mx1.example.com)";

    private static readonly FailureClassifier Classifier = FailureReasonsReader.BuiltIn;

    public static TheoryData<string, string, string> Replies()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var line in File.ReadLines(RepositoryFiles.PathTo("tests/Exporter.Tests/Signals/replies.tsv")).Where(line => !line.StartsWith('#')))
        {
            var fields = line.Split('\t');
            data.Add(fields[0], fields[1], fields[2].Replace(@"\n", "\n", StringComparison.Ordinal));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Replies))]
    public void A_reply_is_counted_under_the_cause_it_states(string reason, string receiver, string output)
    {
        Assert.NotEmpty(receiver);
        var (status, details) = output.StartsWith('4') ? ("SoftFail", Temporary) : ("HardFail", Permanent);

        Assert.Equal(reason, Classifier.Classify(status, details, output).Label());
    }

    [Theory]
    [MemberData(nameof(Replies))]
    public void Case_and_cut_after_the_reply_change_nothing(string reason, string receiver, string output)
    {
        Assert.NotEmpty(receiver);

        Assert.Equal(reason, Classifier.Classify("HardFail", Permanent, output.ToUpperInvariant() + "\r\n").Label());
    }

    [Theory]
    [InlineData("HardFail", "Maximum number of delivery attempts (18) has been reached. Added anna@example.com to suppression list because delivery has failed 18 times.")]
    [InlineData("HardFail", "Raw message has been removed. Cannot send message.")]
    [InlineData("HardFail", "Message's domain no longer exist")]
    [InlineData("HardFail", "Message doesn't have an RCPT to")]
    [InlineData("HardFail", "Message is likely spam. Threshold is 5.0 and the message scored 7.2.")]
    [InlineData("Error", "An internal error occurred while sending this message. This message will be retried automatically.")]
    public void What_Postal_decides_itself_is_internal(string status, string details) =>
        Assert.Equal(FailureReason.Internal, Classifier.Classify(status, details, ""));

    [Theory]
    [InlineData("No SMTP servers were available for example.com. No hosts to try.", "", "dns_error")]
    [InlineData("No SMTP servers were available for example.com. Tried mx1.example.com and mx2.example.com.", "", "connection")]
    [InlineData("No SMTP servers were available for example.com. Tried mx1.example.com.", "Connection refused - connect(2) for 192.0.2.25:25, execution expired", "connection")]
    [InlineData("No SMTP servers were available for example.com. Tried mx1.example.com.", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", "ip_reputation")]
    public void Without_a_connection_the_error_of_the_connection_decides(string details, string output, string reason) =>
        Assert.Equal(reason, Classifier.Classify("SoftFail", details, output).Label());

    [Theory]
    [InlineData("Received a -1 from https://example.com/in", "connection")]
    [InlineData("Received a -3 from https://example.com/in", "connection")]
    [InlineData("Received a 429 from https://example.com/in", "rate_limited")]
    [InlineData("Received a 503 from https://example.com/in", "system")]
    [InlineData("Received a 404 from https://example.com/in", "recipient_unknown")]
    [InlineData("Received a 418 from https://example.com/in", "other")]
    public void An_HTTP_endpoint_is_judged_by_its_code_and_not_by_its_body(string details, string reason) =>
        Assert.Equal(reason, Classifier.Classify("HardFail", details, "user unknown").Label());

    [Fact]
    public void A_bounce_names_no_cause() =>
        Assert.Equal(FailureReason.Other, Classifier.Classify("Bounced", "We've received a bounce message for this e-mail. See <msg:7> for details.", ""));

    [Fact]
    public void The_suppression_suffix_of_the_details_is_not_the_receivers_word() =>
        Assert.Equal(
            FailureReason.MailboxFull,
            Classifier.Classify("HardFail", Permanent + " Recipient added to suppression list (too many hard fails)", "552 5.2.2 Over quota"));

    [Theory]
    [InlineData("550 <user.unknown@example.com>: message refused")]
    [InlineData("550 user.unknown@example.com message refused")]
    [InlineData("550 (anna@user-unknown.example.com): message refused")]
    public void Words_inside_an_address_are_not_the_receivers(string output) =>
        Assert.Equal(FailureReason.Policy, Classifier.Classify("HardFail", Permanent, output));

    [Fact]
    public void An_IP_address_is_no_status_code() =>
        Assert.Equal(FailureReason.Other, Classifier.Classify("HardFail", Permanent, "554 from 5.1.1.9 and 192.5.1.1 to 5.1.1.200: transaction failed"));

    [Fact]
    public void Any_text_of_any_length_gives_a_reason()
    {
        var random = new Random(20240601);
        var alphabet = "45.- \n\r\t@<>:;,()abc\0\u00e4\ud83d\ude00012";
        for (var run = 0; run < 20_000; run++)
        {
            var text = string.Create(random.Next(700), random, (span, source) =>
            {
                foreach (ref var character in span)
                    character = alphabet[source.Next(alphabet.Length)];
            });

            Assert.NotEmpty(Classifier.Classify("HardFail", text, text).Label());
            Assert.NotEmpty(Classifier.Classify("SoftFail", Temporary, text).Label());
        }
    }

    [Fact]
    public void Classifying_allocates_nothing()
    {
        const string Output = "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address";
        Classifier.Classify("HardFail", Permanent, Output);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var run = 0; run < 1000; run++)
            Classifier.Classify("HardFail", Permanent, Output);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Every_reason_has_the_label_of_its_name()
    {
        foreach (var reason in Enum.GetValues<FailureReason>())
        {
            var name = reason == FailureReason.SystemTrouble ? "System" : reason.ToString();
            Assert.Equal(name, string.Concat(reason.Label().Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..])));
        }
    }

    // The tuning half was looked at while the rules were made, the other half never: what it says holds for replies of tomorrow, too.
    [Theory]
    [InlineData("replies-tuning.tsv", 0.97, 0.97)]
    [InlineData("replies-held-out.tsv", 0.87, 0.87)]
    public void Replies_that_somebody_else_labelled_are_counted_under_their_cause(string file, double leastAccuracy, double leastMacroF1)
    {
        var pairs = File.ReadLines(RepositoryFiles.PathTo($"tests/Exporter.Tests/Signals/{file}"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t'))
            .Select(fields => (Stated: fields[0], Found: Classifier.Classify(fields[2], fields[3], fields.ElementAtOrDefault(4)?.Replace(@"\n", "\n", StringComparison.Ordinal)).Label()))
            .ToList();

        var accuracy = pairs.Average(pair => pair.Stated == pair.Found ? 1.0 : 0);
        var macroF1 = pairs.Select(pair => pair.Stated).Distinct().Average(reason =>
        {
            var right = pairs.Count(pair => pair == (reason, reason));
            return 2.0 * right / (pairs.Count(pair => pair.Stated == reason) + pairs.Count(pair => pair.Found == reason));
        });
        Assert.True(pairs.Count > 250 && accuracy >= leastAccuracy && macroF1 >= leastMacroF1, FormattableString.Invariant($"{file}: {pairs.Count} replies, accuracy {accuracy:F3}, macro-F1 {macroF1:F3}"));
    }

    [Fact]
    public void A_hostile_reply_is_read_once_whatever_it_begins()
    {
        // The automaton takes one step a symbol, and symbols are at most as many as characters are looked at.
        foreach (var part in (string[])["recipient address rejecte ", "aaaaaaaaaaaaaaaa", "4.4.4.4.5.1.1.9 ", "a@a@", "\n550-5.1.1 ", "пользовател", "邮箱不", "\ud83d\ude00"])
        {
            var reply = string.Concat(Enumerable.Repeat(part, 100_000 / part.Length));
            Span<byte> symbols = new byte[ReplyText.SymbolsOf(reply.Length)];

            Assert.InRange(symbols.Length, 1, 8 * 512);
            Assert.NotEmpty(Classifier.Classify("HardFail", reply, reply).Label());
        }
    }
}
