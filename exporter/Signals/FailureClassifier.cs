using System.Globalization;

namespace PostalExporter.Signals;

/// <summary>
/// Says why an outgoing delivery failed, from what Postal wrote, by rules of which the first that fits decides. Built once, then used by
/// any thread; its work grows with the length of the text and with nothing else, and it allocates nothing.
/// </summary>
internal sealed class FailureClassifier
{
    private const int None = PhraseMatcher.None;
    private const int Classes = 2;
    private const int Subjects = 10;
    private const int Details = 1000;
    private const int LastReplyCode = 599;

    private readonly FailureReason[] reasons;
    private readonly (string Status, int Rule)[] statuses;
    private readonly (OwnSentence Sentence, int Rule)[] sentences;
    private readonly (CodeRange Codes, int Rule)[] httpCodes;
    private readonly ushort[] enhancedCodes = new ushort[Classes * Subjects * Details];
    private readonly ushort[] replyCodes = new ushort[LastReplyCode + 1];
    private readonly ReplyAlphabet alphabet = new();
    private readonly PhraseMatcher phrases;

    /// <summary>Makes a classifier of rules.</summary>
    /// <param name="rules">The rules. What can be wrong with them was found when they were read.</param>
    public FailureClassifier(FailureRules rules)
    {
        var numbered = rules.Rules.Select((rule, number) => (Rule: rule, Number: number)).ToList();
        reasons = [.. rules.Rules.Select(rule => rule.Reason)];
        statuses = [.. numbered.SelectMany(entry => entry.Rule.Statuses.Select(status => (status, entry.Number)))];
        sentences = [.. numbered.SelectMany(entry => entry.Rule.Details.Select(sentence => (sentence, entry.Number)))];
        httpCodes = [.. numbered.SelectMany(entry => entry.Rule.Http.Select(codes => (codes, entry.Number)))];
        phrases = CreateMatcher(rules, numbered);
        Array.Fill(enhancedCodes, (ushort)None);
        Array.Fill(replyCodes, (ushort)None);
        foreach (var (rule, number) in numbered)
        {
            foreach (var codes in rule.Enhanced)
                SetEnhanced(codes, (ushort)number);
            foreach (var codes in rule.Smtp)
            {
                for (var code = codes.First; code <= codes.Last; code++)
                    replyCodes[code] = Math.Min(replyCodes[code], (ushort)number);
            }
        }
    }

    /// <summary>Nodes of the automaton: what most of its memory is for.</summary>
    public int Nodes => phrases.Nodes;

    /// <summary>The reason of one delivery with status <c>SoftFail</c>, <c>HardFail</c> or <c>Bounced</c>.</summary>
    /// <param name="status"><c>deliveries.status</c>.</param>
    /// <param name="details"><c>deliveries.details</c>: Postal's own sentence, empty when NULL.</param>
    /// <param name="output"><c>deliveries.output</c>: the reply, or the text of an exception, empty when NULL.</param>
    public FailureReason Classify(ReadOnlySpan<char> status, ReadOnlySpan<char> details, ReadOnlySpan<char> output)
    {
        var rule = RuleOf(status, details, output);
        return rule == None ? FailureReason.Other : reasons[rule];
    }

    /// <summary>The number of the rule that decides, or a number that no rule has.</summary>
    internal int RuleOf(ReadOnlySpan<char> status, ReadOnlySpan<char> details, ReadOnlySpan<char> output)
    {
        var rule = Math.Min(ByStatus(status), ByDetails(details));
        return output.IsWhiteSpace() ? rule : Math.Min(rule, ByReply(status, output));
    }

    private int ByStatus(ReadOnlySpan<char> status)
    {
        var rule = None;
        foreach (var (known, number) in statuses)
        {
            if (status.SequenceEqual(known))
                rule = Math.Min(rule, number);
        }

        return rule;
    }

