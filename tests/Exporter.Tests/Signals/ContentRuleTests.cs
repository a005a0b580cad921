using PostalExporter.Signals;

namespace PostalExporter.Tests.Signals;

public sealed class ContentRuleTests
{
    [Theory]
    [InlineData("https://evil.example/login", true)]
    [InlineData("HTTP://Login.EVIL.example:8080?x=1", true)]
    [InlineData("http://user:secret@a.b.evil.example/", true)]
    [InlineData("http://evil.example\\@good.example/", true)]
    [InlineData("http://ev\til%2Eexample./", true)]
    [InlineData("http:/\\evil.example", true)]
    [InlineData("http://ｅｖｉｌ.example/", true)]
    [InlineData("https://notevil.example/", false)]
    [InlineData("https://evil.example.org/", false)]
    [InlineData("https://good.example/?next=https://evil.example/", false)]
    [InlineData("https://evil.example@good.example/", false)]
    [InlineData("http://[::1]/", false)]
    [InlineData("evil.example", false)]
    [InlineData("http://", false)]
    [InlineData("http://\uD800.example/", false)]
    public void A_link_is_judged_by_the_host_that_a_browser_would_go_to(string url, bool expected)
    {
        var rule = ContentRule.OfLinks("r", LinkHost.Normalize("Evil.Example")!);

        Assert.Equal(expected, LinkHost.Of(url) is { } host && rule.MatchesHost(host));
    }

    [Fact]
    public void A_domain_of_another_script_is_found_in_its_ascii_form() =>
        Assert.True(ContentRule.OfLinks("r", LinkHost.Normalize("bücher.example")!).MatchesHost(LinkHost.Of("https://shop.xn--bcher-kva.example/")!));

    [Fact]
    public void Case_makes_no_difference_and_no_text_takes_long()
    {
        Assert.True(ContentRule.OfText("r", ContentPart.Subject, "über.*rechnung").Matches("ÜBERFÄLLIGE RECHNUNG"));
        Assert.False(ContentRule.OfText("r", ContentPart.Subject, "^(a+)+$").Matches(new string('a', 200_000) + "!"));
    }

    [Fact]
    public void What_takes_too_long_is_neither_a_match_nor_none() =>
        // Thousands of states that are all possible at each character.
        Assert.Null(ContentRule.OfText("r", ContentPart.Text, "(?:.{1,900}b){1,9}c").Matches(string.Concat(Enumerable.Repeat("ab", 130_000))));
}
