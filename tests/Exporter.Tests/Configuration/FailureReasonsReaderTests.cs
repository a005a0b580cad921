using Microsoft.Extensions.Logging.Abstractions;
using PostalExporter.Configuration;
using PostalExporter.Signals;

namespace PostalExporter.Tests.Configuration;

public sealed class FailureReasonsReaderTests
{
    private const string ExpectPrefix = "# expect: ";

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Configuration", "testdata");

    private readonly ConfigurationLoader loader = new(new EnvironmentReader(_ => null));

    [Theory]
    [InlineData("SoftFail", "", "550 user unknown to the guard", "policy")]
    [InlineData("HardFail", "", "450 user unknown to the guard", "recipient_unknown")]
    [InlineData("HardFail", "", "550 Ворота закрыты", "policy")]
    [InlineData("HardFail", "", "550 网关拒绝", "policy")]
    [InlineData("HardFail", "", "550 5.7.905 user unknown", "content")]
    [InlineData("HardFail", "", "584 user unknown", "content")]
    [InlineData("HardFail", "", "550 not found by the mailgate", "system")]
    [InlineData("HardFail", "Message was stopped today by the guard", "550 user unknown", "internal")]
    [InlineData("Guarded", "", "550 user unknown", "internal")]
    [InlineData("HardFail", "Received a 299 from https://example.com/in", "", "internal")]
    [InlineData("HardFail", "", "550 user unknown", "recipient_unknown")]
    public void Rules_of_an_operator_come_before_the_built_in_ones(string status, string details, string output, string reason)
    {
        var classifier = loader.Load(Path.Combine(Folder, "failure-reasons.good.yml")).Configuration.FailureReasons;

        Assert.Equal(reason, classifier.Classify(status, details, output).Label());
    }

    [Fact]
    public void A_reload_reads_the_file_again()
    {
        var folder = Directory.CreateTempSubdirectory("postal-exporter-reasons-").FullName;
        var (file, reasons) = (Path.Combine(folder, "exporter.yml"), Path.Combine(folder, "own.yml"));
        File.WriteAllText(file, "failure_reasons: own.yml");
        File.WriteAllText(reasons, "rules: [{reason: policy, phrases: [user unknown]}]");
        var reload = new ConfigurationReload(() => loader.Load(file), loader.Load(file).Configuration, _ => { }, () => { }, NullLogger.Instance);
        Assert.Equal(FailureReason.Policy, reload.Current.FailureReasons.Classify("HardFail", "", "550 user unknown"));

        File.WriteAllText(reasons, "rules: [{reason: content, phrases: [user unknown]}]");
        Assert.True(reload.Reload());
        Assert.Equal(FailureReason.Content, reload.Current.FailureReasons.Classify("HardFail", "", "550 user unknown"));

        File.WriteAllText(reasons, "rules: [{reason: nothing}]");
        Assert.False(reload.Reload());
        Assert.Equal(FailureReason.Content, reload.Current.FailureReasons.Classify("HardFail", "", "550 user unknown"));
    }

    [Fact]
    public void Without_a_file_the_built_in_rules_are_used() =>
        Assert.Same(FailureReasonsReader.BuiltIn, loader.Load(Path.Combine(Folder, "minimal.good.yml")).Configuration.FailureReasons);

    [Fact]
    public void Bad_file_is_refused_with_all_its_problems_under_its_own_name()
    {
        var file = Path.Combine(Folder, "values.bad-reasons.yml");
        var expected = File.ReadLines(file)
            .Where(line => line.StartsWith(ExpectPrefix, StringComparison.Ordinal))
            .Select(line => $"{file}:{line[ExpectPrefix.Length..]}");

        var exception = Assert.Throws<ConfigurationException>(() => LoadWith(file));

        Assert.Equal(expected, exception.Problems.Select(problem => problem.ToString()));
    }

    [Theory]
    [InlineData("rules: [", "not valid YAML")]
    [InlineData("- reason: policy", "the file is not a mapping")]
    [InlineData("rules: {reason: policy}", "a list is expected here")]
    [InlineData("rules: [policy]", "an entry with keys is expected here")]
    [InlineData("rules: [{reason: policy, phrases: {a: b}}]", "one value is expected here")]
    [InlineData("rules: [{reason: policy, phrases: []}]", "has no value")]
    public void What_is_no_table_is_refused(string text, string problem)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("postal-exporter-reasons-").FullName, "own.yml");
        File.WriteAllText(file, text);

        var exception = Assert.Throws<ConfigurationException>(() => LoadWith(file));

        Assert.All(exception.Problems, found => Assert.Equal(file, found.Source));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_phrases_or_letters_than_the_matcher_takes_are_refused()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("postal-exporter-reasons-").FullName, "own.yml");
        var letters = string.Concat(Enumerable.Range(0x4e00, 1200).Select(code => (char)code));
        File.WriteAllText(file, $"rules: [{{reason: policy, phrases: [{letters}, {string.Join(", ", Enumerable.Range(0, 6000).Select(number => $"phrase number {number}"))}]}}]");

        var exception = Assert.Throws<ConfigurationException>(() => LoadWith(file));

        Assert.Contains("letters of other scripts", exception.Message, StringComparison.Ordinal);
        Assert.Contains("too many phrases", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_built_in_rule_names_its_source_and_stands_beside_the_program()
    {
        var beside = Path.Combine(AppContext.BaseDirectory, FailureReasonsReader.BuiltInFile);
        var problems = new ProblemList(beside);
        var root = new YamlSection(YamlTree.Load(beside, beside), "", problems);

        Assert.All(root.Sections("rules"), rule => Assert.False(string.IsNullOrWhiteSpace(rule.Text("source")), $"line {rule.Line}"));
        Assert.Empty(problems.All);
        Assert.NotEmpty(FailureReasonsReader.Parse(File.ReadAllText(beside), problems).Rules);
        Assert.Empty(problems.All);
    }

    [Fact]
    public void Every_reason_has_a_built_in_rule()
    {
        var rules = FailureReasonsReader.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, FailureReasonsReader.BuiltInFile)), new ProblemList("test")).Rules;

        Assert.Equal(Enum.GetValues<FailureReason>(), rules.Select(rule => rule.Reason).Distinct().Order());
    }

    [Fact]
    public void No_built_in_phrase_is_shadowed_by_another_that_decides_before_it()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, FailureReasonsReader.BuiltInFile));
        var rules = FailureReasonsReader.Parse(text, new ProblemList("test")).Rules;
        var alphabet = new ReplyAlphabet();
        Assert.All(rules.SelectMany(rule => rule.Phrases), phrase => Assert.True(alphabet.TryLearn(phrase.Text)));
        var phrases = rules.SelectMany((rule, number) => rule.Phrases.Select(phrase => (phrase.Text, rule.Replies, Number: number, Symbols: phrase.Reduce(alphabet)))).ToList();

        var shadowed = phrases.SelectMany((late, index) => phrases
            .Where((early, other) => other != index && early.Number <= late.Number && (early.Replies & late.Replies) == late.Replies
                && late.Symbols.AsSpan().IndexOf(early.Symbols) >= 0)
            .Select(early => $"\"{late.Text}\" can never decide: \"{early.Text}\" does"));

        Assert.Empty(shadowed);
    }

    private void LoadWith(string reasons)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("postal-exporter-reasons-").FullName, "exporter.yml");
        File.WriteAllText(file, $"failure_reasons: {reasons}");
        loader.Load(file);
    }
}
