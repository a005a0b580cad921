using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class PhraseMatcherTests
{
    [Fact]
    public void The_first_phrase_of_the_table_decides_wherever_it_stands_in_the_text()
    {
        Assert.Equal(0, Match("second first", "first", "second"));
        Assert.Equal(1, Match("second third", "first", "second", "third"));
        Assert.Equal(PhraseMatcher.None, Match("fourth", "first", "second"));
    }

    [Theory]
    [InlineData("user", "superuser", false)]
    [InlineData("user", "users", false)]
    [InlineData("user", "a user.", true)]
    [InlineData("user*", "users", true)]
    [InlineData("*user", "superuser", true)]
    [InlineData("*user*", "superusers", true)]
    [InlineData("mailbox full", "MAILBOX\r\n  full!", true)]
    [InlineData("mailbox full", "mailbox is full", false)]
    [InlineData("不存在", "用户不存在。", true)]
    [InlineData("ip地址", "您的IP地址被拒", true)]
    [InlineData("не найден", "Адресат НЕ НАЙДЕН", true)]
    [InlineData("ungültig", "ungueltig", true)]
    [InlineData("<ip> blocked", "host 192.0.2.1 blocked", true)]
    [InlineData("<ip> blocked", "host 192.0.2.1.example blocked", false)]
    [InlineData("<ip> blocked", "version 1.2.3 blocked", false)]
    public void A_phrase_is_found_as_whole_words_or_as_its_stars_say(string phrase, string text, bool found) =>
        Assert.Equal(found ? 0 : PhraseMatcher.None, Match(text, phrase));

    [Theory]
    [InlineData("alpha beta", true)]
    [InlineData("beta, as it is, alpha", true)]
    [InlineData("alpha alpha", false)]
    [InlineData("alpha and so many other words stand between the two of them that the other is far: beta", false)]
    public void Words_of_a_combination_stand_near_each_other_in_any_order(string text, bool found)
    {
        var rules = new FailureRules(
            new Dictionary<string, IReadOnlyList<Phrase>> { ["a"] = [new("alpha")], ["b"] = [new("beta")] },
            [new FailureRule(FailureReason.Policy) { Together = [["a", "b"]] }]);

        Assert.Equal(found ? 0 : PhraseMatcher.None, new FailureClassifier(rules).RuleOf("", "", text));
    }

    // Whoever sends a reply chooses the text, but not how much work it is.
    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void A_text_costs_at_most_two_steps_for_each_of_its_symbols(string text)
    {
        var alphabet = new ReplyAlphabet();
        string[] phrases = [.. Enumerable.Range(1, 40).Select(length => new string('a', length) + "b*"), "*ab*", "*aab*", "*aaab*", "用户用户用户不", "user unknown", "<ip> is blocked"];
        Assert.All(phrases, phrase => Assert.True(alphabet.TryLearn(phrase)));
        var matcher = new PhraseMatcher(
            alphabet, [.. phrases.Select((phrase, rank) => new RankedPhrase(new Phrase(phrase), rank, ReplyClasses.Any))], [], [], rank => rank);
        var symbols = new byte[ReplyText.SymbolsOf(text.Length)];

        var length = ReplyText.Reduce(alphabet, text, symbols);

        Assert.InRange(length, 1, 3 * Math.Min(text.Length, ReplyText.MaxLength) + 2);
        Assert.InRange(matcher.StepsIn(symbols.AsSpan(0, length)), length, 2 * length);
    }

    [Fact]
    public void A_word_is_in_few_combinations_of_the_built_in_table()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, FailureReasonsReader.BuiltInFile));
        var rules = FailureReasonsReader.Parse(text, new ProblemList("test"));

        Assert.All(rules.Words.Keys, kind => Assert.InRange(rules.Rules.Sum(rule => rule.Together.Count(kinds => kinds.Contains(kind))), 1, 10));
    }

    public static TheoryData<string> HostileTexts()
    {
        string[] parts =
        [
            "a", "@", "\n", "用", "a用", "1.1.1.1", "a[1.1.1.1]", "\n550-5.1.1 ", "aaaaaaaaac", "ab ", "user unknow ", "用户用户用户", "1.1.1.1 is blocke ", "a@", "\u0301",
        ];
        return [.. parts.Select(part => string.Concat(Enumerable.Repeat(part, 1500)))];
    }

    private static int Match(string text, params string[] phrases) =>
        new FailureClassifier(new FailureRules(
            new Dictionary<string, IReadOnlyList<Phrase>>(),
            [.. phrases.Select(phrase => new FailureRule(FailureReason.Policy) { Phrases = [new Phrase(phrase)] })])).RuleOf("", "", text);
}
