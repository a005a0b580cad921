using FsCheck;
using FsCheck.Fluent;
using PostalExporter.RulePacks;

namespace PostalExporter.Tests.RulePacks;

public sealed class PromqlReaderTests
{
    [Theory]
    [InlineData("up", "up")]
    [InlineData("up == 0 or absent(up) == 1", "up up")]
    [InlineData("a:b:c1 + b:c", "a:b:c1 b:c")]
    [InlineData("sum by (x) (rate(a_total[5m])) / on (x) group_left () b", "a_total b")]
    [InlineData("SUM BY (x) (a) AND ON (x) b UNLESS c", "a b c")]
    [InlineData("sum(a) without (x) + count_values without (x) (\"v\", b)", "a b")]
    [InlineData("a[90m:15m] offset 6d23h15m", "a")]
    [InlineData("a offset -5m + a @ 1609746000 + a @ start() + a @ end()", "a a a a")]
    [InlineData("rate(a[5m] @ end() offset 1w2d)", "a")]
    [InlineData("a # b\n + c # \"d", "a c")]
    [InlineData("1e3 + 1e-3 + .5 + 0x1e + 1_000 + Inf - NaN + -inf * 5m", "")]
    [InlineData("0x1e-a", "a")]
    [InlineData("vector(1)", "")]
    [InlineData("a > bool b", "a b")]
    [InlineData("a atan2 b", "a b")]
    [InlineData("a * on (x) group_right b", "a b")]
    [InlineData("sum + sum(sum)", "sum sum")]
    [InlineData("topk(3, a)", "a")]
    [InlineData("a{} + {__name__=\"b\", x=\"y\"} + {\"c\", x=\"y\"} + {\"d\"}", "a b c d")]
    [InlineData("max without (instance, job) (max_over_time(increase(a{s=\"o\"}[1h])[90m:15m] offset 6d))", "a")]
    [InlineData("rate(a[$__rate_interval])", "a")]
    public void Names_of_selectors_are_found_whatever_stands_around_them(string expression, string names) =>
        Assert.Equal(names, string.Join(' ', PromqlReader.Read(expression).Selectors.Select(selector => selector.Name)));

    [Theory]
    [InlineData("a + b offset 1h", "00:00:00 01:00:00")]
    [InlineData("a{x=\"y\"}[90m] offset 6d23h15m", "7.00:45:00")]
    [InlineData("max_over_time((a + rate(b[5m]))[1h:10m] offset 1d) / c[7d:2h]", "1.01:00:00 1.01:05:00 7.00:00:00")]
    [InlineData("label_replace(a offset 7d, \"week\", \"1\", \"\", \"\") or b", "7.00:00:00 00:00:00")]
    [InlineData("sum_over_time(label_replace(a, \"x\", \"1\", \"\", \"\")[1d:1h])", "1.00:00:00")]
    [InlineData("a offset -5m", "00:00:00")]
    public void Selectors_reach_back_by_all_ranges_and_offsets_around_them(string expression, string reaches) =>
        Assert.Equal(reaches, string.Join(' ', PromqlReader.Read(expression).Selectors.Select(selector => selector.Reach)));

    [Fact]
    public void Matchers_have_their_values_as_written_between_the_quotes()
    {
        var selector = Assert.Single(PromqlReader.Read("""a{x="} \"b{c=\\", y!='it\'s', z=~`d\.(e|f)`, "u.v"!~"\u00e9\x41\101\n",}""").Selectors);

        Assert.Equal("a", selector.Name);
        Assert.Equal(
            [new("x", "=", "} \"b{c=\\"), new("y", "!=", "it's"), new("z", "=~", @"d\.(e|f)"), new("u.v", "!~", "éAA\n")],
            selector.Matchers);
    }

    [Fact]
    public void Selector_without_a_name_has_none_but_its_pattern()
    {
        var selector = Assert.Single(PromqlReader.Read("""count({__name__=~"postal_.+", x="y"})""").Selectors);

        Assert.Null(selector.Name);
        Assert.Equal([new("__name__", "=~", "postal_.+"), new("x", "=", "y")], selector.Matchers);
    }