    private int ByDetails(ReadOnlySpan<char> details)
    {
        var rule = None;
        foreach (var (sentence, number) in sentences)
        {
            if (details.StartsWith(sentence.Start, StringComparison.OrdinalIgnoreCase)
                && details[sentence.Start.Length..].Contains(sentence.Later, StringComparison.OrdinalIgnoreCase))
                rule = Math.Min(rule, number);
        }

        return TryReadHttpCode(details, out var code) ? Math.Min(rule, ByHttpCode(code)) : rule;
    }

    private int ByHttpCode(int code)
    {
        var rule = None;
        foreach (var (codes, number) in httpCodes)
        {
            if (code >= codes.First && code <= codes.Last)
                rule = Math.Min(rule, number);
        }

        return rule;
    }

    private int ByReply(ReadOnlySpan<char> status, ReadOnlySpan<char> reply)
    {
        // So whatever a receiver sends costs no more than a full column.
        if (reply.Length > ReplyText.MaxLength)
            reply = reply[..ReplyText.MaxLength];
        var replyCode = ReplyText.ReplyCode(reply);
        Span<byte> symbols = stackalloc byte[ReplyText.SymbolsOf(reply.Length)];
        var length = ReplyText.Reduce(alphabet, reply, symbols);
        var rule = phrases.FirstIn(symbols[..length], ClassOf(status, replyCode), ReplyText.IsCut(reply));
        while (ReplyText.TryReadEnhancedCode(ref reply, out var code))
        {
            if (code.Subject < Subjects)
                rule = Math.Min(rule, enhancedCodes[IndexOf(code.Class, code.Subject, code.Detail)]);
        }

        return replyCode <= LastReplyCode ? Math.Min(rule, replyCodes[replyCode]) : rule;
    }

    private static ReplyClasses ClassOf(ReadOnlySpan<char> status, int replyCode) => replyCode switch
    {
        >= 400 and < 500 => ReplyClasses.Temporary,
        >= 500 and < 600 => ReplyClasses.Permanent,
        _ => status.SequenceEqual("SoftFail") ? ReplyClasses.Temporary : ReplyClasses.Permanent,
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

    private void SetEnhanced(EnhancedCodes codes, ushort number)
    {
        for (var replyClass = 4; replyClass <= 5; replyClass++)
        {
            if (codes.Class != 0 && codes.Class != replyClass)
                continue;
            for (var detail = codes.First; detail <= codes.Last; detail++)
            {
                ref var rule = ref enhancedCodes[IndexOf(replyClass, codes.Subject, detail)];
                rule = Math.Min(rule, number);
            }
        }
    }

    private static int IndexOf(int replyClass, int subject, int detail) => ((replyClass - 4) * Subjects + subject) * Details + detail;

    private PhraseMatcher CreateMatcher(FailureRules rules, List<(FailureRule Rule, int Number)> numbered)
    {
        var bits = rules.Words.Keys.Select((name, index) => (Name: name, Bit: 1UL << index)).ToDictionary(kind => kind.Name, kind => kind.Bit, StringComparer.Ordinal);
        var words = rules.Words.SelectMany(kind => kind.Value.Select(word => (word, bits[kind.Key]))).ToList();
        var ranked = numbered.SelectMany(entry => entry.Rule.Phrases.Select(phrase => new RankedPhrase(phrase, entry.Number, entry.Rule.Replies))).ToList();
        foreach (var phrase in ranked.Select(entry => entry.Phrase).Concat(words.Select(entry => entry.word)))
        {
            if (!alphabet.TryLearn(phrase.Text))
                throw new ArgumentException("the phrases use too many letters", nameof(rules));
        }

        var combinations = numbered.SelectMany(entry => entry.Rule.Together.Select(kinds => new Combination(
            kinds.Aggregate(0UL, (all, name) => all | bits[name]), entry.Number, entry.Rule.Replies))).ToList();
        return new PhraseMatcher(alphabet, ranked, words, combinations, rank => (int)reasons[rank]);
    }
}