    [Theory]
    [InlineData("sum by (a, b) (x) + sum(x) without (c,) / ignoring (d) group_left (e) x * on () x", "a b c d e")]
    [InlineData("sum BY(a) (x) and ON(b) x", "a b")]
    [InlineData("sum by (\"a.b\", c) (x)", "a.b c")]
    [InlineData("x * on (a) group_left x", "a")]
    [InlineData("x", "")]
    public void Labels_that_are_grouped_and_joined_by_are_found(string expression, string labels) =>
        Assert.Equal(labels, string.Join(' ', PromqlReader.Read(expression).GroupingLabels));

    [Theory]
    [InlineData("""label_replace(a{b="c"}, "new", "$1", "old", "(.*)")""", "new")]
    [InlineData("""label_join(f(a, "x"), "new", "-", "old")""", "new")]
    [InlineData("""count_values("new", a) + count_values by (b) ("other", a)""", "new other")]
    [InlineData("""label_replace(label_replace(a, "one", "", "", ""), "two", "", "", "")""", "one two")]
    [InlineData("""f(a, "x") + (label_replace)""", "")]
    public void Labels_that_functions_write_are_found(string expression, string labels) =>
        Assert.Equal(labels, string.Join(' ', PromqlReader.Read(expression).CreatedLabels));

    [Theory]
    [InlineData("a{x=\"y", "the string that begins at character 5 is not closed")]
    [InlineData("a{x=\"y\"", "a selector is not closed")]
    [InlineData("a{x}", "} at character 4 does not belong into a selector")]
    [InlineData("a{x=5}", "5 at character 5 does not belong into a selector")]
    [InlineData("a{\"b\"}", "} at character 6 does not belong into a selector")]
    [InlineData("a{x=\"\\q\"}", "the escape at character 6 means nothing")]
    [InlineData("a{x=\"\\u12\"}", "the escape at character 6 means nothing")]
    [InlineData("sum by (a", "a list of labels is not closed")]
    [InlineData("sum by (+) (a)", "+ at character 9 does not belong into a list of labels")]
    [InlineData("a[5m", "[ at character 2 does not belong into the expression, which does not close it")]
    public void What_cannot_be_read_is_told_with_its_place(string expression, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => PromqlReader.Read(expression)).Message);

    [Fact]
    public void Every_text_is_read_or_refused()
    {
        var letters = Gen.Elements("a{}[]()\"'`\\=~!,#\n e1-.x:@".ToCharArray()).ListOf().Select(list => new string([.. list]));
        Prop.ForAll(letters.ToArbitrary(), text =>
        {
            try
            {
                PromqlReader.Read(text);
            }
            catch (FormatException)
            {
                // Refused.
            }
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("=", "a", "a", true)]
    [InlineData("=", "a", "ab", false)]
    [InlineData("!=", "a", "ab", true)]
    [InlineData("=~", "a|b", "b", true)]
    [InlineData("=~", "a|b", "ab", false)]
    [InlineData("!~", "a.*", "abc", false)]
    [InlineData("=~", "(", "(", false)]
    public void Matcher_selects_whole_values(string @operator, string value, string label, bool selects) =>
        Assert.Equal(selects, new PromqlMatcher("x", @operator, value).Selects(label));

    [Fact]
    public void Queries_of_annotations_are_found_with_a_place_for_what_is_put_in()
    {
        string[] queries =
        [
            .. AnnotationQueries.In(
                "{{ with printf `a{x=%q, s=\"t\"}` $labels.x | query }}{{ . | first | value | humanize }}{{ end }} up {{ $value }}"
                + "{{ range query \"b{y=\\\"}}\\\"}\" }}{{ end }}{{ \"query\" }}{{ printf `c` }}"),
        ];

        Assert.Equal(["a{x=\"%q\", s=\"t\"}", "b{y=\"}}\"}"], queries);
    }
}
